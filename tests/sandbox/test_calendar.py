"""What the calendar brings: receipts expire and payers are reminded, at the sandbox's time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.caller import Caller
from tests.sandbox.inbox import Inbox

DAY = 86_400
ITEM = {"description": "Consultoría", "unit_price": 100}


@pytest.fixture(scope="module")
def steered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A sandbox of its own, whose time may be put forward, and that outlives its process."""
    folder: Path = tmp_path_factory.mktemp("sandbox")
    with SandboxProcess(data=folder, stamp_delay=(0, 0)) as first:
        port = int(first.url.rsplit(":", 1)[1])
    with SandboxProcess(data=folder, port=port, stamp_delay=(0, 0)) as sandbox:
        yield sandbox


@pytest.fixture
def later(steered: SandboxProcess, team: str) -> Iterator[Caller]:
    caller = Caller(steered, team)
    yield caller
    caller.close()


def advance(steered: SandboxProcess, days: float) -> None:
    steered.call("POST", "/_sandbox/clock", {"advance": days * DAY})


def receipt(later: Caller, **fields: object) -> str:
    sale = {"client": {"id": later.client()}, "items": [ITEM], **fields}
    return f"/receipts/{later('POST', '/receipts', sale)['id']}"


def test_a_receipt_expires_when_its_period_is_over(
    steered: SandboxProcess, later: Caller, inbox: Inbox
) -> None:
    """It is told, and the receipt cannot be stamped singly any more; a longer one lives on."""
    later("POST", "/webhooks", {"url": inbox.url, "events": ["receipt.updated"]})
    short, long = receipt(later, periodicity="week"), receipt(later)
    assert steered.summary()["receipts_to_come"] == 0
    advance(steered, 7.01)
    assert [later("GET", path)["status"] for path in (short, long)] == ["expired", "pending"]
    [told] = inbox.wait(1)
    assert told.event["data"]["object"]["status"] == "expired"
    assert later.refused("POST", f"{short}/stamp") == (400, "operation_not_allowed")
    assert [row["status"] for row in later("GET", "/receipts?status=expired")] == ["expired"]


def test_an_expired_receipt_is_opened_for_one_more_period(steered: SandboxProcess, later: Caller) -> None:
    """Then it can be stamped; what is stamped, pending or cancelled is not opened."""
    path = receipt(later, periodicity="day")
    assert later.refused("POST", f"{path}/reopen") == (400, "operation_not_allowed")
    advance(steered, 1.01)
    opened = later("POST", f"{path}/reopen", {"reason": "the client asked"})
    assert opened["status"] == "pending"
    assert opened["valid_until"] - opened["created_at"] >= 2 * DAY
    later("POST", f"{path}/stamp")
    assert later.refused("POST", f"{path}/reopen") == (400, "operation_not_allowed")
    gone = receipt(later)
    later("DELETE", gone)
    assert later.refused("POST", f"{gone}/reopen") == (400, "operation_not_allowed")


def test_a_payer_is_reminded_until_there_is_nothing_to_pay(
    steered: SandboxProcess, later: Caller, inbox: Inbox
) -> None:
    """A day before the payment is due, and not where it was cancelled."""
    later("POST", "/webhooks", {"url": inbox.url, "events": ["payment.upcoming_due_date"]})
    sale = {"client": {"id": later.client()}, "items": [ITEM]}
    one, other = (later("POST", "/payments/request", sale)["id"] for _ in "ab")
    later("DELETE", f"/payments/{other}")
    advance(steered, 4.01)
    [told] = inbox.wait(1)
    assert told.event["data"]["object"]["id"] == one
    states = [later("GET", f"/payments/{id}/reminders")["reminders"][0]["status"] for id in (one, other)]
    assert states == ["sent", "skipped"]


def test_the_calendar_outlives_the_process(steered: SandboxProcess, later: Caller) -> None:
    """A sandbox that was killed meanwhile lets a receipt expire all the same."""
    path = receipt(later, periodicity="day")
    steered.kill()
    steered.start()
    assert later("GET", path)["status"] == "pending"
    advance(steered, 60)
    assert later("GET", path)["status"] == "expired"


@pytest.mark.parametrize(
    ("date", "refusal"),
    [
        (1_600_000_000_000, (400, "business_rule_violation")),
        (9_000_000_000_000, (400, "invalid_field_value")),
        ("today", (400, "validation_failed")),
    ],
)
def test_a_cfdi_has_a_date_of_these_days(later: Caller, date: object, refusal: tuple[int, str]) -> None:
    """The SAT takes 72 hours, and no future."""
    assert later.refused("POST", f"{receipt(later)}/stamp", {"date": date}) == refusal
