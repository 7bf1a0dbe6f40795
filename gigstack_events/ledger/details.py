"""What the ledger shows to people: frozen values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from gigstack_events.ledger.records import EventRecord, RunRecord

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """Rows, newest first; `complete` is False where older entries were not looked at."""

    rows: tuple[Row, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Variant:
    """One body of an event: its hash, why it is believed, its size in bytes (0: not kept any more)."""

    hash: str
    trust: str
    size: int
    used: bool


@dataclass(frozen=True, slots=True)
class EffectRecord:
    """One act on the outside world; times are epoch ms, 0 where there is none.

    `run` began it last; `also` names all runs that lean on it, where there are others. A `check` settled its
    outcome where it is `checked`, a person where it is `resolved`.
    """

    id: str
    name: str
    on: str
    state: str
    run: str
    started: int
    ended: int
    reason: str
    result: str
    checked: bool
    resolved: bool
    also: tuple[str, ...]

    @classmethod
    def of(cls, id: str, fields: Mapping[str, str]) -> "EffectRecord":
        """Build from the effect's hash."""
        return cls(
            id=id,
            name=fields["name"],
            on=fields.get("on", ""),
            state=fields["state"],
            run=fields["run"],
            started=int(fields.get("started") or 0),
            ended=int(fields.get("ended") or 0),
            reason=fields.get("reason", ""),
            result=fields.get("result", ""),
            checked=fields.get("checked") == "1",
            resolved=fields.get("resolved") == "1",
            also=tuple(fields.get("also", "").split()),
        )

    @property
    def is_a_persons_word(self) -> bool:
        """Whether it counts as done because a person said so."""
        return self.state == "done" and self.resolved


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a person said (`verdict`) about an event or a run, whose id is `about`; `at` is epoch ms."""

    at: int
    by: str
    about: str
    verdict: str

    @classmethod
    def all_of(cls, id: str, noted: str) -> "list[ByHand]":
        """The last ten verdicts about one event or run, from the `hand` of its hash."""
        return [cls(int(at), by, id, verdict) for at, verdict, by in json.loads(noted or "[]")]


@dataclass(frozen=True, slots=True)
class EventDetail:
    """One event with all that belongs to it; `created` (the sender's time) and `last_seen` may be 0."""

    event: EventRecord
    created: int
    last_seen: int
    variants: tuple[Variant, ...]
    runs: tuple[RunRecord, ...]
    effects: tuple[EffectRecord, ...]
    by_hand: tuple[ByHand, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """How much there is. `held` counts by `key` and `pause`; times are epoch ms, 0 where there is none."""

    events: int
    stuck: int
    attention: int
    queued: dict[str, int]
    held: dict[str, int]
    oldest_due: int
    oldest_queued: int

    @property
    def open(self) -> int:
        """Work that is not at rest."""
        return self.attention + sum(self.queued.values()) + sum(self.held.values())
