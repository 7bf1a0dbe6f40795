"""The ground of all resources: how one operation becomes one short method."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from gigstack_events.api.calls import Call, Guard, Limiter
from gigstack_events.api.connection import Connection
from gigstack_events.api.errors import InvalidInput, NotSent, UnexpectedAnswer
from gigstack_events.api.fields import ApiObject
from gigstack_events.api.pages import walk, walk_numbered
from gigstack_events.errors import Outcome

if TYPE_CHECKING:
    from gigstack_events.api.inputs.common import File

M = TypeVar("M", bound=ApiObject)

_READS = {"GET", "HEAD"}
_PER_PAGE = 100
# What comes as bytes has no name, and servers look at its ending.
_FILE_NAMES = {"cert": "cert.cer", "key": "key.key"}
_ENVELOPE = {"success", "message", "data", "timestamp", "error"}


@dataclass(frozen=True, slots=True)
class Session:
    """A connection and what is sent along with every call."""

    connection: Connection
    team: str | None = None
    event_id: str | None = None
    guard: Guard | None = None
    timeout: float | None = None
    check_inputs: bool = True
    limiter: Limiter | None = None

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        idempotency_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        safe: bool | None = None,
    ) -> dict[str, Any]:
        """Make one call and return the reply's JSON object.

        `safe` tells a read from a write where the method does not: some reads of the API cost money.
        """
        if self.check_inputs and body is not None:
            from gigstack_events.api.checks import check_inputs

            check_inputs(body)
        given = {"team": self.team, **(query or {})}
        asked = {name: value for name, value in given.items() if value is not None}
        # An event's id is whatever its sender wrote; a header takes printable ASCII only.
        sent = dict(headers or {})
        if self.event_id:
            sent["X-Gigstack-Event-Id"] = quote(self.event_id, safe="!$&'()*+,/:;=?@~", errors="replace")
        if idempotency_key:
            sent["Idempotency-Key"] = idempotency_key
        is_safe = method in _READS if safe is None else safe
        call = Call(
            method,
            path,
            asked,
            body,
            sent,
            is_safe,
            guard=self.guard,
            files=files,
            timeout=self.timeout,
            limiter=self.limiter,
            team=asked.get("team"),
            event_id=self.event_id,
        )
        return self.connection.request(call)


class Resource:
    """Operations on one kind of object. Subclasses name theirs; the words here say how each is asked."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def _get(self, model: type[M], *path: str, safe: bool | None = None, **query: Any) -> M:
        outcome: Outcome = "not_done" if safe is not False else "unknown"
        return read(model, self._session.call("GET", join(*path), query=query, safe=safe), outcome)

    def _post(
        self,
        model: type[M],
        *path: str,
        body: object = None,
        query: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> M:
        reply = self._session.call(
            "POST", join(*path), query=query, body=body, idempotency_key=idempotency_key
        )
        return read(model, reply)

    def _put(self, model: type[M], *path: str, body: object = None) -> M:
        return read(model, self._session.call("PUT", join(*path), body=body))

    def _patch(self, model: type[M], *path: str, body: object = None) -> M:
        return read(model, self._session.call("PATCH", join(*path), body=body))

    def _upload(
        self,
        model: type[M],
        *path: str,
        files: Mapping[str, "File"],
        fields: Mapping[str, str | None] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> M:
        """Send a form; `files` by field."""
        contents = {name: contents_of(name, file) for name, file in files.items()}
        texts = {name: text for name, text in (fields or {}).items() if text is not None}
        reply = self._session.call("POST", join(*path), query=query, body=texts, files=contents)
        return read(model, reply)

    def _delete(self, *path: str, body: object = None) -> None:
        self._session.call("DELETE", join(*path), body=body)

    def _list(
        self, model: type[M], *path: str, filters: Mapping[str, Any], cursor: str = "next"
    ) -> Iterator[M]:
        query = _query(filters)
        if filters.get("metadata"):  # the API pages such lists by number
            return self._rows(model, walk_numbered(lambda asked: self._page(path, asked), query))
        return self._rows(model, walk(lambda asked: self._page(path, asked), query, cursor))

    def _search(self, model: type[M], *path: str, q: str, **query: Any) -> Iterator[M]:
        asked = {"q": q, "limit": _PER_PAGE, **query}
        return self._rows(model, walk_numbered(lambda page: self._page(path, page), asked))

    def _page(self, path: tuple[str, ...], query: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._session.call("GET", join(*path), query=query)

    def _rows(self, model: type[M], found: Iterator[Any]) -> Iterator[M]:
        return (_model(model, row) for row in found)


def join(*parts: Any) -> str:
    """Build a path of an API call; an id can neither be empty nor lead to another path."""
    if odd := [part for part in parts if part is not None and not isinstance(part, str)]:
        kind = type(odd[0]).__name__
        raise InvalidInput(f"the call to /{parts[0]} was not sent, for its id is no text but {kind}")
    if any(not part or part in (".", "..") for part in parts):
        raise NotSent(f"the call to /{parts[0]} was not sent, for its id is empty", outcome="not_done")
    return "/" + "/".join(quote(part, safe="", errors="replace") for part in parts)


def read(model: type[M], reply: Mapping[str, Any], outcome: Outcome = "unknown") -> M:
    """Make the model of a reply; what stands beside `data`, such as a new secret, belongs to it."""
    beside = {name: value for name, value in reply.items() if name not in _ENVELOPE}
    data = reply.get("data")
    if data is None:
        return _model(model, beside, outcome)
    return _model(model, {**beside, **data} if isinstance(data, dict) else data, outcome)


def contents_of(field: str, file: "File") -> tuple[str, bytes]:
    """Return a file's name and content; raise InvalidInput where it cannot be read."""
    if isinstance(file, tuple):
        return file
    if isinstance(file, bytes):
        return _FILE_NAMES.get(field, field), file
    try:
        return file.name, file.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{field}: {file} cannot be read ({error.strerror})") from None
    except AttributeError:
        raise InvalidInput(f"{field}: is a pathlib.Path, bytes, or a tuple of name and bytes") from None


def reference(value: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Refer to another object by its id, or as the API's own way of finding or making one."""
    return {"id": value} if isinstance(value, str) else value


def seconds(field: str, millis: int) -> int:
    """Write a time, which is epoch milliseconds, as the API takes it."""
    try:
        return millis // 1000
    except TypeError:
        raise InvalidInput(f"{field}: a time is epoch milliseconds, such as 1767225600000") from None


def _model(model: type[M], data: Any, outcome: Outcome = "not_done") -> M:
    try:
        return model.model_validate(data)
    except ValidationError:
        raise UnexpectedAnswer(f"the reply holds no {model.__name__}", outcome=outcome) from None


def _query(filters: Mapping[str, Any]) -> dict[str, Any]:
    query: dict[str, Any] = {"limit": _PER_PAGE, **filters}
    for name, value in (query.pop("metadata", None) or {}).items():
        query[f"metadata.{name}"] = value
    for end in ("gte", "lte"):
        if (moment := query.pop(f"created_{end}", None)) is not None:
            query[f"created[{end}]"] = seconds(f"created_{end}", moment)
    return query
