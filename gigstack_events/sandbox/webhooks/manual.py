"""Deliveries by hand: a test, the current state once more, and a logged delivery once more.

The real API wants a person's own credential for them; here the keys do.
"""

import hashlib
from collections.abc import Callable

from gigstack_events.sandbox.accounts.teams import ensure_team, find_team
from gigstack_events.sandbox.nearest import hint
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, invalid, missing, ok
from gigstack_events.sandbox.schemas.webhooks import (
    OperationQuery,
    Receipt,
    ResendInput,
    RetryInput,
    TestInput,
)  # fmt: skip
from gigstack_events.sandbox.tables import TEAM, Row
from gigstack_events.sandbox.webhooks.event_types import EVENT_TYPES
from gigstack_events.sandbox.webhooks.events import Event, new_event
from gigstack_events.sandbox.webhooks.log import find_delivery
from gigstack_events.sandbox.webhooks.log_rows import shown
from gigstack_events.sandbox.webhooks.subjects import table_of
from gigstack_events.sandbox.webhooks.webhooks import find_webhook

_NEVER_BY_HAND = ("sat.invoice.synced", "invoice_batch.completed")
_STATES = {"succeeded": "delivered", "unknown": "failed"}


async def _test(call: Call) -> Row:
    """Send the current state of an object as a test, also to an inactive endpoint."""
    webhook = find_webhook(call)
    return _once(call, "test", webhook["id"], lambda: _current(call))


async def _resend(call: Call) -> Row:
    """Send the current state of an object once more, as a new event."""
    webhook = find_webhook(call)
    if (id := call.body.get("log_id")) and call.sandbox.sender.log.find(id) is None:
        raise missing("Delivery", id)
    return _once(call, "resend_current", webhook["id"], lambda: _current(call))


async def _retry(call: Call) -> Row:
    """Send a logged delivery once more, as it was, under the same event id."""
    row = find_delivery(call)
    return _once(call, "retry", row["webhook_id"], lambda: _stored(call, row))


def _once(call: Call, action: str, endpoint: str, make: Callable[[], Event]) -> Row:
    """Send what `make` gives, unless this `operation_id` has done so; answer with the receipt."""
    _check_mode(call, call.body["expected_livemode"])
    team, id = call.path.get("team") or call.team, call.body["operation_id"]
    key = f"{team}:{id}"
    known = call.sandbox.webhook_operations.anywhere(key)
    if known is None:
        known = _send(call, key, {"operation_id": id, "action": action, "team_id": team}, endpoint, make())
    elif (known.get("action"), known.get("endpoint_id")) != (action, endpoint):
        raise Problem(409, "resource_conflict", "This operation_id was used for something else")
    return ok(_receipt(call, known))


def _check_mode(call: Call, expected: bool) -> None:
    if expected != call.livemode:
        raise Problem(409, "original_credential_scope_changed", "The key is of the other mode")


def _send(call: Call, key: str, facts: Row, endpoint: str, event: Event) -> Row:
    delivery = f"manual-{hashlib.sha256(key.encode()).hexdigest()}"
    row = {
        "id": key,
        **facts,
        "livemode": call.livemode,
        "endpoint_id": endpoint,
        "delivery_id": delivery,
        "log_id": delivery,
    }
    call.sandbox.webhook_operations.add((None, facts["team_id"]), row)
    call.sandbox.sender.send(event, only=endpoint, id=delivery)
    return row


def _receipt(call: Call, row: Row) -> Row:
    log = call.sandbox.sender.log.find(row["delivery_id"])
    status = shown(log)["status"] if log else "unknown"
    facts = {name: value for name, value in row.items() if name != "id"}
    return {
        **facts,
        "submission": "submitted" if log else "unknown",
        "delivery": _STATES.get(status, status),
        "attempts": log["attempts"] if log else 0,
        "duplicate_delivery_possible": True,
        "payload_semantics": "stored_event_snapshot" if row["action"] == "retry" else "current_resource",
        "v2_state": "current_at_delivery",
    }


def _current(call: Call) -> Event:
    """Make an event of an object's current state, if the team may see it and the event is about its kind."""
    type, id = call.body["event"], call.body["resource_id"]
    if type not in EVENT_TYPES:
        raise invalid(f"there is no event {type}; {hint(type, EVENT_TYPES)}", "event")
    if type in _NEVER_BY_HAND:
        raise Problem(400, "operation_not_allowed", f"{type} cannot be sent by hand")
    if type.startswith("teams.") and id == call.team:
        ensure_team(call.sandbox, id)
    object = table_of(call.sandbox, type).anywhere(id)
    if object is None or not _is_visible(call, object):
        raise missing("Resource", id)
    return new_event(type, object, (call.livemode, object.get("team") or object["id"]))


def _is_visible(call: Call, object: Row) -> bool:
    """Tell whether a call may see an object; whatever `source_team_id` says, only the master sees all."""
    same_mode = object.get("livemode", call.livemode) == call.livemode
    return same_mode and (call.team == TEAM or object.get("team", object["id"]) == call.team)


def _stored(call: Call, row: Row) -> Event:
    event = call.sandbox.sender.events.get(row["_event"])
    if event is None:
        raise Problem(409, "resource_conflict", "What was sent is not there any more")
    if call.sandbox.webhooks.anywhere(row["webhook_id"]) is None:
        raise missing("Webhook", row["webhook_id"])
    row["retry_requested"] = True
    return event


async def _get_operation(call: Call) -> Row:
    """Get what has become of a delivery by hand, by its `operation_id`."""
    if expected := call.query.get("expected_livemode"):
        _check_mode(call, expected.lower() in ("true", "1"))
    team, id = find_team(call, call.path["team"])["id"], call.path["operationId"]
    row = call.sandbox.webhook_operations.find((None, team), f"{team}:{id}")
    if row is None or "delivery_id" not in row or row["livemode"] != call.livemode:
        raise missing("Operation", id)
    return ok(_receipt(call, row))


OPERATIONS = (
    Operation("webhooks.test", "POST", "/webhooks/{id}/test", _test, body=TestInput, answer=Receipt),
    Operation(
        "webhooks.resend_current", "POST", "/webhooks/{id}/resend-current", _resend,
        body=ResendInput, answer=Receipt,
    ),
    Operation(
        "webhooks.retry_delivery", "POST", "/teams/{team}/webhook-deliveries/{logId}/retry", _retry,
        body=RetryInput, answer=Receipt,
    ),
    Operation(
        "webhooks.get_operation", "GET", "/teams/{team}/webhook-operations/{operationId}", _get_operation,
        query=OperationQuery, answer=Receipt,
    ),
)  # fmt: skip
