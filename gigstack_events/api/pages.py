"""Walking a list page by page, whichever way the API pages it. No I/O here.

Most lists answer with `next` and `has_more`, newer ones with `next_cursor`, searches with page numbers.
Rows may be null, and `data` may be empty although `has_more` is true.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gigstack_events.api.errors import UnexpectedAnswer

Fetch = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_MOST_PAGES = 10_000


def walk(fetch: Fetch, query: Mapping[str, Any], cursor: str = "next") -> Iterator[Any]:
    """Yield every row; `cursor` is the query parameter that takes the next page's cursor."""
    seen: set[str] = set()
    asked: Mapping[str, Any] = query
    for _ in range(_MOST_PAGES):
        reply = fetch(asked)
        yield from rows(reply)
        following = _following(reply)
        if following is None:
            return
        if following in seen:
            raise UnexpectedAnswer(
                "the list repeats a cursor: it cannot be read to its end", outcome="not_done"
            )
        seen.add(following)
        asked = {**query, cursor: following}
    raise UnexpectedAnswer("the list does not end", outcome="not_done")


def walk_numbered(fetch: Fetch, query: Mapping[str, Any]) -> Iterator[Any]:
    """Yield every row of a search, or of a list filtered by metadata, both paged by number from 1."""
    read = 0
    for page in range(1, _MOST_PAGES):
        reply = fetch({**query, "page": page})
        yield from rows(reply)
        read += len(_data(reply))
        at_end = not _data(reply) or read >= _found(_page(reply), read)
        said = _has_more(reply)
        if not said if said is not None else at_end:
            return
    raise UnexpectedAnswer("the list does not end", outcome="not_done")


def rows(reply: Mapping[str, Any]) -> list[Any]:
    """Return the rows of one page without the null ones."""
    return [row for row in _data(reply) if row is not None]


def _page(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    """Some newer replies nest the whole page in `data`."""
    data = reply.get("data")
    return data if isinstance(data, dict) and isinstance(data.get("data"), list) else reply


def _data(reply: Mapping[str, Any]) -> list[Any]:
    data = _page(reply).get("data")
    if data is None:
        return []
    if not isinstance(data, list):
        raise UnexpectedAnswer("the reply holds no list", outcome="not_done")
    return data


def _following(reply: Mapping[str, Any]) -> str | None:
    page = _page(reply)
    cursor = page.get("next") or page.get("next_cursor")
    said = _has_more(reply)
    if said is False or (cursor is None and not said):
        return None
    if not isinstance(cursor, (str, int)):
        raise UnexpectedAnswer("the list has more rows but names no cursor", outcome="not_done")
    return str(cursor)


def _has_more(reply: Mapping[str, Any]) -> bool | None:
    """Read it as written in any way; None: not said."""
    said = _page(reply).get("has_more")
    return said.lower() == "true" if isinstance(said, str) else None if said is None else bool(said)


def _found(reply: Mapping[str, Any], read: int) -> int:
    """Return how many rows there are in all; where the reply does not say, one page more is asked for."""
    for name in ("found", "total_results", "total"):
        if isinstance(found := reply.get(name), int):
            return found
    return read + 1
