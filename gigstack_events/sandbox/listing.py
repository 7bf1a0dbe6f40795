"""Lists and searches: filters, order and pages."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from gigstack_events.sandbox.operations import Call
from gigstack_events.sandbox.replies import Problem, ok
from gigstack_events.sandbox.tables import Row, Scope, Table

Test = Callable[[Row], bool]

_MOST_DIGITS = 15
_FIRST_MS = 10**12  # what is beyond is in milliseconds

_STATUS_WORDS = {"cancelled": "canceled", "open": "pending", "stamped": "completed", "invoiced": "completed"}


def list_page(
    call: Call,
    table: Table,
    *,
    equal: Iterable[str] = (),
    tests: Iterable[Test] = (),
    scope: Scope | None = None,
) -> Row:
    """Answer a list call. `equal` names the query parameters that filter by a field of the same name.

    `total_results` is there unless it would take a look at every row for each page.
    """
    limit, cursor, wanted = _limit(call), _cursor(call), scope or call.scope
    filters = [*_equal_tests(call, equal), *_range_tests(call), *_metadata_tests(call), *tests]
    matching = _matching(call, table, wanted, cursor, filters)
    start = _skipped(call, limit)
    page = list(islice(matching, start, start + limit + 1))
    rows: list[Row | None] = [row for _, row in page[:limit]]
    if call.sandbox.choices("rows").random() < call.sandbox.options.null_rows:
        rows.insert(len(rows) // 2, None)
    has_more = len(page) > limit
    following = str(page[limit - 1][0]) if has_more else None
    beside: Row = {"has_more": has_more, "next": following}
    if not filters:
        beside["total_results"] = table.count(wanted, call.query.get("client_id"))
    elif not has_more and cursor is None:
        beside["total_results"] = start + len(page)
    return ok(rows, "retrieved successfully", **beside)


def search_page(call: Call, table: Table, fields: Iterable[str], equal: Iterable[str] = ()) -> Row:
    """Answer a search: rows in which one of the fields holds the text `q`."""
    wanted = call.query.get("q", "").lower()
    if not wanted:
        raise Problem(400, "missing_required_field", "q is required")
    filters = _equal_tests(call, equal)
    walk = table.walk(call.scope, call.query.get("client_id"))
    found = [row for _, row in walk if all(test(row) for test in filters) and _holds(row, fields, wanted)]
    limit = _limit(call)
    start = _skipped(call, limit)
    page = start // limit + 1
    return ok(found[start : start + limit], found=len(found), page=page, per_page=limit)


def _matching(
    call: Call, table: Table, scope: Scope, cursor: int | None, filters: list[Test]
) -> Iterator[tuple[int, Row]]:
    """Yield the rows behind the cursor: the number of a row, or a place where they are in order of names."""
    client, ascending = call.query.get("client_id"), call.query.get("sort") == "asc"
    if call.query.get("order_by") != "name":
        found = table.walk(scope, client, cursor, ascending)
        return (pair for pair in found if all(test(pair[1]) for test in filters))
    rows = [row for _, row in table.walk(scope, client) if all(test(row) for test in filters)]
    rows.sort(key=_name, reverse=call.query.get("sort") == "desc")
    return islice(enumerate(rows, 1), cursor or 0, None)


def _name(row: Row) -> str:
    shown = row.get("name") or row.get("description") or (row.get("client") or {}).get("name") or ""
    return str(shown).lower()


def same_status(one: str, other: str) -> bool:
    """Compare statuses; the API has several words for some."""
    return _STATUS_WORDS.get(one, one) == _STATUS_WORDS.get(other, other)


def _limit(call: Call) -> int:
    limit = _whole(call.query.get("limit") or call.query.get("per_page") or "10", "limit")
    if not 1 <= limit <= 100:
        raise Problem(400, "invalid_field_value", "limit is a number from 1 to 100")
    return limit


def _skipped(call: Call, limit: int) -> int:
    return (max(_whole(call.query.get("page") or "1", "page"), 1) - 1) * limit


def _cursor(call: Call) -> int | None:
    cursor = call.query.get("next") or call.query.get("cursor")
    return None if cursor is None else _whole(cursor, "the cursor")


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise Problem(400, "invalid_field_value", f"{name} is not a number")
    return int(text)


def _equal_tests(call: Call, equal: Iterable[str]) -> list[Test]:
    return [_equals(name, value) for name in equal if (value := call.query.get(name))]


def _equals(name: str, value: str) -> Test:
    if name == "status":
        return lambda row: same_status(row["status"], value)
    if name in ("email", "tax_id"):
        return lambda row: str((row.get("client") or row).get(name)) == value
    return lambda row: str(row.get(name)) == value


def _range_tests(call: Call) -> list[Test]:
    """Both spellings of the created range, in seconds."""
    tests: list[Test] = []
    for end, sign in (("gte", 1), ("lte", -1)):
        given = call.query.get(f"created[{end}]") or call.query.get(f"created_{end}")
        if given:
            tests.append(_created(_whole(given, f"created_{end}"), sign))
    return tests


def _created(moment: int, sign: int) -> Test:
    return lambda row: (_in_unit_of(moment, int(row["created_at"])) - moment) * sign >= 0


def _in_unit_of(moment: int, created: int) -> int:
    """Some rows have milliseconds: they are compared in the unit of what was asked for."""
    if (moment < _FIRST_MS) == (created < _FIRST_MS):
        return created
    return created // 1000 if moment < _FIRST_MS else created * 1000


def _metadata_tests(call: Call) -> list[Test]:
    named = ((name[len("metadata.") :], value) for name, value in call.query.items() if _is_metadata(name))
    return [_has_metadata(name, value) for name, value in named]


def _is_metadata(name: str) -> bool:
    return name.startswith(("metadata.", "metadata_"))


def _has_metadata(name: str, value: str) -> Test:
    return lambda row: str((row.get("metadata") or {}).get(name)) == value


def _holds(row: Row, fields: Iterable[str], wanted: str) -> bool:
    sources = (row, row.get("client") or {})
    return any(wanted in str(source.get(name) or "").lower() for source in sources for name in fields)
