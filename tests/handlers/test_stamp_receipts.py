"""stamp_receipts: the receipts of a succeeded payment become CFDIs, each once, whatever happens."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gigstack_events.api import Receipt
from gigstack_events.api.receipts import Receipts
from gigstack_events.discovery import discover
from gigstack_events.ledger.records import RunRecord
from gigstack_events.routing import rule_of
from tests.handlers.conftest import Shop

HANDLER = discover(Path(__file__).parents[2] / "handlers").handlers["stamp_receipts"].handler


@pytest.fixture(autouse=True)
def _enabled(shop: Shop) -> None:
    shop.handlers["stamp_receipts"] = HANDLER


def result(run: RunRecord) -> Any:
    """What the handler returned."""
    return json.loads(run.result)


def with_options(shop: Shop, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
    """Give the handler options, as settings would."""
    monkeypatch.setattr("tests.engine.conftest.rule_of", lambda handler, _: rule_of(handler, options))


def test_pending_receipts_of_the_payment_are_stamped(shop: Shop) -> None:
    """Three receipts, three CFDIs; another payment's receipts of the same client stay."""
    paid = shop.paid()
    shop.paid(client=paid["client"])
    shop.announce("payment.succeeded", paid["payment"])
    shop.work()
    assert result(shop.run())["payment"] == paid["payment"]
    assert sorted(result(shop.run())["stamped"]) == shop.cfdis()
    assert len(shop.cfdis()) == 3


def test_payment_that_did_not_succeed_is_left_alone(shop: Shop) -> None:
    """The object's own status decides, not the event's name."""
    paid = shop.paid()
    shop.announce("payment.succeeded", paid["payment"], status="refunded")
    shop.work()
    assert result(shop.run()) == {"skipped": f"payment {paid['payment']} is refunded"}
    assert shop.cfdis() == []


def test_receipt_of_a_succeeded_payment_is_stamped(shop: Shop) -> None:
    """`receipt.created` is enough where the payment is paid."""
    paid = shop.paid(receipts=1)
    (receipt,) = shop.sandbox.call("GET", f"/payments/{paid['payment']}")["data"]["receipts"]
    shop.announce("receipt.created", receipt)
    shop.work()
    assert shop.cfdis() == [receipt]


def test_receipt_without_a_payment_is_left_alone(shop: Shop) -> None:
    """A receipt that nobody has paid waits for its client."""
    client = shop.paid(receipts=0)["client"]
    item = {"description": "Servicio", "quantity": 1, "unit_price": 100}
    made = shop.sandbox.call("POST", "/receipts", {"client": {"id": client}, "items": [item]})
    shop.announce("receipt.created", made["data"]["id"])
    shop.work()
    assert result(shop.run()) == {"skipped": "the receipt belongs to no payment"}


def test_both_events_stamp_once(shop: Shop) -> None:
    """The payment's event and each receipt's: still one CFDI for each receipt."""
    paid = shop.paid()
    shop.announce("payment.succeeded", paid["payment"], id="evt_1")
    for n, receipt in enumerate(shop.sandbox.call("GET", f"/payments/{paid['payment']}")["data"]["receipts"]):
        shop.announce("receipt.created", receipt, id=f"evt_r{n}")
    shop.work()
    assert len(shop.cfdis()) == len(set(shop.cfdis())) == 3
    assert {run.state for run in shop.runs()} == {"done"}


def test_late_receipts_are_looked_for_again(shop: Shop) -> None:
    """Nothing there yet: again after 1, 5, 15 and 60 minutes, then done with nothing to stamp."""
    paid = shop.paid(receipts=0)
    shop.announce("payment.succeeded", paid["payment"])
    waits = []
    for minutes in (0, 1, 4, 10, 45):
        shop.work(seconds=minutes * 60 + (1 if minutes else 0))
        waits.append(shop.run().state)
    assert waits == ["waiting"] * 4 + ["done"]
    assert result(shop.run())["note"] == "nothing to stamp"


def test_receipts_already_stamped_are_not_waited_for(shop: Shop) -> None:
    """A payment whose receipts all have their CFDI is done at once."""
    paid = shop.paid(receipts=1)
    (receipt,) = shop.sandbox.call("GET", f"/payments/{paid['payment']}")["data"]["receipts"]
    shop.sandbox.call("POST", f"/receipts/{receipt}/stamp")
    shop.announce("payment.succeeded", paid["payment"])
    shop.work()
    assert shop.run().state == "done"
    assert shop.cfdis() == [receipt]


def test_dry_run_only_says(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `dry_run` nothing is stamped, and the result tells what would be."""
    with_options(shop, monkeypatch, dry_run=True)
    shop.announce("payment.succeeded", shop.paid()["payment"])
    shop.work()
    assert len(result(shop.run())["would_stamp"]) == 3
    assert shop.cfdis() == []


def test_whole_client_is_stamped_on_request(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """With scope `client`, the client's other pending receipts too."""
    with_options(shop, monkeypatch, scope="client")
    paid = shop.paid(receipts=1)
    shop.paid(client=paid["client"], receipts=2)
    shop.announce("payment.succeeded", paid["payment"])
    shop.work()
    assert len(shop.cfdis()) == 3


def test_backlog_above_the_cap_is_parked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """First use does not stamp years of backlog: a person looks first."""
    with_options(shop, monkeypatch, scope="client", most=2)
    shop.announce("payment.succeeded", shop.paid()["payment"])
    shop.work()
    assert shop.run().state == "parked"
    assert "more than `most` (2) pending receipts" in shop.run().reason
    assert shop.cfdis() == []


def test_client_without_fiscal_data_is_explained(shop: Shop) -> None:
    """The run says what is missing and what to do; nothing is sent."""
    paid = shop.paid(client={"name": "Sin datos", "email": "x@example.mx"})
    shop.announce("payment.succeeded", paid["payment"])
    shop.work()
    assert shop.run().state == "failed"
    assert "lacks legal_name, tax_id" in shop.run().reason
    assert "complete it in gigstack, then retry this run" in shop.run().reason


def test_refused_receipt_does_not_hold_up_the_others(shop: Shop) -> None:
    """The SAT refuses one: the others are stamped, and the run says which and why."""
    paid = shop.paid()
    refused = shop.sandbox.call("GET", f"/payments/{paid['payment']}")["data"]["receipts"][0]
    item = {"description": "Servicio", "quantity": 1, "unit_price": 100}
    fields = {"client": {"id": paid["client"]}, "items": [item], "metadata": {"cfdi_error": "CFDI40145"}}
    bad = shop.sandbox.call("POST", "/receipts", fields)["data"]["id"]
    shop.announce("payment.succeeded", paid["payment"], receipts=[bad])
    shop.work()
    assert len(shop.cfdis()) == 3
    assert refused in shop.cfdis()
    assert shop.run().state == "failed"
    assert f"receipt {bad} cannot become a CFDI" in shop.run().reason
    assert "CFDI40145" in shop.run().reason


@pytest.mark.parametrize("kind", ["lost", "500"])
def test_lost_answer_is_checked_and_not_repeated(shop: Shop, fault: Callable[..., None], kind: str) -> None:
    """The stamp happened but its answer did not come: the receipt is looked at, twice, two minutes later."""
    fault(op="receipts.stamp", kind=kind, times=1, when="after")
    shop.announce("payment.succeeded", shop.paid()["payment"])
    shop.work()
    assert (shop.run().state, shop.run().reason_code) == ("waiting", "unknown")
    assert len(shop.cfdis()) == 3  # the one that is unknown held up no other
    for seconds in (121, 11):
        shop.work(seconds=seconds)
    assert shop.run().state == "done"
    assert len(shop.cfdis()) == len(set(shop.cfdis())) == 3


@pytest.mark.parametrize("kind", ["reset", "500"])
def test_lost_request_is_checked_and_then_sent(shop: Shop, fault: Callable[..., None], kind: str) -> None:
    """The stamp did not happen: two looks say so, and it is sent again."""
    fault(op="receipts.stamp", kind=kind, times=1, when="before")
    shop.announce("payment.succeeded", shop.paid(receipts=1)["payment"])
    for seconds in (0, 121, 11):
        shop.work(seconds=seconds)
    assert shop.run().state == "done"
    assert len(shop.cfdis()) == 1


def test_rate_limit_waits_as_told(shop: Shop, fault: Callable[..., None]) -> None:
    """429 is certainly not done: the run comes back when the API said, without a check."""
    fault(op="receipts.stamp", kind="429", times=1, retry_after=30)
    shop.announce("payment.succeeded", shop.paid(receipts=1)["payment"])
    shop.work()
    assert shop.run().due - shop.ledger.now() > 25_000
    shop.work(seconds=60)
    assert shop.run().state == "done"


def test_unsigned_event_is_confirmed_first(shop: Shop) -> None:
    """Without a signature the API is asked, and a forged amount stops everything."""
    paid = shop.paid(receipts=1)
    shop.announce("payment.succeeded", paid["payment"], id="evt_forged", trust="none", total=1.0)
    shop.work()
    assert (shop.run().state, shop.cfdis()) == ("skipped", [])
    shop.announce("payment.succeeded", paid["payment"], id="evt_true", trust="none")
    shop.work()
    assert len(shop.cfdis()) == 1


def test_test_mode_never_touches_live(shop: Shop) -> None:
    """A test event's payment does not exist in live mode: each mode has its own key."""
    paid = shop.paid(receipts=1, livemode=False)
    object = shop.sandbox.call("GET", f"/payments/{paid['payment']}", livemode=False)["data"]
    shop.deliver(id="evt_1", type="payment.succeeded", livemode=False, thing=object)
    shop.work()
    assert shop.run().state == "done"
    assert [call["livemode"] for call in shop.sandbox.journal()["calls"]][-1] is False
    assert len(shop.cfdis()) == 1


def test_odd_receipt_holds_up_no_other(shop: Shop, fault: Callable[..., None]) -> None:
    """One's outcome is unknown, another is gone: the rest are stamped, the one checked, the other missed."""
    paid = shop.paid()
    shop.announce("payment.succeeded", paid["payment"], receipts=["receipt_that_is_gone"])
    fault(op="receipts.stamp", kind="lost", times=1)
    for seconds in (0, 121, 11, 200, 600, 3000):
        shop.work(seconds=seconds)
    assert result(shop.run())["left"] == ["gigstack shows no receipt receipt_that_is_gone"]
    assert len(shop.cfdis()) == 3


def test_receipt_that_is_cancelled_meanwhile_may_be_stamped_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the list and the stamp a person cancels one: it is left, and nothing is on record as done."""
    paid = shop.paid(receipts=2)
    gone, kept = sorted(paid["receipts"])
    real = Receipts.list

    def list_then_cancel(receipts: Receipts, **filters: Any) -> list[Receipt]:
        found = list(real(receipts, **filters))
        shop.sandbox.call("DELETE", f"/receipts/{gone}")
        return found

    monkeypatch.setattr(Receipts, "list", list_then_cancel)
    shop.announce("payment.succeeded", paid["payment"])
    shop.work()
    assert result(shop.run())["stamped"] == [kept]
    assert result(shop.run())["left"] == [f"receipt {gone} is cancelled"]
    assert sorted(shop.effect_states()) == ["done", "not_done"]
