"""stamp_receipts: a client who lacks fiscal data is waited for, skipped or told of, and holds up no other."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gigstack_events.api import Client, NotFound
from gigstack_events.api.clients import Clients
from tests.handlers.sink import Sink
from tests.handlers.stamping import INCOMPLETE, RuledShop

HOUR = 3600
TELL = """
[[rule]]
name = "stamp"
handler = "stamp_receipts"
options = {{ lacking = "{lacking}", tell = "tell-accounting" }}
[[rule]]
name = "tell-accounting"
handler = "notify"
on = ["fiscal_data.missing"]
options = {{ to = ["accounting"] }}
"""


@pytest.fixture
def accounting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """Where the rule sends its messages."""
    sink = Sink()
    monkeypatch.setenv("GIGSTACK_DESTINATIONS", f'accounting = "{sink.url}"')
    yield sink
    sink.stop()


def two_clients(shop: RuledShop) -> tuple[str, str, str, str]:
    """A payment for a receipt that can be stamped and one that cannot: all three, and whose the latter is."""
    paid = shop.paid(receipts=1)
    lacking = shop.client(**INCOMPLETE)
    late = shop.receipt(lacking)
    shop.announce("payment.succeeded", paid["payment"], receipts=[late])
    return paid["payment"], paid["receipts"][0], late, lacking


def complete(shop: RuledShop, client: str) -> None:
    """The client tells the rest."""
    rest = {"tax_id": "PEGJ800101ABC", "address": {"zip": "03100", "country": "MEX"}}
    shop.sandbox.call("PUT", f"/clients/{client}", rest)


def test_what_one_answer_leaves_out_is_not_lacking(
    ruled: RuledShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API forgets a field once: the client has it all the same, and is not turned away."""
    plain, left_out = Clients.get, [True]

    def get(self: Clients, id: str) -> Client:
        client = plain(self, id)
        return client.model_copy(update={"tax_system": None}) if left_out and left_out.pop() else client

    monkeypatch.setattr(Clients, "get", get)
    ruled.stamp(tmp_path, "")
    paid = ruled.paid(receipts=1)
    ruled.announce("payment.succeeded", paid["payment"])
    ruled.work()
    assert (ruled.run().state, ruled.cfdis(), left_out) == ("done", paid["receipts"], [])


def test_skipped_receipts_are_told_of_in_the_result(ruled: RuledShop, tmp_path: Path) -> None:
    """With `skip` the run is done: it has stamped what it could, and says who lacks what."""
    ruled.stamp(tmp_path, 'lacking = "skip"')
    _, good, late, client = two_clients(ruled)
    ruled.work()
    result = json.loads(ruled.run().result)
    assert (ruled.run().state, result["stamped"], ruled.cfdis()) == ("done", [good], [good])
    assert result["left"] == [f"client {client} lacks tax_id, address.zip, for {late}"]


def test_a_client_is_waited_for(ruled: RuledShop, tmp_path: Path) -> None:
    """The other receipt is stamped at once, the late one as soon as its client is complete, each once."""
    ruled.stamp(tmp_path, 'lacking = "wait"')
    _, good, late, client = two_clients(ruled)
    ruled.work()
    assert (ruled.run().state, ruled.cfdis()) == ("waiting", [good])
    assert ruled.run().reason == (
        f"client {client} lacks tax_id, address.zip: looked at again for 7 days at most"
    )
    ruled.work(seconds=601)
    assert ruled.run().state == "waiting"
    complete(ruled, client)
    ruled.work(seconds=700)
    assert (ruled.run().state, ruled.cfdis()) == ("done", sorted([good, late]))
    assert sorted(json.loads(ruled.run().result)["stamped"]) == sorted([good, late])


def test_the_wait_ends(ruled: RuledShop, tmp_path: Path) -> None:
    """Pauses grow up to six hours; after `wait_days` the run fails, having only read since the first look."""
    ruled.stamp(tmp_path, 'lacking = "wait", wait_days = 2')
    two_clients(ruled)
    ruled.work()
    looks = [0.0]
    while (due := (ruled.run().due - ruled.ledger.now()) / 1000) > 0 and ruled.run().state == "waiting":
        looks.append(due / HOUR)
        assert len(looks) < 20
        ruled.work(seconds=due + 0.1)
    pauses = [round(pause, 1) for pause in looks[1:]]
    assert pauses[:7] == [0.2, 0.2, 0.3, 0.7, 1.3, 2.7, 5.3]
    assert (max(pauses), round(sum(looks))) == (6.0, 48)
    assert ruled.run().state == "failed"
    assert ruled.run().reason.endswith("complete it in gigstack, then retry this run")
    assert len(ruled.calls("receipts.stamp")) == 1


def test_a_failure_names_every_client(ruled: RuledShop, tmp_path: Path) -> None:
    """With `fail`, the default, what can be stamped is stamped first, and the run says all that lacks."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=1)
    lacking = [ruled.client(**INCOMPLETE), ruled.client(**INCOMPLETE, tax_id="PEGJ800101ABC")]
    late = [ruled.receipt(client) for client in lacking]
    ruled.announce("payment.succeeded", paid["payment"], receipts=late)
    ruled.work()
    assert (ruled.run().state, ruled.cfdis()) == ("failed", paid["receipts"])
    assert f"client {lacking[0]} lacks tax_id, address.zip" in ruled.run().reason
    assert f"client {lacking[1]} lacks address.zip" in ruled.run().reason


def test_a_refusal_does_not_wait_for_a_client(ruled: RuledShop, tmp_path: Path) -> None:
    """What a person has to mend is told at once; the reason has both."""
    ruled.stamp(tmp_path, 'lacking = "wait"')
    paid = ruled.paid(receipts=0)
    client = ruled.client(**INCOMPLETE)
    late, bad = ruled.receipt(client), ruled.receipt(paid["client"], metadata={"cfdi_error": "CFDI40145"})
    ruled.announce("payment.succeeded", paid["payment"], receipts=[late, bad])
    ruled.work()
    assert ruled.run().state == "failed"
    assert f"client {client} lacks" in ruled.run().reason
    assert f"receipt {bad} cannot become a CFDI" in ruled.run().reason


@pytest.mark.parametrize(
    ("lacking", "then"),
    [
        ("wait", "Se timbran solos cuando sus datos estén completos."),
        ("skip", "python -m admin events replay {event} --rule stamp --yes"),
        ("fail", "python -m admin runs retry {run}"),
    ],
)
def test_a_named_rule_hears_at_once_and_once(
    ruled: RuledShop, tmp_path: Path, accounting: Sink, lacking: str, then: str
) -> None:
    """One message says who lacks what and what happens next; further events and looks do not repeat it."""
    ruled.read(TELL.format(lacking=lacking), tmp_path)
    paid, _, late, client = two_clients(ruled)
    ruled.work()
    [payment] = [run for run in ruled.runs() if run.rule == "stamp"]
    ruled.announce("receipt.created", late, id="evt_2", payments=[paid])
    ruled.work(seconds=601)
    [message] = accounting.got
    assert message["title"] == "Faltan datos fiscales de SIN DATOS"
    assert f"({client})" in message["message"]
    assert "Falta: RFC, código postal." in message["message"]
    assert then.format(event=payment.event, run=payment.id) in message["message"]


def test_what_still_lacks_is_told_again(ruled: RuledShop, tmp_path: Path, accounting: Sink) -> None:
    """The client gave a part of it: whoever asked knows what to ask for next."""
    ruled.read(TELL.format(lacking="wait"), tmp_path)
    _, _, _, client = two_clients(ruled)
    ruled.work()
    ruled.sandbox.call("PUT", f"/clients/{client}", {"tax_id": "PEGJ800101ABC"})
    for _ in range(3):
        ruled.work(seconds=HOUR)
    ruled.work()
    falta = [each["message"].split("Falta: ")[1].split(".")[0] for each in accounting.got]
    assert falta == ["RFC, código postal", "código postal"]


def test_a_dry_run_tells_nobody(ruled: RuledShop, tmp_path: Path, accounting: Sink) -> None:
    """It only says what would be stamped, and who lacks what."""
    ruled.read(TELL.format(lacking="wait").replace('lacking = "wait"', "dry_run = true"), tmp_path)
    _, good, late, client = two_clients(ruled)
    ruled.work()
    assert ([run.rule for run in ruled.runs()], accounting.got) == (["stamp"], [])
    result = json.loads(ruled.run().result)
    assert (result["would_stamp"], ruled.cfdis()) == ([good], [])
    assert result["left"] == [f"client {client} lacks tax_id, address.zip, for {late}"]


def test_a_client_who_is_gone_holds_up_no_other(
    ruled: RuledShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accounting: Sink
) -> None:
    """A client that gigstack does not have any more is one who lacks everything."""
    ruled.read(TELL.format(lacking="fail"), tmp_path)
    _, good, _, gone = two_clients(ruled)
    real = Clients.get

    def get(clients: Clients, id: str) -> Client:
        if id == gone:
            raise NotFound("404", status=404, outcome="not_done")
        return real(clients, id)

    monkeypatch.setattr(Clients, "get", get)
    ruled.work()
    ruled.work()
    failed = next(run for run in ruled.runs() if run.rule == "stamp")
    assert (failed.state, ruled.cfdis()) == ("failed", [good])
    assert failed.reason.startswith(f"client {gone} is not in gigstack any more")
    assert accounting.got[0]["title"] == f"Faltan datos fiscales de {gone}"
    assert "el cliente mismo, que ya no está en gigstack." in accounting.got[0]["message"]
