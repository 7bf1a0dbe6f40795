"""The evidence of one run, as others have written it down: senders, sandbox, sink, disk, and the killer."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.reactions.plan import Sent, Slot
from tests.reactions.sink import Seen

Row = dict[str, Any]
RECORDED_MS = 500
"""How long it may take from an answer to its record."""


@dataclass(frozen=True, slots=True)
class Death:
    """A worker was killed at a time (epoch ms) while it held these runs."""

    at: int
    runs: frozenset[str]


@dataclass(frozen=True)
class Evidence:
    """`events` were answered 202; `runs` are the ledger's, which are only asked how they ended.

    `slots` says which request was for which month; `stored` and `listed` are UUIDs by file and by manifest,
    each with its folder; `unsigned` are the events that the API has confirmed.
    """

    events: Sequence[Sent]
    seen: Sequence[Seen]
    runs: Sequence[Row]
    cfdis: Sequence[Row]
    receipts: Sequence[Row]
    calls: Sequence[Row]
    charges: Sequence[Row]
    slots: dict[str, Slot] = field(default_factory=dict)
    stored: Sequence[tuple[str, str]] = ()
    listed: Sequence[tuple[str, str]] = ()
    deaths: Sequence[Death] = ()
    unsigned: frozenset[str] = frozenset()
    bad_clients: frozenset[str] = frozenset()
    months: Sequence[str] = ()

    @cached_property
    def killed(self) -> list[tuple[int, str, str]]:
        """When somebody died with what in hand: time, the sender's id of its event, and our own."""
        events = {run["id"]: (run["event_id"], run["event"]) for run in self.runs}
        return [(death.at, *events[run]) for death in self.deaths for run in death.runs if run in events]

    def died(self, began: int, ended: int, events: Container[str]) -> bool:
        """Whether whoever did this for one of these events died before there was a record of it."""
        return any(
            began <= at <= ended + RECORDED_MS and (sent in events or own in events)
            for at, sent, own in self.killed
        )

    def in_doubt(self, one: Seen, events: Container[str]) -> bool:
        """Whether its sender cannot know that it was taken, or died before it could say so."""
        return one.unknown or self.died(one.at, one.ended, events)

    def at(self, place: str) -> list[Seen]:
        """What came to a place, in order."""
        return sorted((one for one in self.seen if one.place == place), key=lambda one: one.at)
