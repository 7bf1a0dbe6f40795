"""The ledger's records of one claim's effects: written in order, and again while Redis is away."""

import contextlib
import time
from dataclasses import dataclass
from typing import Any

import redis

from gigstack_events.errors import StaleToken
from gigstack_events.ledger.ledger import Ledger
from gigstack_events.ledger.records import Claim, text

AGAIN_S = 0.5
MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Timing:
    """When an unknown outcome may be settled (seconds): not before `delay`, two answers `again` apart.

    A write may leave at most `fence` after the ledger allowed it; fence and call time-out together are
    shorter than `delay`, so that a check never looks before the last moment a write could arrive. For
    `patience` an act's end is written again while Redis is away. After so many `doubts` about one act, which
    come later and later, a person is asked.
    """

    delay: float = 120.0
    again: float = 10.0
    busy: float = 5.0
    fence: float = 5.0
    patience: float = 15.0
    doubts: int = 25


@dataclass(frozen=True, slots=True)
class Effect:
    """One act: its identity in the ledger, and the name and thing that people know it by."""

    id: str
    name: str
    on: str | None


def shown(text: str) -> str:
    """What people read of a name or thing; the identity is of the whole."""
    return text[:MOST_SHOWN].encode("utf-8", "replace").decode()


class EffectRecords:
    """What the ledger knows of one claim's effects."""

    def __init__(self, ledger: Ledger, claim: Claim, timing: Timing) -> None:
        self._ledger = ledger
        self._claim = claim
        self._timing = timing

    def in_doubt(self, name: str) -> list[str]:
        """The things on which this run began to act by this name, and nobody knows the outcome."""
        run, known = self._claim.run, []
        if run.effects:
            with self._ledger.redis.pipeline(transaction=False) as pipe:
                for id in run.effects:
                    pipe.hmget(f"gs:effect:{id}", "state", "run", "name", "on")
                known = [[text(field or "") for field in fields] for fields in pipe.execute()]
        return [on for *act, on in known if act == ["started", run.id, shown(name)] and on]

    def start(
        self,
        effect: Effect,
        since: int | None = None,
        *,
        again: bool = False,
        harmless: bool = False,
        answer: str = "",
        result: str = "",
    ) -> list[Any]:
        """Ask whether to act: the first word of the reply says. After a Redis error nothing may be done."""
        claim = self._claim
        try:
            return self._ledger.effect_start(
                claim.run.id, claim.token, effect.id, shown(effect.name), shown(effect.on or ""),
                again=again, harmless=harmless, since=since, answer=answer, result=result,
            )  # fmt: skip
        except (redis.ConnectionError, redis.TimeoutError):
            self._take_back(effect)
            raise

    def end(self, effect: Effect, state: str, result: str) -> None:
        """Write what became of an act, though Redis may be away for a moment: nobody else will ever know."""
        claim, until = self._claim, time.monotonic() + self._timing.patience
        while True:
            try:
                return self._ledger.effect_end(claim.run.id, claim.token, effect.id, state, result)
            except redis.RedisError:
                if time.monotonic() > until:
                    raise
                time.sleep(AGAIN_S)

    def answer(self, effect: Effect, answer: str, result: str) -> list[Any]:
        """Write what a check has found; the reply says whether that settles it."""
        claim, timing = self._claim, self._timing
        return self._ledger.effect_answer(
            claim.run.id,
            claim.token,
            effect.id,
            answer,
            result,
            delay_ms=int(timing.delay * 1000),
            apart_ms=int(timing.again * 1000),
        )

    def _take_back(self, effect: Effect) -> None:
        """The go-ahead may be on record though it never came; that nothing was sent is known here only."""
        with contextlib.suppress(redis.RedisError, StaleToken):  # stale: there was none
            self.end(effect, "not_done", "the ledger did not answer, so nothing was sent")
