"""The log of deliveries: what became of each event on its way to a team's endpoints."""

from functools import partial

from gigstack_events.sandbox.accounts.teams import find_team
from gigstack_events.sandbox.logs import log_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import missing, ok
from gigstack_events.sandbox.schemas.webhooks import Delivery, DeliveryDetail, DeliveryQuery
from gigstack_events.sandbox.tables import Row
from gigstack_events.sandbox.webhooks.log_rows import shape_of, shown


def find_delivery(call: Call) -> Row:
    """Return the row that the path names, of the path's team and the key's mode."""
    team, id = find_team(call, call.path["team"])["id"], call.path["logId"]
    row = call.sandbox.sender.log.find(id)
    if row is None or not _is_of(call, team, row):
        raise missing("Delivery", id)
    return row


def _is_of(call: Call, team: str, row: Row) -> bool:
    return bool(row["_team"] == team and row["livemode"] in (call.livemode, None))


def _fitting(call: Call, row: Row) -> Row | None:
    status, event = call.query.get("status"), call.query.get("event")
    fits = (not status or row["status"] == status) and (not event or row["event"] == event)
    return shown(row) if fits else None


async def _list(call: Call) -> Row:
    """List a team's deliveries of this mode, newest first."""
    team = find_team(call, call.path["team"])["id"]
    return log_page(call, call.sandbox.sender.log.rows, partial(_is_of, call, team), partial(_fitting, call))


async def _get(call: Call) -> Row:
    """Get a delivery with the shapes of what was sent and answered."""
    row = find_delivery(call)
    event = call.sandbox.sender.events.get(row["_event"])
    shapes = {
        "payload_shape": shape_of(event.snapshot) if event else None,
        "response_shape": row["_response_shape"],
    }
    return ok({**shown(row), **shapes})


OPERATIONS = (
    Operation(
        "webhooks.list_deliveries", "GET", "/teams/{team}/webhook-deliveries", _list,
        query=DeliveryQuery, answer=list[Delivery],
    ),
    Operation(
        "webhooks.get_delivery", "GET", "/teams/{team}/webhook-deliveries/{logId}", _get,
        answer=DeliveryDetail,
    ),
)  # fmt: skip
