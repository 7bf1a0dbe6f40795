"""Objects in memory, found by id and listed by scope, all without scanning what does not belong."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from secrets import token_hex
from typing import Any, Protocol

Row = dict[str, Any]
Scope = tuple[bool | None, str]
"""Mode and team. What is in one scope is invisible from all others."""
TEAM = "team_sandbox"
"""The team that the sandbox's keys belong to, and the master of all others."""

_newcomers: ContextVar[set[str] | None] = ContextVar("newcomers", default=None)


@contextmanager
def newcomers() -> Iterator[set[str]]:
    """Collect the ids of all that is added meanwhile, to any table, by this task."""
    ids: set[str] = set()
    token = _newcomers.set(ids)
    try:
        yield ids
    finally:
        _newcomers.reset(token)


class Writes(Protocol):
    """Where changes are kept."""

    def write(self, kind: str, **facts: Any) -> None:
        """Write one line."""


class Table:
    """All objects of one kind. A row is the very object that the API shows.

    What is added or removed is written to the store as `name`; what is changed, by `keep`.
    """

    def __init__(self, prefix: str, name: str = "", store: Writes | None = None) -> None:
        self._prefix = prefix
        self._name = name
        self._store = store
        self._by_id: dict[str, tuple[int, Scope]] = {}
        self._rows: dict[int, Row] = {}
        self._order: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
        self._count: Counter[tuple[object, ...]] = Counter()
        self._next = 1

    def new_id(self) -> str:
        """Make an id. Ids are never repeated, not even by another run with the same seed."""
        return f"{self._prefix}_{token_hex(10)}"

    def add(self, scope: Scope, row: Row, *, written: bool = False) -> Row:
        """Keep a row; its `client`, where it has one, is an index. What is `written` is in the store."""
        number, self._next = self._next, self._next + 1
        self._by_id[row["id"]] = number, scope
        self._rows[number] = row
        if (ids := _newcomers.get()) is not None:
            ids.add(row["id"])
        for key in _keys(scope, row):
            self._order[key].append(number)
            self._count[key] += 1
        if not written:
            self.keep(row)
        return row

    def keep(self, row: Row) -> None:
        """Write a row as it is now."""
        if self._store is not None:
            self._store.write("row", table=self._name, scope=self._by_id[row["id"]][1], row=row)

    def find(self, scope: Scope, id: str) -> Row | None:
        """Return the row with this id, if it is in this scope."""
        number, owner = self._by_id.get(id, (0, None))
        return self._rows.get(number) if owner == scope else None

    def anywhere(self, id: str) -> Row | None:
        """Return the row with this id, whatever its scope."""
        return self._rows.get(self._by_id[id][0]) if id in self._by_id else None

    def scope(self, id: str) -> Scope | None:
        """Return the scope of the row with this id."""
        return self._by_id[id][1] if id in self._by_id else None

    def remove(self, id: str) -> None:
        """Forget a row."""
        number, scope = self._by_id.pop(id)
        self._count.subtract(_keys(scope, self._rows.pop(number)))
        if self._store is not None:
            self._store.write("gone", table=self._name, id=id)

    def count(self, scope: Scope, client: str | None = None) -> int:
        """Tell how many rows there are in a scope, or there of a client."""
        return self._count[(*scope, client) if client else scope]

    def walk(
        self, scope: Scope, client: str | None = None, after: int | None = None, ascending: bool = False
    ) -> Iterator[tuple[int, Row]]:
        """Yield rows with their numbers, newest first unless `ascending`, behind the number `after`."""
        numbers = self._order.get((*scope, client) if client else scope, [])
        if ascending:
            start = bisect_right(numbers, after) if after is not None else 0
            span = range(start, len(numbers))
        else:
            end = bisect_left(numbers, after) if after is not None else len(numbers)
            span = range(end - 1, -1, -1)
        for position in span:
            if (row := self._rows.get(numbers[position])) is not None:
                yield numbers[position], row

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)


def _keys(scope: Scope, row: Row) -> list[tuple[object, ...]]:
    """Return what a row is listed under: its scope, and there its client if it has one."""
    client = row.get("client")
    return [scope, (*scope, client["id"])] if isinstance(client, dict) else [scope]
