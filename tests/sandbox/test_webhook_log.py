"""What became of deliveries and calls, deliveries by hand, and changes under an operation's id."""

from typing import Any
from uuid import uuid4

import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.administration import Office
from tests.sandbox.inbox import Inbox

URL = "https://receiver.example/hook"


def _endpoint(office: Office, url: str, *events: str, **fields: Any) -> str:
    made = office.do("POST", "/webhooks", {"url": url, "events": [*events], **fields})
    return str(made["id"])


def _log(office: Office, **params: object) -> Any:
    return office.get(f"/teams/{office.team}/webhook-deliveries", **params)


def _manual(**more: object) -> dict[str, object]:
    return {"operation_id": str(uuid4()), "expected_livemode": True, "confirmed": True, **more}


def test_deliveries_are_logged(sandbox: SandboxProcess, office: Office) -> None:
    """What came through, what did not and why, and the shapes of what was sent."""
    with Inbox(500) as inbox:
        endpoint = _endpoint(office, inbox.url, "payment.succeeded")
        paid = sandbox.pay(team=office.team, receipts=1, late=0)
        sandbox.wait_until_quiet()
    [row] = _log(office)["data"]
    told = {"event": "payment.succeeded", "resource_id": paid["payment"], "webhook_id": endpoint}
    assert told.items() <= row.items()
    assert (row["status"], row["attempts"], row["response_code"]) == ("succeeded", 2, 202)
    detail = office.get(f"/teams/{office.team}/webhook-deliveries/{row['id']}")["data"]
    assert detail["payload_shape"]["data"]["object"]["total"] == "number"
    assert detail["payload_shape"]["livemode"] == "boolean"
    other = Office(sandbox.url, office.team, "sk_test_sandbox")
    assert other.get(f"/teams/{office.team}/webhook-deliveries")["data"] == []
    other.close()


def test_the_log_is_read_in_pages(sandbox: SandboxProcess, office: Office, inbox: Inbox) -> None:
    """Filters leave pages empty, not the end: whoever goes on finds all, each once."""
    _endpoint(office, inbox.url, "payment.succeeded", "receipt.created")
    for _ in range(4):
        sandbox.pay(team=office.team, receipts=1, late=0, receipt_events=True)
    sandbox.wait_until_quiet()
    assert len(_log(office)["data"]) == 8
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        page = _log(office, limit=1, event="receipt.created", **({"cursor": cursor} if cursor else {}))
        assert page["scanned_count"] == 1
        found += [row["id"] for row in page["data"]]
        cursor, pages = page["next_cursor"], pages + 1
    assert (len(found), len({*found}), pages) == (4, 4, 8)
    assert _log(office, status="failed")["data"] == []
    assert _log(office, to=1)["data"] == []


def test_a_logged_delivery_is_sent_again_as_it_was(
    sandbox: SandboxProcess, office: Office, inbox: Inbox
) -> None:
    """The same event, once for one operation however often it is asked for."""
    _endpoint(office, inbox.url, "payment.succeeded")
    sandbox.pay(team=office.team, receipts=1, late=0)
    first = inbox.wait(1)[0].event
    sandbox.wait_until_quiet()
    [row] = _log(office)["data"]
    body, path = _manual(acknowledge_duplicate_delivery=True), f"/teams/{office.team}/webhook-deliveries"
    receipts = [office.do("POST", f"{path}/{row['id']}/retry", body) for _ in range(2)]
    assert receipts[0]["delivery_id"] == receipts[1]["log_id"]
    assert receipts[0]["payload_semantics"] == "stored_event_snapshot"
    sandbox.wait_until_quiet()
    assert [one.event for one in inbox.delivered] == [first, first]
    read = f"/teams/{office.team}/webhook-operations/{body['operation_id']}"
    assert office.get(read, expected_livemode="true")["data"]["delivery"] == "delivered"
    assert office.refused("GET", read, params={"expected_livemode": "false"})[0] == 409
    assert {row["id"]: row["retry_requested"] for row in _log(office)["data"]} == {
        row["id"]: True,
        receipts[0]["log_id"]: False,
    }


@pytest.mark.parametrize(("action", "more"), [("test", {}), ("resend-current", {"again": True})])
def test_the_current_state_is_sent_by_hand(
    sandbox: SandboxProcess, office: Office, inbox: Inbox, action: str, more: dict[str, Any]
) -> None:
    """A new event, also to an endpoint that is inactive and wants other events."""
    endpoint = _endpoint(office, inbox.url, "service.created", status="inactive")
    paid = sandbox.pay(team=office.team, receipts=1, late=0)
    wanted = _manual(event="payment.succeeded", resource_id=paid["payment"])
    wanted |= {"acknowledge_duplicate_delivery": True} if more else {}
    receipt = office.do("POST", f"/webhooks/{endpoint}/{action}", wanted)
    assert receipt["action"] == action.replace("-", "_")
    event = inbox.wait(1)[0].event
    assert (event["type"], event["data"]["object"]["id"]) == ("payment.succeeded", paid["payment"])
    assert event["id"] != paid["event"]
    for name in wanted:
        less = {key: value for key, value in wanted.items() if key != name}
        assert office.refused("POST", f"/webhooks/{endpoint}/{action}", less)[0] == 400, name


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"event": "payment.suceeded"}, 400),
        ({"event": "sat.invoice.synced"}, 400),
        ({"event": "invoice_batch.completed"}, 400),
        ({"event": "receipt.created"}, 404),
        ({"resource_id": "payment_none"}, 404),
        ({"expected_livemode": False}, 409),
        ({"confirmed": False}, 400),
        ({"operation_id": "one"}, 400),
        ({"expected_livemode": "true"}, 400),
    ],
)
def test_a_test_that_makes_no_sense_is_refused(
    sandbox: SandboxProcess, office: Office, fields: dict[str, Any], status: int
) -> None:
    """Two types are never sent by hand; an event is about its own kind of object, in the key's mode."""
    endpoint = _endpoint(office, URL, "payment.succeeded", status="inactive")
    paid = sandbox.pay(team=office.team, receipts=1, late=0)
    wanted = _manual(event="payment.succeeded", resource_id=paid["payment"]) | fields
    assert office.refused("POST", f"/webhooks/{endpoint}/test", wanted)[0] == status


def test_a_change_is_made_once_per_operation(office: Office) -> None:
    """The same `operation_id` gives the same endpoint, but for its secret; another body is a conflict."""
    body: dict[str, Any] = {"url": URL, "events": ["payment.succeeded"], "operation_id": str(uuid4())}
    first, again = (office.ask("POST", "/webhooks", body).json() for _ in range(2))
    assert (again["data"], again["operation"]) == (first["data"], first["operation"])
    assert ("signing_secret" in first, "signing_secret" in again) == (True, False)
    assert office.refused("POST", "/webhooks", {**body, "description": "x"}) == (409, "resource_conflict")
    path = f"/webhooks/{first['data']['id']}"
    change = {
        "description": "new",
        "operation_id": str(uuid4()),
        "expected_revision": first["data"]["revision"],
    }
    assert office.do("PUT", path, change) == office.do("PUT", path, change)
    read = office.get(f"/webhooks/configuration-operations/{change['operation_id']}")["data"]
    assert (read["action"], read["status"], read["webhook_id"]) == (
        "update",
        "completed",
        first["data"]["id"],
    )
    assert len(office.get("/webhooks")["data"]) == 1


def test_an_endpoint_is_removed_in_the_state_that_was_seen(office: Office) -> None:
    """What has changed since is not removed; a read tells the state and what may be done."""
    path = f"/webhooks/{_endpoint(office, URL, 'payment.succeeded')}"
    read = office.get(path)
    assert read["configuration_access"]["revision"] == read["data"]["revision"]
    office.do("PUT", path, {"description": "other"})
    old = {"expected_revision": read["data"]["revision"]}
    assert office.refused("DELETE", path, old) == (409, "webhook_revision_conflict")
    assert office.do("DELETE", path, {"expected_revision": office.get(path)["data"]["revision"]})
    assert office.refused("GET", path)[0] == 404


def test_an_endpoint_for_sub_teams_is_the_masters(office: Office, master: Office) -> None:
    """Others may not ask for it; an unknown event is told with the nearest one."""
    body = {"url": URL, "events": ["teams.created"], "type": "gigstack_connect", "version": "v2"}
    assert office.refused("POST", "/webhooks", body) == (403, "master_team_required")
    made = master.do("POST", "/webhooks", {**body, "status": "inactive"})
    assert (made["type"], made["version"]) == ("gigstack_connect", "v2")
    master.do("DELETE", f"/webhooks/{made['id']}")
    reply = office.ask("POST", "/webhooks", {"url": URL, "events": ["payment.suceeded"]})
    assert "did you mean payment.succeeded?" in reply.text


def test_calls_are_logged(office: Office) -> None:
    """Method, endpoint without ids, and how it ended; found by class of status and by beginning."""
    office.ask("GET", "/clients/client_none")
    id = office.do("POST", "/clients", {"name": "Ana"})["id"]
    office.get(f"/clients/{id}")
    path = f"/teams/{office.team}/api-logs"
    rows = office.get(path)["data"]
    assert [(row["method"], row["endpoint"], row["status"]) for row in rows] == [
        ("GET", "/clients/{id}", 200),
        ("POST", "/clients", 200),
        ("GET", "/clients/{id}", 404),
    ]
    assert [row["status"] for row in office.get(path, status="4xx")["data"]] == [404]
    assert len(office.get(path, endpoint="/clients/", method="GET")["data"]) == 2
    assert office.get(f"{path}/{rows[0]['id']}")["data"] == rows[0]
    assert office.refused("GET", f"{path}/log_0")[0] == 404
    assert office.refused("GET", path, params={"status": "5"})[0] == 400
    assert "Ana" not in office.ask("GET", path).text
