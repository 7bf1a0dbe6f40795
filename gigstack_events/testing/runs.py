"""What a test sees of a run."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gigstack_events.ledger.details import EffectRecord, EventDetail
from gigstack_events.ledger.records import AT_REST, RunRecord

MOST_WAITS = 1000


@dataclass(frozen=True, slots=True)
class Effect:
    """One act: `state` is done, not_done or started (nobody knows), `result` what `do` returned."""

    name: str
    on: str
    state: str
    result: Any


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it is now; `wait` and `settle` give it anew.

    `state` is one of done, skipped, failed, parked, cancelled (at rest), waiting, queued; `result` is what
    the handler returned, `reason` and `code` say why it came to anything else, `again_in` is in seconds.
    """

    id: str
    state: str
    result: Any
    reason: str
    code: str
    attempt: int
    again_in: float
    effects: tuple[Effect, ...]
    _later: Callable[[float], "Run"] = field(repr=False, compare=False)

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.state in AT_REST

    def wait(self, seconds: float | None = None) -> "Run":
        """Let so many seconds pass, or as long as the run waits, in the sandbox too; then it goes on."""
        return self._later(self.again_in if seconds is None else seconds)

    def settle(self) -> "Run":
        """Let it come to rest, however long it takes. AssertionError after 1,000 waits."""
        run = self
        for _ in range(MOST_WAITS):
            if run.is_at_rest:
                return run
            run = run.wait()
        raise AssertionError(f"the run does not come to rest: after {MOST_WAITS} waits it is {run.state}")


def run_of(record: RunRecord, detail: EventDetail, now: int, later: Callable[[float], Run]) -> Run:
    """The run as the ledger knows it; `now` is its clock (epoch ms)."""
    effects = [each for each in detail.effects if each.id in record.effects]
    return Run(
        id=record.id,
        state=record.state,
        result=json.loads(record.result) if record.result else None,
        reason=record.reason,
        code=record.reason_code,
        attempt=record.attempt,
        again_in=max(record.due - now, 0) / 1000 if record.due else 0.0,
        effects=tuple(_effect(each) for each in effects),
        _later=later,
    )


def _effect(record: EffectRecord) -> Effect:
    return Effect(record.name, record.on, record.state, json.loads(record.result) if record.result else None)
