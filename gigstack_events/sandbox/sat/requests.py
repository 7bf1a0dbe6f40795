"""Bulk download requests: asked for, looked after, and fetched as packages."""

from itertools import islice

from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import invalid, missing, ok
from gigstack_events.sandbox.sat.accounts import find_account, refusal, require_ready
from gigstack_events.sandbox.sat.dates import day_of, months_later, read_day
from gigstack_events.sandbox.sat.downloads import settle, shown, status_of, submit
from gigstack_events.sandbox.sat.holdings import find_held
from gigstack_events.sandbox.sat.packages import package
from gigstack_events.sandbox.schemas import sat, sat_inputs
from gigstack_events.sandbox.tables import Row

HISTORY = 20
PER_PACKAGE = 500


async def _request(call: Call) -> Row:
    require_ready(call.sandbox, find_account(call.sandbox, call.scope))
    first, last = (read_day(call.body[name], name) for name in ("start_date", "end_date"))
    if last < first:
        raise invalid("end_date is before start_date", "end_date")
    if last >= months_later(first, 1):
        raise invalid("The SAT takes at most 1 month in a request: make one for each month", "end_date")
    if first > day_of(call.sandbox.now_ms()):
        raise invalid("start_date is still to come", "start_date")
    kind = call.body.get("request_type") or "cfdi"
    row, duplicate = submit(call.sandbox, call.scope, first, last, call.body["rfc_type"], kind, "manual")
    data = {"request_id": row["id"], "duplicate": duplicate, "status": status_of(call.sandbox, row)}
    return ok(data, "The request was made before" if duplicate else "Request submitted")


async def _history(call: Call) -> Row:
    rows = call.sandbox.sat_requests.walk(call.scope)
    return ok({"history": [shown(call.sandbox, row) for _, row in islice(rows, HISTORY)]})


async def _status(call: Call) -> Row:
    row = call.sandbox.sat_requests.find(call.scope, call.path["requestId"])
    if row is None:
        raise missing("Request", call.path["requestId"])
    facts = shown(call.sandbox, row)
    ready = facts["status"] == "completed"
    count = -(-len(row["uuids"]) // PER_PACKAGE) if ready else 0
    packages = [f"{row['id']}_{number:02}" for number in range(1, count + 1)]
    return ok({**facts, "requestType": row["requestType"], "packageIds": packages})


async def _package(call: Call) -> Row:
    row, number = _packed(call, call.path["packageId"])
    chosen = row["uuids"][(number - 1) * PER_PACKAGE : number * PER_PACKAGE]
    if status_of(call.sandbox, row) == "expired":
        raise refusal("The package was not fetched in time and is gone: request the range again")
    found = [held[1] for uuid in chosen if (held := find_held(call.sandbox, call.scope, uuid))]
    row["fetched"] = True
    call.sandbox.sat_requests.keep(row)
    content = package(call.path["packageId"], found, metadata=row["requestType"] == "metadata")
    return ok({"encoding": "base64", "content": content})


def _packed(call: Call, id: str) -> tuple[Row, int]:
    request_id, _, number = id.rpartition("_")
    row = call.sandbox.sat_requests.find(call.scope, request_id)
    if row is not None and number.isdecimal() and number.isascii() and len(number) < 5:
        settle(call.sandbox, row)
        if 0 < int(number) <= -(-len(row["uuids"]) // PER_PACKAGE):
            return row, int(number)
    raise missing("Package", id)


_AT = "/invoices/download"
OPERATIONS = (
    Operation(
        "sat.request", "POST", f"{_AT}/request", _request, body=sat_inputs.RequestInput, answer=sat.Requested
    ),
    Operation("sat.history", "GET", f"{_AT}/schedule/history", _history, answer=sat.History),
    Operation("sat.status", "GET", f"{_AT}/status/{{requestId}}", _status, answer=sat.RequestStatus),
    Operation("sat.package", "GET", f"{_AT}/package/{{packageId}}", _package, answer=sat.Package),
)
