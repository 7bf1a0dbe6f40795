"""One call as a value: what is asked of the API, and what stands between asking and sending."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gigstack_events.api.errors import HeldBack, NoAnswer
from gigstack_events.errors import ApiError

Guard = Callable[[bool], None]
"""Asked right before a request leaves whether it may; it is told whether the call is safe."""


_SECRET_FIELDS = ("password", "keyPass", "pfx_password", "pfx", "key")


class Limiter(Protocol):
    """Says when a call may go, for all who use the same API key."""

    def take(self, *, write: bool) -> float:
        """Return 0 when the call may go now, else after how many seconds to ask again."""

    def refused(self, retry_after: float | None) -> None:
        """The API answered 429: fewer calls from now on, and none for `retry_after` seconds."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of the API. `safe` calls change nothing there and may be repeated.

    `files` makes a form of it, `body` then holds its text fields. `timeout` is the call's total time in
    seconds, None: the connection's. `team` and `event_id` are for the log; they are sent with the rest.
    """

    method: str
    path: str
    query: Mapping[str, Any]
    body: object
    headers: Mapping[str, str]
    safe: bool
    guard: Guard | None = None
    files: Mapping[str, tuple[str, bytes]] | None = None
    timeout: float | None = None
    limiter: Limiter | None = None
    team: str | None = None
    event_id: str | None = None

    @property
    def name(self) -> str:
        """Method and path, for messages; the query may hold personal data and stays out."""
        return f"{self.method} {self.path}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What a refusal may quote and no message may show: passwords, and a partner's key."""
        body = self.body if isinstance(self.body, Mapping) else {}
        given = [*map(body.get, _SECRET_FIELDS), self.headers.get("X-Internal-API-Key")]
        return tuple(value for value in given if isinstance(value, str) and value)

    def may_be_repeated(self, error: ApiError) -> bool:
        """Whether making the same call again after this error can do nothing twice.

        Reads may, and writes with an idempotency key. Not where a guard lets one write pass, for there
        the ledger decides; not a write that timed out, for it may still be under way.
        """
        if isinstance(error, HeldBack):
            return False
        if self.safe:
            return True
        timed_out = isinstance(error, NoAnswer) and error.timed_out
        return self._has_key() and self.guard is None and not timed_out

    def _has_key(self) -> bool:
        in_body = isinstance(self.body, Mapping) and bool(self.body.get("idempotency_key"))
        return in_body or bool(self.headers.get("Idempotency-Key"))
