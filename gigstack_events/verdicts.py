"""Verdicts: what a run's end, whatever it was, means for the run. Pure: exceptions in, values out."""

import random
import traceback
from dataclasses import dataclass
from pathlib import Path

from gigstack_events.effects import OutcomeUnknown
from gigstack_events.errors import ApiError, GiveUp, Malformed, Park, RetryLater, StaleToken
from gigstack_events.routing import Retry

MOST_TEXT = 1000
LONGEST_WISH_S = 3600.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a claim ends: `outcome` is a state of the ledger (or `stale`: write nothing).

    `reason` is for people, `code` a word for machines and logs, `result` JSON, `delay` seconds until a
    waiting run is looked at again, `failures` what it adds to the run's count.
    """

    outcome: str
    reason: str = ""
    code: str = ""
    result: str = ""
    error: str = ""
    delay: float = 0.0
    failures: int = 0


def verdict_of(error: BaseException, failures: int, policy: Retry, rng: random.Random) -> Verdict:
    """What an exception out of a handler leads to; `failures` counts the run's earlier ones."""
    kind, said = type(error).__name__, _text(error)
    match error:
        case StaleToken():
            return Verdict("stale", code="stale")
        case OutcomeUnknown():
            return Verdict("waiting", said, "unknown", delay=error.after)
        case RetryLater():
            return Verdict("waiting", said, "asked", delay=error.after)
        case Park():
            return Verdict("parked", said, "parked")
        case GiveUp():
            return Verdict("failed", said, "gave_up", error=said, failures=1)
        case Malformed():
            return Verdict("parked", f"the stored delivery cannot be read: {said}", "unreadable")
        case ApiError() if not error.transient and error.status not in (401, 403):
            return Verdict("failed", f"gigstack refused: {said}", kind, error=said, failures=1)
    wish = error.retry_after if isinstance(error, ApiError) else None
    return retry_verdict(policy, failures + 1, f"{kind}: {said}", rng, code=kind, at_least=wish or 0.0)


def retry_verdict(
    policy: Retry,
    failures: int,
    error: str,
    rng: random.Random,
    *,
    code: str = "",
    at_least: float = 0.0,
) -> Verdict:
    """What a failure leads to: another try after a while, or `failed` when that was the last one."""
    delay = policy.delay(failures, rng)
    if delay is None:
        reason = f"failed {failures} times, at last with {error}"[:MOST_TEXT]
        return Verdict("failed", reason, code, error=error, failures=1)
    pause = max(delay, min(at_least, LONGEST_WISH_S))  # an API's slip shall not put a run off for a year
    return Verdict("waiting", "failed, will be tried again", code, error=error, delay=pause, failures=1)


def _text(error: BaseException) -> str:
    """An exception's text, fit to be stored: bounded, without half characters, whatever `__str__` does."""
    try:
        text = str(error)
    except Exception:
        text = "its text cannot be shown"
    return text[:MOST_TEXT].encode("utf-8", "replace").decode()


def place_of(error: BaseException) -> str:
    """File and line where an exception came from; fit for logs, unlike its text."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
