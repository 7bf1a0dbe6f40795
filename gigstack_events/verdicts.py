"""Verdicts: what a run's end, whatever it was, means for the run. Pure: exceptions in, values out."""

import math
import random
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gigstack_events.api.errors import HeldBack
from gigstack_events.errors import (
    ApiError,
    GigstackError,
    GiveUp,
    Malformed,
    Park,
    RetryLater,
    Shadowed,
    StaleToken,
    said,
)
from gigstack_events.fence import Unvouched
from gigstack_events.outcomes import CheckFailed, NoTurn, OutcomeUnknown, Unconfirmed
from gigstack_events.retries import Retry

MOST_TEXT = 1000
LONGEST_WISH_S = 3600.0
CHECKS = Retry()
_LIBRARY = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a claim ends: `outcome` is a state of the ledger (or `stale`: write nothing).

    `reason` is for people, `code` a word for machines and logs, `result` JSON, `delay` seconds until a
    waiting run is looked at again, `failures` what it adds to the run's count, `key` a new one for it.
    """

    outcome: str
    reason: str = ""
    code: str = ""
    result: str = ""
    error: str = ""
    delay: float = 0.0
    failures: int = 0
    key: str | None = None


def verdict_of(
    error: BaseException,
    failures: int,
    policy: Retry,
    rng: random.Random,
    *,
    age: float = 0.0,
    shadow: bool = False,
) -> Verdict:
    """What an exception out of a handler leads to.

    `failures` counts the run's earlier ones, `age` is seconds since the run was made. Neither age nor
    kind matters where a handler says what shall be, or where nobody knows whether an act took place. A
    handler that gives up or parks in `shadow` is only told of.
    """
    kind, text = type(error).__name__, said(error, MOST_TEXT)
    match error:
        case StaleToken():
            return Verdict("stale", code="stale")
        case CheckFailed():
            # Whatever the handler's policy for its failures: this is about an act that may have happened.
            patience = Retry(max(policy.attempts, CHECKS.attempts), CHECKS.base, CHECKS.cap)
            again = retry_verdict(patience, failures + 1, text, rng, code="unknown")
            if again.outcome == "failed":
                return Verdict("parked", f"{text}; look, then say it with `runs resolve`", "parked")
            return replace(again, reason=text, delay=max(again.delay, error.after))
        case OutcomeUnknown() | Unconfirmed():
            return Verdict("waiting", text, error.code, delay=error.after)
        case HeldBack():
            return Verdict("waiting", text, NoTurn.code, delay=error.retry_after or 0.0)
        case RetryLater():
            return Verdict("waiting", text, "asked", delay=error.after)
        case Shadowed():
            return Verdict("skipped", text, "shadow")
        case GiveUp() | Park() if shadow and not isinstance(error, Unvouched):
            word = "parked" if isinstance(error, Park) else "failed"
            return Verdict("skipped", f"shadow: would have {word}: {text}", "shadow")
        case Park():
            return Verdict("parked", text, "parked")
        case GiveUp():
            return Verdict("failed", text, "gave_up", error=text, failures=1)
        case Malformed():
            return Verdict("parked", f"the stored delivery cannot be read: {text}", "unreadable")
        case ApiError() if _is_final(error, policy):
            return Verdict("failed", f"gigstack refused: {text}", kind, error=text, failures=1)
    if not isinstance(error, GigstackError) and (place := place_of(error)):
        # A slip in the handler, most likely: its author wants to know where.
        text = f"{text} ({place})".lstrip()
    wish = error.retry_after if isinstance(error, ApiError) else None
    return retry_verdict(
        policy,
        failures + 1,
        f"{kind}: {text}",
        rng,
        code=kind,
        names=names_of(error),
        age=age,
        at_least=wish or 0.0,
    )


def retry_verdict(
    policy: Retry,
    failures: int,
    error: str,
    rng: random.Random,
    *,
    code: str = "",
    names: Sequence[str] = (),
    age: float = 0.0,
    at_least: float = 0.0,
) -> Verdict:
    """What a failure leads to: another try after a while, or `failed` when that was the last one.

    `names` are those that `policy.kinds` may know it by, `code` unless they are given.
    """
    chosen = policy.of_kind(names or (code,))
    if chosen is None:
        reason = f"failed with {error}, which is not tried again"[:MOST_TEXT]
        return Verdict("failed", reason, code, error=error, failures=1)
    delay = chosen.delay(failures, rng)
    if delay is None:
        reason = f"failed {failures} times, at last with {error}"[:MOST_TEXT]
        return Verdict("failed", reason, code, error=error, failures=1)
    pause = max(delay, min(at_least, LONGEST_WISH_S))  # an API's slip shall not put a run off for a year
    oldest = min(policy.age or math.inf, chosen.age or math.inf)
    if age + pause > oldest:
        reason = (
            f"the next try would come later than {oldest:g} s after the run was made; failed with {error}"
        )
        return Verdict("failed", reason[:MOST_TEXT], code, error=error, failures=1)
    reason = f"will be tried again after {error}"[:MOST_TEXT]
    return Verdict("waiting", reason, code, error=error, delay=pause, failures=1)


def names_of(error: BaseException) -> tuple[str, ...]:
    """The names of an exception's class and its bases, the nearest first."""
    return tuple(base.__name__ for base in type(error).__mro__)


def _is_final(error: ApiError, policy: Retry) -> bool:
    """Whether the API said no until somebody changes something, and the policy does not know better."""
    if not error.final:
        return False
    return not any(
        issubclass(base, ApiError) and base.__name__ in policy.kinds for base in type(error).__mro__
    )


def place_of(error: BaseException) -> str:
    """File and line where an exception came from; fit for logs, unlike its text.

    Where a handler is on the way to it, it is the last line in the handler's own folder.
    """
    frames = traceback.extract_tb(error.__traceback__)
    outside = [frame for frame in frames if _LIBRARY not in Path(frame.filename).parents]
    own = [frame for frame in outside if Path(frame.filename).parent == Path(outside[0].filename).parent]
    last = (own or frames)[-1:]
    return "".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in last)
