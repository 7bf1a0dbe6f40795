"""A sandbox that keeps its state: it is killed, and comes back as it was."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.stack import eventually


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[SandboxProcess]:
    """A sandbox on a port of its own whose data outlive it."""
    with SandboxProcess(data=tmp_path, stamp_delay=(0, 0)) as first:
        port = int(first.url.rsplit(":", 1)[1])
        first.kill()
    with SandboxProcess(data=tmp_path, port=port, stamp_delay=(0, 0)) as sandbox:
        yield sandbox


def killed_and_back(sandbox: SandboxProcess) -> SandboxProcess:
    sandbox.kill()
    return sandbox.start()


def test_a_killed_sandbox_comes_back_as_it_was(kept: SandboxProcess) -> None:
    """Clients, payments, receipts, endpoints and the journal survive SIGKILL, on the same port."""
    made = kept.pay(receipts=3, late=0)
    stamped, cancelled, pending = made["receipts"]
    kept.call("POST", f"/receipts/{stamped}/stamp")
    kept.call("DELETE", f"/receipts/{cancelled}")
    kept.call("PUT", f"/clients/{made['client']}", {"name": "Otro"})
    kept.call("POST", "/webhooks", {"url": "http://127.0.0.1:9", "events": ["payment.succeeded"]})
    kept.call("POST", "/users", {"email": "ana@example.mx", "auto_join": True})
    kept.call("PUT", "/teams/team_sandbox/settings", {"emails": {"invoices_bcc": ["a@b.mx"]}})
    kept.call("PUT", "/teams/team_sandbox/series/A", {"live": 40})
    paths = [
        *(f"/receipts/{id}" for id in made["receipts"]),
        f"/payments/{made['payment']}",
        f"/clients/{made['client']}",
        "/webhooks",
        "/users",
        "/teams/team_sandbox",
        "/receipts?status=pending",
    ]
    before = [kept.call("GET", path)["data"] for path in paths]
    journal, url = kept.journal(), kept.url
    assert killed_and_back(kept).url == url
    again = kept.journal()
    assert [kept.call("GET", path)["data"] for path in paths] == before
    assert before[0]["status"] == "completed"
    assert before[3]["client"]["name"] == "Otro"
    assert [row["id"] for row in before[-1]] == [pending]
    assert (again["cfdis"], again["calls"]) == (journal["cfdis"], journal["calls"])
    assert kept.summary()["stamped_once"] == 1


def test_a_half_line_is_dropped_and_the_next_one_is_whole(kept: SandboxProcess, tmp_path: Path) -> None:
    """A process that is killed in the middle of a line leaves nothing behind that cannot be read."""
    kept.pay(receipts=1, late=0)
    kept.kill()
    with (tmp_path / "sandbox.jsonl").open("ab") as file:
        file.write(b'{"kind":"cfdi","entry":{"uu')
    kept.start()
    kept.pay(receipts=1, late=0)
    assert killed_and_back(kept).summary()["receipts"] == 2
    assert kept.summary()["cfdis"] == 0


def test_the_line_of_a_cfdi_is_the_moment_of_truth(kept: SandboxProcess, tmp_path: Path) -> None:
    """Killed just after it, before the receipt is written: the CFDI exists, and the receipt has it."""
    [id] = kept.pay(receipts=1, late=0)["receipts"]
    kept.call("POST", f"/receipts/{id}/stamp")
    kept.kill()
    file = tmp_path / "sandbox.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    [made] = [n for n, line in enumerate(lines) if json.loads(line)["kind"] == "cfdi"]
    file.write_text("".join(lines[: made + 1]))
    kept.start()
    receipt = kept.call("GET", f"/receipts/{id}")["data"]
    assert (receipt["status"], len(receipt["invoices"])) == ("completed", 1)
    assert kept.summary()["stamped_once"] == 1


def test_receipts_can_come_later_from_outside(sandbox: SandboxProcess, team: str) -> None:
    """Late receipts need no timer, which a kill would take away."""
    payment = sandbox.pay(team=team, receipts=0, send=False)["payment"]
    added = sandbox.call("POST", "/_sandbox/receipts", {"payment": payment, "receipts": 2})["receipts"]
    found = sandbox.call("GET", f"/payments/{payment}?team={team}")["data"]
    assert found["receipts"] == added
    assert len(added) == 2
    receipt = sandbox.call("GET", f"/receipts/{added[0]}?team={team}")["data"]
    assert (receipt["status"], receipt["payments"]) == ("pending", [payment])


def test_a_payment_may_be_unpaid_and_have_receipts(sandbox: SandboxProcess, team: str) -> None:
    """What a lie about a payment is told of: there are receipts, and no reason to stamp them."""
    made = sandbox.pay(team=team, receipts=2, late=0, paid=False)
    assert made["event"] is None
    found = sandbox.call("GET", f"/payments/{made['payment']}?team={team}")["data"]
    assert (found["status"], found["receipts"]) == ("requires_payment_method", made["receipts"])


def test_a_part_of_the_journal_can_be_asked_for(sandbox: SandboxProcess, team: str) -> None:
    """After ten thousand receipts nobody wants all calls to learn of the CFDIs."""
    [id] = sandbox.pay(team=team, receipts=1, late=0)["receipts"]
    sandbox.call("POST", f"/receipts/{id}/stamp?team={team}")
    books = sandbox.journal("cfdis", "receipts")
    assert books.keys() == {"cfdis", "receipts"}
    [cfdi] = [row for row in books["cfdis"] if row["receipt"] == id]
    [receipt] = [row for row in books["receipts"] if row["id"] == id]
    assert receipt["invoices"] == [cfdi["uuid"]]
    later = sandbox.call("GET", f"/_sandbox/journal?only=cfdis&since={cfdi['at'] + 1}")["cfdis"]
    assert id not in [row["receipt"] for row in later]
    with pytest.raises(RuntimeError, match="there is no cdfis in the journal"):
        sandbox.journal("cdfis")


def test_the_journal_knows_who_had_hung_up(sandbox: SandboxProcess, team: str) -> None:
    """A stamp whose caller is there and one whose caller is gone look different to a judge."""
    paths = [f"/receipts/{id}/stamp" for id in sandbox.pay(team=team, receipts=2, late=0)["receipts"]]
    sandbox.call("POST", f"{paths[0]}?team={team}")
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{sandbox.url}{paths[1]}?team={team}",
            headers={"Authorization": "Bearer sk_live_sandbox"},
            timeout=httpx.Timeout(5, read=0.01),  # a stamp takes 0.05 s here
            trust_env=False,
        )

    def gone() -> list[bool]:
        calls = {row["path"]: row["gone"] for row in sandbox.journal("calls")["calls"]}
        return [calls[path] for path in paths if calls[path] is not None]

    assert eventually(lambda: gone() if len(gone()) == 2 else None) == [False, True]
