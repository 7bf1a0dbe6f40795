"""Effects: acts on the outside world, recorded so that no retry and no replay repeats them.

One act goes through `started`, then `done` or `not_done`. Whatever ends otherwise is *unknown*: it is
settled by the handler's `check`, repeated when that is harmless, or left to a person. Never guessed.
"""

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import redis

from gigstack_events.errors import ApiError, Control, GiveUp, Park, RetryLater, StaleToken, said
from gigstack_events.fence import Fence
from gigstack_events.ledger.ids import digest
from gigstack_events.ledger.ledger import Ledger
from gigstack_events.ledger.records import Claim
from gigstack_events.outcomes import (
    Check,
    CheckFailed,
    DidNotHappen,
    Happened,
    OutcomeUnknown,
    Unrecorded,
    certainly_not_done,
    to_json,
)

AGAIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Timing:
    """When an unknown outcome may be settled (seconds): not before `delay`, two answers `again` apart.

    A write may leave at most `fence` after the ledger allowed it; fence and call time-out together are
    shorter than `delay`, so that a check never looks before the last moment a write could arrive. For
    `patience` an act's end is written again while Redis is away.
    """

    delay: float = 120.0
    again: float = 10.0
    busy: float = 5.0
    fence: float = 5.0
    patience: float = 15.0


class Effects:
    """The effects of one claim."""

    def __init__(self, ledger: Ledger, claim: Claim, options_hash: str, timing: Timing, fence: Fence) -> None:
        self._ledger = ledger
        self._claim = claim
        self._options_hash = options_hash
        self._timing = timing
        self._fence = fence
        self._seen: set[str] = set()
        self._open: dict[str, Control] = {}

    @property
    def unsettled(self) -> Control | None:
        """What a handler may neither swallow nor replace: an act whose outcome is not on record."""
        waiting = [verdict for verdict in self._open.values() if isinstance(verdict, RetryLater)]
        return min(waiting, key=lambda verdict: verdict.after, default=next(iter(self._open.values()), None))

    def perform(
        self,
        name: str,
        do: Callable[[str], Any],
        *,
        on: str | None = None,
        check: Check | None = None,
        repeatable: bool = False,
    ) -> Any:
        """Do something once; see `Context.effect`."""
        effect = self._identity(name, on)
        if effect in self._seen:
            raise GiveUp(f"effect {name!r} on {on!r} was asked for twice in one run: give each its own `on`")
        self._seen.add(effect)
        self._open[effect] = Unrecorded(self._timing.busy, f"{name}: the ledger did not take its record")
        since = self._claim.event.since if check and not repeatable else None
        reply = self._start(effect, name, on, since)
        while reply[0] in ("unknown", "check"):
            if reply[0] == "check":
                reply = self._look(effect, name, on, check)
            else:
                age = (int(reply[2]) - int(reply[1])) / 1000
                reply = self._settle(effect, name, on, check, repeatable, age)
        if reply[0] == "busy":
            raise self._wait(effect, self._timing.busy, f"{name}: another run is at it right now")
        if reply[0] == "done":
            del self._open[effect]
            return json.loads(reply[1])
        if reply[0] != "go":
            raise self._hold(effect, Park(f"{name}: the ledger answered {reply[0]!r}"))
        return self._act(effect, name, do, reply[1], check is not None or repeatable)

    def _act(self, effect: str, name: str, do: Callable[[str], Any], key: str, settles: bool) -> Any:
        self._fence.open()
        try:
            returned = do(key)
        except BaseException as error:
            if not (self._fence.covers(error) and certainly_not_done(error)):
                raise self._unknown(effect, name, error, settles) from error
            self._end(effect, "not_done", f"{type(error).__name__}: {said(error, 500)}")
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
        check: Check | None,
        repeatable: bool,
        age: float,
    ) -> list[Any]:
        if repeatable:
            return self._start(effect, name, on, again=True)
        if check is None:
            why = f"nobody knows whether {name} happened: look, then say it with `runs resolve`"
            raise self._hold(effect, Park(why))
        if age < self._timing.delay:
            raise self._wait(effect, self._timing.delay - age, f"{name}: outcome unknown, to be checked")
        answer, result = self._ask(effect, name, check)
        reply = self._answer(effect, answer, result)
        if reply[0] == "wait":
            raise self._wait(effect, reply[1] / 1000, f"{name}: outcome unknown, to be checked again")
        return self._start(effect, name, on) if reply[0] == "not_done" else reply

    def _look(self, effect: str, name: str, on: str | None, check: Check | None) -> list[Any]:
        """The record of this act may have been lost with a server: see whether it took place before."""
        assert check is not None  # noqa: S101  # the ledger answers `check` only where there is one
        answer, result = self._ask(effect, name, check)
        return self._start(effect, name, on, answer=answer, result=result)

    def _ask(self, effect: str, name: str, check: Check) -> tuple[str, str]:
        try:
            found: object = check()  # a plugin may return anything
        except Exception as error:
            raise self._hold(effect, self._failed_check(name, error)) from error
        if isinstance(found, DidNotHappen):
            return "did_not_happen", "null"
        if not isinstance(found, Happened):
            why = f"check of {name!r} returned {type(found).__name__}: return Happened or DidNotHappen"
            raise self._hold(effect, Park(why))
        with contextlib.suppress(GiveUp):  # it happened, whatever `check` can say of it
            return "happened", to_json(found.result, f"check of {name!r}")
        return "happened", "null"

    def _failed_check(self, name: str, error: Exception) -> Control:
        why = f"{name}: outcome unknown and the check failed ({type(error).__name__}: {said(error, 500)})"
        if isinstance(error, RetryLater):
            return OutcomeUnknown(error.after, why)
        final = isinstance(error, ApiError) and not error.transient and error.status not in (401, 403)
        if final or isinstance(error, Control):
            return Park(f"{why}: look, then say it with `runs resolve`")
        return CheckFailed(self._timing.again, why)

    def _unknown(self, effect: str, name: str, error: BaseException, settles: bool) -> Control:
        why = f"{name}: outcome unknown ({type(error).__name__}: {said(error, 500)})"
        if settles:
            return self._wait(effect, self._timing.delay, why)
        return self._hold(effect, Park(f"{why}: look whether it happened, then say it with `runs resolve`"))

    def _wait(self, effect: str, seconds: float, reason: str) -> Control:
        return self._hold(effect, OutcomeUnknown(seconds, reason))

    def _hold(self, effect: str, verdict: Control) -> Control:
        self._open[effect] = verdict
        return verdict

    def _identity(self, name: str, on: str | None) -> str:
        event, run = self._claim.event, self._claim.run
        full = name if ":" in name else f"{run.handler}:{name}"
        if on is not None:
            # No team: gigstack's ids are unique across teams, and some of its events do not name theirs,
            # so that a team in here would let two events stamp one receipt.
            return digest("f", event.mode, full, on)
        return digest("f", "event", event.id, run.handler, self._options_hash, full)

    def _start(
        self,
        effect: str,
        name: str,
        on: str | None,
        since: int | None = None,
        *,
        again: bool = False,
        answer: str = "",
        result: str = "",
    ) -> list[Any]:
        claim = self._claim
        try:
            reply = self._ledger.effect_start(
                claim.run.id, claim.token, effect, name, on or "",
                again=again, since=since, answer=answer, result=result,
            )  # fmt: skip
        except (redis.ConnectionError, redis.TimeoutError):
            self._take_back(effect)
            raise
        if reply[0] == "unkept":
            self._end(effect, "not_done", "no replica has it")
            why = f"{name}: too few replicas have its record"
            raise self._hold(effect, Unrecorded(self._timing.busy, why))
        return reply

    def _take_back(self, effect: str) -> None:
        """The go-ahead may be on record though it never came; that nothing was sent is known here only."""
        with contextlib.suppress(redis.RedisError, StaleToken):  # stale: there was none
            self._record(effect, "not_done", "the ledger did not answer, so nothing was sent")

    def _end(self, effect: str, state: str, result: str) -> None:
        self._record(effect, state, result)
        del self._open[effect]

    def _record(self, effect: str, state: str, result: str) -> None:
        """Write what became of an act, though Redis may be away for a moment: nobody else will ever know."""
        claim, until = self._claim, time.monotonic() + self._timing.patience
        while True:
            try:
                return self._ledger.effect_end(claim.run.id, claim.token, effect, state, result)
            except redis.RedisError:
                if time.monotonic() > until:
                    raise
                time.sleep(AGAIN_S)

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
