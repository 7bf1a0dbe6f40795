"""Payments from their request to their refund."""

from typing import Any

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.inbox import Inbox

ITEM = {"description": "Consultoría", "unit_price": 100}


def requested(api: Caller, **fields: object) -> Any:
    return api("POST", "/payments/request", {"client": {"id": api.client()}, "items": [ITEM], **fields})


def registered(api: Caller, **fields: object) -> Any:
    body = {"client": {"id": api.client()}, "items": [ITEM], "payment_form": "03", **fields}
    return api("POST", "/payments/register", body)


def test_a_refund_in_parts_ends_in_a_refunded_payment(api: Caller, inbox: Inbox) -> None:
    """Never more than what is left, each part told as an update."""
    api("POST", "/webhooks", {"url": inbox.url, "events": ["payment.updated"]})
    path = f"/payments/{registered(api, automation_type='none')['id']}"
    part = api("POST", f"{path}/refund", {"reason": "duplicate", "amount": 40.5})
    assert (part["status"], [row["amount"] for row in part["refunds"]]) == ("succeeded", [40.5])
    too_much = {"reason": "duplicate", "amount": 60}
    assert api.refused("POST", f"{path}/refund", too_much) == (400, "business_rule_violation")
    whole = api("POST", f"{path}/refund", {"reason": "duplicate", "amount": 59.5})
    assert (whole["status"], len({row["id"] for row in whole["refunds"]})) == ("refunded", 2)
    assert api("GET", path) == whole
    again = {"reason": "duplicate", "amount": 1}
    assert api.refused("POST", f"{path}/refund", again) == (400, "operation_not_allowed")
    assert len(inbox.wait(2)) == 2


@pytest.mark.parametrize("body", [{}, {"reason": "x"}, {"amount": 1}, {"reason": "x", "amount": 0}])
def test_a_refund_needs_a_reason_and_an_amount(api: Caller, body: dict[str, object]) -> None:
    """Neither is guessed."""
    assert api.refused("POST", f"/payments/{registered(api)['id']}/refund", body)[0] == 400


def test_only_what_is_unpaid_is_cancelled(api: Caller, inbox: Inbox) -> None:
    """Cancelling is told, and for good."""
    api("POST", "/webhooks", {"url": inbox.url, "events": ["payment.canceled"]})
    path = f"/payments/{requested(api)['id']}"
    assert api("DELETE", path)["status"] == "cancelled"
    assert api("GET", path)["status"] == "cancelled"
    assert api.refused("POST", f"{path}/paid", {"payment_form": "03"}) == (400, "operation_not_allowed")
    paid = f"/payments/{registered(api)['id']}"
    assert api.refused("DELETE", paid) == (400, "operation_not_allowed")
    [told] = inbox.wait(1)
    assert told.event["data"]["object"]["status"] == "cancelled"


def test_an_update_changes_descriptions_and_the_client_only(api: Caller) -> None:
    """The client's record follows; prices stay, and an empty update is refused."""
    payment = requested(api)
    path = f"/payments/{payment['id']}"
    items = [{"description": "Asesoría", "unit_price": 7}]
    changed = api("PUT", path, {"items": items, "client": {"phone": "55"}})
    assert (changed["items"][0]["description"], changed["total"]) == ("Asesoría", 100)
    assert api("GET", f"/clients/{payment['client']['id']}")["phone"] == "55"
    assert api("GET", path) == changed
    assert api.refused("PUT", path, {}) == (400, "invalid_field_value")
    assert api.refused("PUT", path, {"items": [*items, *items]}) == (400, "validation_failed")
    assert api.refused("PUT", path, {"client": {"id": api.client()}}) == (400, "operation_not_allowed")


def test_an_automation_is_set_once(api: Caller) -> None:
    """Old words for it are understood and answered in today's."""
    path = f"/payments/{requested(api)['id']}"
    assert api("PUT", path, {"automation_type": "payment"})["automation_type"] == "pue_invoice"
    other = {"automation_type": "ppd_invoice_and_complement"}
    assert api.refused("PUT", path, other) == (400, "operation_not_allowed")
    assert api.refused("PUT", path, {"automation_type": "magic"}) == (400, "invalid_field_value")


def test_nothing_follows_a_payment_that_wants_nothing(api: Caller, inbox: Inbox) -> None:
    """`none` means neither receipt nor invoice; that it was collected is told all the same."""
    api("POST", "/webhooks", {"url": inbox.url, "events": ["payment.succeeded", "receipt.created"]})
    payment = registered(api, automation_type="none")
    assert [one.event["type"] for one in inbox.wait(1)] == ["payment.succeeded"]
    assert api("GET", f"/payments/{payment['id']}")["receipts"] == []
    assert api("GET", "/receipts") == []


def test_payments_are_filtered_and_searched(api: Caller) -> None:
    """By status, client, currency, address and tax id."""
    one, other = requested(api), registered(api, currency="USD", exchange_rate=17.5)
    for query, wanted in {
        "status=succeeded": [other],
        f"client_id={one['client']['id']}": [one],
        "currency=USD": [other],
        "email=ana@x.example&status=requires_payment_method": [one],
        "tax_id=PEGJ800101ABC": [other, one],
    }.items():
        assert [row["id"] for row in api("GET", f"/payments?{query}")] == [row["id"] for row in wanted]
    found = api("GET", "/payments/search?q=ana@x&status=succeeded")
    assert [row["id"] for row in found] == [other["id"]]


def test_links_are_those_of_requested_payments(api: Caller) -> None:
    """Active until the payment is settled one way or the other."""
    one, other = requested(api), requested(api)
    registered(api)
    api("DELETE", f"/payments/{other['id']}")
    links = {row["payment_id"]: row for row in api("GET", "/payments/links")}
    assert {id: row["status"] for id, row in links.items()} == {one["id"]: "active", other["id"]: "deleted"}
    assert links[one["id"]]["url"] == one["short_url"]
    [active] = api("GET", "/payments/links?status=active")
    assert active == links[one["id"]]
    assert api("GET", f"/payments/links?to={active['created_at'] - 1}") == []


def test_a_plan_of_reminders_is_replaced(api: Caller) -> None:
    """What lies in the past is skipped, and the mode has to be the expected one."""
    due = 1_900_000_000
    path = f"/payments/{requested(api, due_date=due)['id']}/reminders"
    [usual] = api("GET", path)["reminders"]
    assert usual["send_at"] == (due - 86_400) * 1000
    plan = {"reminders": [{"days_before": 3}, {"send_at": 1_600_000_000_000}]}
    changed = api("PUT", path, {"operation_id": "op", "expected_livemode": True, "plan": plan})
    assert [row["status"] for row in changed["reminders"]] == ["scheduled", "skipped"]
    assert changed["reminders"][0]["send_at"] == (due - 3 * 86_400) * 1000
    assert api("GET", path)["reminders"] == changed["reminders"]
    wrong = {"expected_livemode": False, **plan}
    assert api.refused("PUT", path, wrong) == (409, "resource_conflict")
    both = {"reminders": [{"days_before": 3, "send_at": 1}]}
    assert api.refused("PUT", path, both) == (400, "invalid_field_value")


def test_a_repeated_key_makes_nothing_new_not_even_a_client(api: Caller) -> None:
    """What exists is returned, whatever else the second call says; the journal tells what was made."""
    search = {"on_key": "email", "on_value": "eva@x.example", "auto_create": True}
    body = {"client": {"search": search, "name": "Eva"}, "items": [ITEM], "idempotency_key": "k"}
    first = api("POST", "/payments/request", body)
    again = api("POST", "/payments/request", {**body, "currency": "USD"})
    assert (again["id"], again["currency"]) == (first["id"], "MXN")
    assert len(api("GET", "/clients")) == 1
