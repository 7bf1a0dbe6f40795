"""What a team's settings change in its payments and receipts."""

from typing import Any

import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.caller import Caller

ITEM = {"description": "Consultoría", "unit_price": 100}
DAY = 86_400


@pytest.fixture
def settle(api: Caller, team: str) -> Any:
    def settle(**settings: object) -> None:
        api("PUT", f"/teams/{team}/settings", settings)

    return settle


def register(api: Caller) -> Any:
    body = {"client": {"id": api.client()}, "items": [ITEM], "payment_form": "03"}
    return api("POST", "/payments/register", body)


def test_a_team_may_avoid_receipts(sandbox: SandboxProcess, api: Caller, settle: Any) -> None:
    """Then nothing follows a payment, unless the payment asks for it."""
    settle(avoid_receipts=True)
    payment = register(api)
    sandbox.wait_until_quiet()
    assert api("GET", f"/payments/{payment['id']}")["receipts"] == api("GET", "/receipts") == []


def test_a_team_says_how_long_receipts_live(api: Caller, settle: Any) -> None:
    """Where the receipt does not say it itself."""
    settle(periodicity="week")
    sale = {"client": {"id": api.client()}, "items": [ITEM]}
    usual = api("POST", "/receipts", sale)
    own = api("POST", "/receipts", {**sale, "periodicity": "day"})
    assert [row["valid_until"] - row["created_at"] for row in (usual, own)] == [7 * DAY, DAY]


def test_a_team_says_when_payments_are_due_and_payers_reminded(api: Caller, settle: Any) -> None:
    """Days to pay, days of warning, or no reminder at all."""
    sale = {"client": {"id": api.client()}, "items": [ITEM]}
    settle(limit_days_to_pay=30, payment_reminders={"days": 10})
    payment = api("POST", "/payments/request", sale)
    assert payment["due_date"] - payment["created_at"] == 30 * DAY
    [reminder] = payment["reminders"]
    assert payment["due_date"] * 1000 - reminder["send_at"] == 10 * DAY * 1000
    settle(payment_reminders={"enabled": False})
    assert api("POST", "/payments/request", sale)["reminders"] == []


def test_a_refund_takes_open_receipts_with_it_where_a_team_wants_that(
    sandbox: SandboxProcess, api: Caller, settle: Any
) -> None:
    """Only once all is given back."""
    settle(cancel_receipts_on_refunds=True)
    payment = register(api)
    sandbox.wait_until_quiet()
    for amount, status in ((40, "pending"), (60, "cancelled")):
        api("POST", f"/payments/{payment['id']}/refund", {"reason": "x", "amount": amount})
        assert [row["status"] for row in api("GET", "/receipts")] == [status]
