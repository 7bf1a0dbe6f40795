"""Pages of a log, newest first. `limit` counts the rows that were looked at, as the API has it.

A page may be empty while `has_more` is true: whoever reads goes on until it is false.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from gigstack_events.sandbox.operations import Call
from gigstack_events.sandbox.replies import ok
from gigstack_events.sandbox.tables import Row

Entry = TypeVar("Entry")


def log_page(
    call: Call,
    rows: Sequence[Entry],
    mine: Callable[[Entry], bool],
    show: Callable[[Entry], Row | None],
) -> Row:
    """Answer with a page of those rows that are `mine` and that `show` does not leave out."""
    limit = int(call.query.get("limit") or 50)
    position = min(int(call.query.get("cursor") or len(rows)), len(rows))
    shown: list[Row] = []
    scanned = 0
    while position > 0 and scanned < limit:
        position -= 1
        if mine(rows[position]):
            scanned += 1
            if (row := show(rows[position])) is not None and _in_range(call, row):
                shown.append(row)
    has_more = any(mine(rows[earlier]) for earlier in range(position - 1, -1, -1))
    return ok(
        shown,
        "retrieved successfully",
        has_more=has_more,
        next_cursor=str(position) if has_more else None,
        scanned_count=scanned,
        livemode=call.livemode,
    )


def _in_range(call: Call, row: Row) -> bool:
    start, end = call.query.get("from"), call.query.get("to")
    moment = row["timestamp"]
    return (not start or moment >= int(start)) and (not end or moment <= int(end))
