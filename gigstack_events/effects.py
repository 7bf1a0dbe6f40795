"""Effects: acts on the outside world, recorded so that no retry and no replay repeats them.

One act goes through `started`, then `done` or `not_done`. Whatever ends otherwise is *unknown*: it is
settled by the handler's `check`, repeated when that is harmless, or left to a person. Never guessed.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import BaseModel

from gigstack_events.errors import ApiError, Control, GigstackError, GiveUp, NotDone, Park, RetryLater
from gigstack_events.ledger.ids import digest
from gigstack_events.ledger.ledger import Ledger
from gigstack_events.ledger.records import Claim

MOST_RESULT = 64 * 1024
BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Happened:
    """`check` found that the act took place; `result` is what `do` would have returned."""

    result: Any = None


@dataclass(frozen=True, slots=True)
class DidNotHappen:
    """`check` found that the act did not take place."""


class OutcomeUnknown(RetryLater):
    """Nobody knows yet whether an act took place; the run waits until that can be settled."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When an unknown outcome may be settled (seconds): not before `delay`, two answers `again` apart.

    A write may leave at most `fence` after the ledger allowed it; fence and call time-out together are
    shorter than `delay`, so that a check never looks before the last moment a write could arrive.
    """

    delay: float = 120.0
    again: float = 10.0
    busy: float = 5.0
    fence: float = 5.0


class Fence:
    """Refuses writes that nobody vouches for: outside an effect, a second one, or one that comes late."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: float | None = None
        self._sent = False

    def open(self) -> None:
        """The ledger has just said `go`: one write may leave within the next seconds."""
        self._until, self._sent = _boottime() + self._seconds, False

    def close(self) -> None:
        """The act is over."""
        self._until = None

    def check(self, method: str) -> None:
        """Called just before a request leaves; raises instead of letting an unsafe write go."""
        if method in ("GET", "HEAD", "OPTIONS"):
            return
        if self._until is None:
            raise GiveUp("a handler may change things in gigstack only inside ctx.effect(...)")
        if self._sent:
            raise GigstackError("one effect sends at most one write; use two effects")
        if _boottime() > self._until:
            raise NotDone(f"this process stood still for over {self._seconds:g} s after the go-ahead")
        self._sent = True


class Effects:
    """The effects of one claim. `unsettled` collects what a handler may not swallow."""

    def __init__(self, ledger: Ledger, claim: Claim, options_hash: str, timing: Timing, fence: Fence) -> None:
        self._ledger = ledger
        self._claim = claim
        self._options_hash = options_hash
        self._timing = timing
        self._fence = fence
        self._seen: set[str] = set()
        self.unsettled: list[Control] = []

    def perform(
        self,
        name: str,
        do: Callable[[str], Any],
        *,
        on: str | None = None,
        check: Callable[[], Happened | DidNotHappen] | None = None,
        repeatable: bool = False,
    ) -> Any:
        """Do something once; see `Context.effect`."""
        effect = self._identity(name, on)
        if effect in self._seen:
            raise GiveUp(f"effect {name!r} on {on!r} was asked for twice in one run: give each its own `on`")
        self._seen.add(effect)
        reply = self._start(effect, name, on)
        if reply[0] == "unknown":
            age = (int(reply[2]) - int(reply[1])) / 1000
            reply = self._settle(effect, name, on, check, repeatable, age)
        if reply[0] == "done":
            return json.loads(reply[1])
        if reply[0] == "busy":
            raise self._wait(self._timing.busy, f"{name}: another run is at it right now")
        return self._act(effect, name, do, reply[1], check is not None or repeatable)

    def _act(self, effect: str, name: str, do: Callable[[str], Any], key: str, settles: bool) -> Any:
        self._fence.open()
        try:
            returned = do(key)
        except BaseException as error:
            if not _certainly_not_done(error):
                raise self._unknown(name, error, settles) from error
            self._end(effect, "not_done", f"{type(error).__name__}: {error}"[:500])
            raise
        finally:
            self._fence.close()
        try:
            result = to_json(returned, f"effect {name!r}")
        except GiveUp:
            self._end(effect, "done", "null")  # it did happen, whatever it returned
            raise
        self._end(effect, "done", result)
        return json.loads(result)

    def _settle(
        self,
        effect: str,
        name: str,
        on: str | None,
        check: Callable[[], Happened | DidNotHappen] | None,
        repeatable: bool,
        age: float,
    ) -> list[Any]:
        if repeatable:
            return self._start(effect, name, on, again=True)
        if check is None:
            raise self._hold(
                Park(f"nobody knows whether {name} happened: look, then resolve the run by hand")
            )
        if age < self._timing.delay:
            raise self._wait(self._timing.delay - age, f"{name}: outcome unknown, it will be checked")
        try:
            found = check()
        except Exception as error:
            reason = f"{name}: outcome unknown and the check failed ({type(error).__name__}: {error})"
            raise self._wait(self._timing.again, reason[:500]) from error
        if isinstance(found, Happened):
            reply = self._answer(effect, "happened", to_json(found.result, f"check of {name!r}"))
        elif isinstance(found, DidNotHappen):
            reply = self._answer(effect, "did_not_happen", "null")
        else:
            raise GiveUp(
                f"check of {name!r} returned {type(found).__name__}: return Happened or DidNotHappen"
            )
        if reply[0] == "wait":
            raise self._wait(reply[1] / 1000, f"{name}: outcome unknown, it will be checked again")
        return self._start(effect, name, on) if reply[0] == "not_done" else reply

    def _unknown(self, name: str, error: BaseException, settles: bool) -> Control:
        why = f"{name}: outcome unknown ({type(error).__name__}: {error})"[:500]
        if settles:
            return self._wait(self._timing.delay, why)
        return self._hold(Park(f"{why}: look whether it happened, then resolve the run by hand"))

    def _wait(self, seconds: float, reason: str) -> Control:
        return self._hold(OutcomeUnknown(seconds, reason))

    def _hold(self, verdict: Control) -> Control:
        self.unsettled.append(verdict)
        return verdict

    def _identity(self, name: str, on: str | None) -> str:
        event, run = self._claim.event, self._claim.run
        full = name if ":" in name else f"{run.handler}:{name}"
        if on is not None:
            # No team: gigstack's ids are unique across teams, and some of its events do not name theirs,
            # so that a team in here would let two events stamp one receipt.
            return digest("f", event.mode, full, on)
        return digest("f", "event", event.id, run.handler, self._options_hash, full)

    def _start(self, effect: str, name: str, on: str | None, *, again: bool = False) -> list[Any]:
        claim = self._claim
        return self._ledger.effect_start(claim.run.id, claim.token, effect, name, on or "", again=again)

    def _end(self, effect: str, state: str, result: str) -> None:
        self._ledger.effect_end(self._claim.run.id, self._claim.token, effect, state, result)

    def _answer(self, effect: str, answer: str, result: str) -> list[Any]:
        claim, timing = self._claim, self._timing
        return self._ledger.effect_answer(
            claim.run.id,
            claim.token,
            effect,
            answer,
            result,
            delay_ms=int(timing.delay * 1000),
            apart_ms=int(timing.again * 1000),
        )


def to_json(value: Any, what: str) -> str:
    """A value as JSON text of at most 64 KiB; a pydantic model as its fields. Raises GiveUp otherwise."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise GiveUp(
            f"{what} returned what is not JSON ({error}): return dicts, lists, text, numbers"
        ) from None
    if len(text) > MOST_RESULT:
        raise GiveUp(f"{what} returned {len(text)} bytes; at most {MOST_RESULT} are kept")
    return text


def _certainly_not_done(error: BaseException) -> bool:
    if isinstance(error, ApiError):
        return error.outcome == "not_done"
    return isinstance(error, (NotDone, *BEFORE_SENDING))


def _boottime() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
