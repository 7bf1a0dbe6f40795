"""What may come of an act: it happened, it did not, or nobody knows. Values and verdicts, no I/O."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from gigstack_events.errors import ApiError, GiveUp, NotDone, RetryLater

MOST_RESULT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Happened:
    """`check` found that the act took place; `result` is what `do` would have returned."""

    result: Any = None


@dataclass(frozen=True, slots=True)
class DidNotHappen:
    """`check` found that the act did not take place."""


Check = Callable[[], Happened | DidNotHappen]


class OutcomeUnknown(RetryLater):
    """Nobody knows yet whether an act took place; the run waits until that can be settled."""

    code = "unknown"


class Unrecorded(OutcomeUnknown):
    """The ledger did not take the record, so nothing may be done: run and worker wait."""

    code = "redis"


class NoTurn(OutcomeUnknown):
    """The limiter has no token for an act's write: it was not begun, and the run waits for its turn."""

    code = "rate"


class CheckFailed(OutcomeUnknown):
    """The check itself failed: it is asked again, later and later, and in the end a person is."""


class Unconfirmed(RetryLater):
    """The API does not know yet of what a delivery tells: it is asked again before the run is skipped."""

    code = "trust"


class Nested(GiveUp):
    """An effect within another, or beside it in a thread: do one after the other."""


def to_json(value: Any, what: str) -> str:
    """A value as JSON text of at most 64 KiB; a pydantic model as its fields. Raises GiveUp otherwise."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise GiveUp(
            f"{what} returned what is not JSON ({error}): return dicts, lists, text, numbers"
        ) from None
    if len(text) > MOST_RESULT:
        raise GiveUp(f"{what} returned {len(text)} bytes; at most {MOST_RESULT} are kept")
    return text


def certainly_not_done(error: BaseException) -> bool:
    """Whether an error that the write itself raised says that nothing was changed."""
    if isinstance(error, ApiError):
        return error.outcome == "not_done"
    import httpx  # half of what this package costs to import, and the receiver needs none of it

    before_sending = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
    return isinstance(error, (NotDone, *before_sending))
