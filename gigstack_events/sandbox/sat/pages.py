"""Lists of mirrored invoices: newest first, filtered, and paged by the last UUID that was seen."""

from gigstack_events.sandbox.operations import Call
from gigstack_events.sandbox.replies import Problem, invalid, ok
from gigstack_events.sandbox.sat.dates import read_day
from gigstack_events.sandbox.sat.holdings import find_mirrored
from gigstack_events.sandbox.schemas.sat_inputs import InvoicesQuery
from gigstack_events.sandbox.tables import Row

_EQUAL = ("direction", "status", "invoice_type")


def mirror_page(call: Call) -> Row:
    """Answer the list of mirrored invoices. `from` and `to` are days of issue, both included."""
    first, last = _days(call)
    found = (row for _, row in call.sandbox.sat_invoices.walk(call.scope) if _fits(call, row))
    rows = [row for row in found if first <= row["issue_date"][:10] <= last]
    rows.sort(key=lambda row: (row["issue_date"], row["uuid"]), reverse=True)
    start, limit = _start(call, rows), InvoicesQuery.model_validate(dict(call.query)).limit
    page = rows[start : start + limit]
    has_more = start + limit < len(rows)
    beside = {"has_more": has_more, "next": page[-1]["uuid"] if has_more else None}
    return ok(page, "retrieved successfully", total_results=len(rows), **beside)


def _days(call: Call) -> tuple[str, str]:
    first, last = (call.query.get(end) for end in ("from", "to"))
    days = (
        read_day(first, "from").isoformat() if first else "",
        read_day(last, "to").isoformat() if last else "9999-12-31",
    )
    if days[1] < days[0]:
        raise invalid("to is before from", "to")
    return days


def _fits(call: Call, row: Row) -> bool:
    query = call.query
    if any(query.get(name) and query[name] != row[name] for name in _EQUAL):
        return False
    wanted = ((name, query.get(f"{name}_rfc")) for name in ("issuer", "receiver"))
    return all(not rfc or rfc.upper() == row[name]["rfc"] for name, rfc in wanted)


def _start(call: Call, rows: list[Row]) -> int:
    """Return the place behind the row that the cursor names; it may have ceased to fit the filters."""
    after = call.query.get("starting_after") or call.query.get("next")
    if not after:
        return 0
    seen = find_mirrored(call.sandbox, call.scope, after)
    if seen is None:
        raise Problem(400, "invalid_field_value", "starting_after is not the UUID of an invoice here")
    place = (seen["issue_date"], seen["uuid"])
    return sum((row["issue_date"], row["uuid"]) >= place for row in rows)
