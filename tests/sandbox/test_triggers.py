"""Any event can be sent by hand."""

from typing import Any

import pytest

from gigstack_events.api import Gigstack
from gigstack_events.events import KNOWN_EVENTS
from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.administration import Office
from tests.sandbox.inbox import Inbox

PATHS = {
    "payment.created": "payments",
    "receipt.created": "receipts",
    "receipt.completed": "receipts",
    "customer.created": "clients",
    "service.created": "services",
    "invoice.created": "invoices/income",
    "invoice_batch.completed": "invoices/income/batch",
    "sat.invoice.synced": "invoices/sat",
    "teams.created": "teams",
}


def test_all_26_are_sent_about_objects_that_exist(
    sandbox: SandboxProcess, gigstack: Gigstack, office: Office, team: str, inbox: Inbox
) -> None:
    """Each with an object of its kind, which the API knows where it has a route for it."""
    gigstack.webhooks.create(url=inbox.url, events=[*KNOWN_EVENTS])
    listed = sandbox.call("GET", "/_sandbox/events")["events"]
    assert [row["type"] for row in listed] == [*KNOWN_EVENTS]
    for type in KNOWN_EVENTS:
        sandbox.trigger(type, team=team)
    came = {one.event["type"]: one.event["data"]["object"] for one in inbox.wait(26)}
    assert {*came} == {*KNOWN_EVENTS}
    assert came["teams.created"]["id"] == team
    assert came["sat.invoice.synced"]["issuer"]["rfc"]
    for type, path in PATHS.items():
        read = office.get(f"/{path}/{came[type]['id']}")["data"]
        assert read.keys() == came[type].keys(), type
    batch = came["invoice_batch.completed"]["id"]
    assert len(office.get(f"/invoices/income/batch/{batch}/items")["data"]["data"]) == 2
    assert {row["id"] for row in office.get("/clients")["data"]} == {came["customer.deleted"]["id"]}


def test_an_existing_object_is_told_as_it_is_but_for_what_is_set(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """What is set changes the event alone, also for an endpoint that gets the current state."""
    gigstack.webhooks.create(url=inbox.url, events=["payment.succeeded"], version="v2")
    paid = sandbox.pay(team=team, receipts=1, late=0, send=False)["payment"]
    changes = {"object.total": 100, "object.items.0.sku": "X", "object.metadata.a.b": 1, "created": 5}
    sandbox.trigger("payment.succeeded", team=team, set=changes)
    event: Any = inbox.wait(1)[0].event
    told = event["data"]["object"]
    assert (told["id"], told["total"], told["items"][0]["sku"]) == (paid, 100, "X")
    assert (told["metadata"], event["created"]) == ({"a": {"b": 1}}, 5)
    assert gigstack.payments.get(paid).total != 100


def test_an_event_says_what_state_its_object_is_in(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """A cancelled payment is told as cancelled; the mode is the one that was asked for."""
    gigstack.webhooks.create(url=inbox.url, events=["payment.canceled"])
    sandbox.trigger("payment.canceled", team=team, livemode=False)
    event = inbox.wait(1)[0].event
    assert event["livemode"] is event["data"]["object"]["livemode"] is False
    assert event["data"]["object"]["status"] == "cancelled"


def test_an_event_can_be_had_without_being_sent(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """Whoever wants to deliver it in another way gets it as it would be sent, about an object that exists."""
    gigstack.webhooks.create(url=inbox.url, events=["payment.succeeded"])
    told = sandbox.trigger("payment.succeeded", team=team, send=False, set={"object.total": 100})
    assert (told["copies"], told["event"]) == (0, told["body"]["id"])
    assert told["body"]["data"]["object"] | {"total": 100} == told["body"]["data"]["object"]
    assert gigstack.payments.get(told["object"]).id == told["body"]["data"]["object"]["id"]
    sandbox.wait_until_quiet()
    assert inbox.delivered == []


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"type": "payment.suceeded"}, "did you mean payment.succeeded"),
        ({"type": "payment.succeeded", "sett": {}}, "did you mean set"),
        ({"type": "payment.succeeded", "set": {"total": 1}}, "neither object"),
        ({"type": "payment.succeeded", "set": {"object.items.7.sku": 1}}, "no place"),
        ({"type": "payment.succeeded", "set": {"object.status.x": 1}}, "no place"),
        ({"type": "payment.succeeded", "set": 3}, "set is an object"),
    ],
)
def test_a_slip_is_told(sandbox: SandboxProcess, team: str, wanted: dict[str, Any], said: str) -> None:
    """With the nearest word, and nothing is sent."""
    with pytest.raises(RuntimeError, match=said):
        sandbox.trigger(**wanted, team=team)
