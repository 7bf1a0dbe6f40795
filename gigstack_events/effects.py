"""Effects: acts on the outside world, recorded so that no retry and no replay repeats them.

One act goes through `started`, then `done` or `not_done`. Whatever ends otherwise is *unknown*: it is
settled by the handler's `check`, repeated when that is harmless, or left to a person. Never guessed.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from gigstack_events.api.errors import HeldBack
from gigstack_events.effect_records import Effect, EffectRecords, Timing
from gigstack_events.errors import ApiError, Control, GiveUp, Park, RetryLater, Shadowed, said
from gigstack_events.fence import Fence
from gigstack_events.ledger.breaker import Breaker
from gigstack_events.ledger.ids import digest
from gigstack_events.ledger.internal import keep, word
from gigstack_events.ledger.ledger import Ledger
from gigstack_events.ledger.records import Claim
from gigstack_events.ledger.turns import Turns
from gigstack_events.limiter import Permits
from gigstack_events.mistakes import wrong_effect
from gigstack_events.outcomes import (
    Check,
    CheckFailed,
    DidNotHappen,
    Happened,
    Nested,
    NoTurn,
    OutcomeUnknown,
    Unrecorded,
    certainly_not_done,
    to_json,
)


class Effects:
    """The effects of one claim. `permits` are asked before each, where its act may write to gigstack.

    In `shadow` the first one ends the run: nothing is looked up, recorded or done.
    """

    def __init__(
        self,
        ledger: Ledger,
        claim: Claim,
        options_hash: str,
        timing: Timing,
        fence: Fence,
        permits: Permits | None = None,
        *,
        shadow: bool = False,
    ) -> None:
        self._ledger = ledger
        self._records = EffectRecords(ledger, claim, timing)
        self._claim = claim
        self._options_hash = options_hash
        self._timing = timing
        self._fence = fence
        self._permits = permits
        self._shadow = shadow
        self._one = threading.Lock()
        self._seen: set[str] = set()
        self._open: dict[str, Control] = {}

    @property
    def unsettled(self) -> Control | None:
        """What a handler may neither swallow nor replace: an act whose outcome is not on record."""
        verdicts = list(self._open.values())
        waiting = [verdict for verdict in verdicts if isinstance(verdict, RetryLater)]
        return min(waiting, key=lambda verdict: verdict.after, default=next(iter(verdicts), None))

    def in_doubt(self, name: str) -> list[str]:
        """See `Context.in_doubt`."""
        return self._records.in_doubt(name)

    def turns(self, group: str, count: int, every: float) -> Turns:
        """See `Context.turns`."""
        event, run = self._claim.event, self._claim.run
        return Turns(self._ledger.redis, digest("n", event.mode, run.rule, group), count, every)

    def breaker(self, name: str, bound: int, pause: float) -> Breaker:
        """See `Context.breaker`."""
        now = self._ledger.now()
        return Breaker(self._ledger.redis, name, bound=bound, pause=pause, longest=3600.0, now_ms=now)

    def tell(self, type: str, rule: str, about: str, facts: Mapping[str, Any]) -> None:
        """See `Context.tell`."""
        event = None if self._shadow else word(self._claim, type, rule, about, facts)
        if event and not keep(self._ledger, event):
            raise Unrecorded(self._timing.busy, f"{type}: too few replicas have it")

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
        if wrong := wrong_effect(name, do, on, check):
            raise GiveUp(wrong)
        effect = Effect(self._identity(name, on), name, on)
        if not self._one.acquire(blocking=False):
            raise self._hold(effect, Nested(f"effect {name!r} was asked for while another one was under way"))
        try:
            return self._once(effect, do, check, repeatable)
        finally:
            self._one.release()

    def _once(self, effect: Effect, do: Callable[[str], Any], check: Check | None, repeatable: bool) -> Any:
        name, on = effect.name, effect.on
        if effect.id in self._seen:
            raise GiveUp(f"effect {name!r} on {on!r} was asked for twice in one run: give each its own `on`")
        self._seen.add(effect.id)
        if self._shadow:
            raise self._hold(effect, Shadowed(f"shadow: would have done {_shown(effect)}"))
        self._open[effect.id] = Unrecorded(self._timing.busy, f"{name}: the ledger did not take its record")
        self._reserve(effect)
        since = self._claim.event.since if check and not repeatable else None
        reply = self._start(effect, since, harmless=repeatable)
        while reply[0] in ("unknown", "check"):
            if reply[0] == "check":
                reply = self._look(effect, check)
            else:
                age = (int(reply[2]) - int(reply[1])) / 1000
                reply = self._settle(effect, check, repeatable, age)
        if reply[0] == "busy":
            raise self._wait(effect, self._timing.busy, f"{name}: another run is at it right now")
        if reply[0] == "done":
            del self._open[effect.id]
            return json.loads(reply[1])
        if reply[0] != "go":
            raise self._hold(effect, Park(f"{name}: the ledger answered {reply[0]!r}"))
        settles, doubts = check is not None or repeatable, int(reply[2]) + 1
        return self._act(effect, do, reply[1], doubts if settles and doubts < self._timing.doubts else 0)

    def _reserve(self, effect: Effect) -> None:
        """Take the write's token now, so that nothing waits between `started` and the write."""
        wait = self._permits.reserve() if self._permits else 0.0
        if wait > 0:
            why = f"{effect.name}: gigstack is called as often as it may be; nothing was begun"
            raise self._hold(effect, NoTurn(wait, why))

    def _act(self, effect: Effect, do: Callable[[str], Any], key: str, doubts: int) -> Any:
        self._fence.open()
        try:
            returned = do(key)
        except BaseException as error:
            if not (self._fence.covers(error) and certainly_not_done(error)):
                nested = isinstance(error, Nested)  # its author has to change it before it goes on
                raise self._unknown(effect, error, 0 if nested else doubts) from error
            self._end(effect, "not_done", f"{type(error).__name__}: {said(error, 500)}")
            raise
        finally:
            self._fence.close()
        try:
            result = to_json(returned, f"effect {effect.name!r}")
        except GiveUp:
            self._end(effect, "done", "null")  # it did happen, whatever it returned
            raise
        self._end(effect, "done", result)
        return json.loads(result)

    def _settle(self, effect: Effect, check: Check | None, repeatable: bool, age: float) -> list[Any]:
        name = effect.name
        if repeatable:
            return self._start(effect, again=True)
        if check is None:
            why = f"nobody knows whether {name} happened: look, then say it with `runs resolve`"
            raise self._hold(effect, Park(why))
        if age < self._timing.delay:
            raise self._wait(effect, self._timing.delay - age, f"{name}: outcome unknown, to be checked")
        reply = self._records.answer(effect, *self._ask(effect, check))
        if reply[0] == "wait":
            raise self._wait(effect, reply[1] / 1000, f"{name}: outcome unknown, to be checked again")
        return self._start(effect) if reply[0] == "not_done" else reply

    def _look(self, effect: Effect, check: Check | None) -> list[Any]:
        """The record of this act may have been lost with a server: see whether it took place before."""
        assert check is not None  # noqa: S101  # the ledger answers `check` only where there is one
        answer, result = self._ask(effect, check)
        return self._start(effect, answer=answer, result=result)

    def _ask(self, effect: Effect, check: Check) -> tuple[str, str]:
        try:
            found: object = check()  # a plugin may return anything
        except BaseException as error:
            raise self._hold(effect, self._failed_check(effect.name, error)) from error
        if isinstance(found, DidNotHappen):
            return "did_not_happen", "null"
        if not isinstance(found, Happened):
            why = f"check of {effect.name!r} returned {type(found).__name__}: return Happened or DidNotHappen"
            raise self._hold(effect, Park(why))
        with contextlib.suppress(GiveUp):  # it happened, whatever `check` can say of it
            return "happened", to_json(found.result, f"check of {effect.name!r}")
        return "happened", "null"

    def _failed_check(self, name: str, error: BaseException) -> Control:
        why = f"{name}: outcome unknown and the check failed ({type(error).__name__}: {said(error, 500)})"
        if isinstance(error, RetryLater):
            return OutcomeUnknown(error.after, why)
        if isinstance(error, HeldBack):  # it was not asked yet
            return OutcomeUnknown(error.retry_after or 0.0, why)
        if isinstance(error, Control) or (isinstance(error, ApiError) and error.final):
            return Park(f"{why}: look, then say it with `runs resolve`")
        return CheckFailed(self._timing.again, why)

    def _unknown(self, effect: Effect, error: BaseException, doubts: int) -> Control:
        """To be settled later, the later the more `doubts` there were; with 0 of them a person is asked."""
        why = f"{effect.name}: outcome unknown ({type(error).__name__}: {said(error, 500)})"
        if doubts:
            return self._wait(effect, self._timing.delay * 2 ** min(max(doubts - 4, 0), 5), why)
        return self._hold(effect, Park(f"{why}: look whether it happened, then say it with `runs resolve`"))

    def _wait(self, effect: Effect, seconds: float, reason: str) -> Control:
        return self._hold(effect, OutcomeUnknown(seconds, reason))

    def _hold(self, effect: Effect, verdict: Control) -> Control:
        self._open[effect.id] = verdict
        return verdict

    def _start(self, effect: Effect, since: int | None = None, **how: Any) -> list[Any]:
        reply = self._records.start(effect, since, **how)
        if reply[0] == "unkept":
            self._end(effect, "not_done", "no replica has it")
            why = f"{effect.name}: too few replicas have its record"
            raise self._hold(effect, Unrecorded(self._timing.busy, why))
        return reply

    def _end(self, effect: Effect, state: str, result: str) -> None:
        self._records.end(effect, state, result)
        del self._open[effect.id]

    def _identity(self, name: str, on: str | None) -> str:
        event, run = self._claim.event, self._claim.run
        full = name if ":" in name else f"{run.handler}:{name}"
        if on is not None:
            # No team: gigstack's ids are unique across teams, and some of its events do not name theirs,
            # so that a team in here would let two events stamp one receipt.
            return digest("f", event.mode, full, on)
        return digest("f", "event", event.identity, run.handler, self._options_hash, full)


def _shown(effect: Effect) -> str:
    return f"{effect.name!r} on {effect.on!r}"[:500] if effect.on is not None else repr(effect.name)[:500]
