"""The one log line of each call, by the standard library: a script that wants none sees none.

It is named `gigstack.call`. Writes and failures are told at level info: they are few, and what an operator
looks for. Reads that went well are told at level debug, for a list may be a hundred of them. Never in it:
the key, bodies, the query, texts of errors.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Self

from gigstack_events.api.calls import Call
from gigstack_events.errors import ApiError

log = logging.getLogger("gigstack_events.api")
log.addHandler(logging.NullHandler())  # else Python itself would print where nobody set logging up

MOST_PATH = 300

_ours: ContextVar[bool] = ContextVar("gigstack_request", default=False)


def _is_theirs(record: logging.LogRecord) -> bool:
    return not _ours.get()


# httpx tells whole addresses at level info: e-mails in searches, and links that open a file to anybody.
logging.getLogger("httpx").addFilter(_is_theirs)


@contextmanager
def quiet_httpx() -> Iterator[None]:
    """Keep httpx from logging the addresses of our requests; those of others are none of our business."""
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)


class Progress:
    """How a call goes on, told once it is over.

    `tries` counts its requests; `in_doubt`: whether one of them may have been carried out is not known.
    """

    def __init__(self, call: Call, livemode: bool | None) -> None:
        self.tries = 0
        self.status: int | None = None
        self.in_doubt = False
        self._call = call
        self._livemode = livemode
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        level = logging.DEBUG if self._call.safe and error is None else logging.INFO
        if log.isEnabledFor(level):
            known = {name: value for name, value in self._facts(error).items() if value is not None}
            log.log(level, "gigstack.call", extra=known)

    def _facts(self, error: BaseException | None) -> dict[str, object]:
        call = self._call
        mode = None if self._livemode is None else "live" if self._livemode else "test"
        outcome = error.outcome if isinstance(error, ApiError) else None
        return {
            "method": call.method,
            "path": call.path[:MOST_PATH],
            "status": error.status if isinstance(error, ApiError) else self.status,
            "ms": round((time.monotonic() - self._began) * 1000, 1),
            "tries": self.tries,
            "outcome": "done" if error is None else outcome,
            "error": None if error is None else type(error).__name__,
            "mode": mode,
            "team": call.team,
            "event_id": call.event_id,
        }
