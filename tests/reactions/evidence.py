"""The evidence of one run, as others have written it down: senders, sandbox, sink, disk, and the killer."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.reactions.plan import Sent, Slot
from tests.reactions.sink import Seen

Row = dict[str, Any]
ARRIVED_MS = 500
"""How long it may take from the death of a sender until what it has sent is taken in."""


@dataclass(frozen=True, slots=True)
class Death:
    """A worker died at a time (epoch ms) in the middle of a run.

    `act` is the thing of the act that it had begun at `since` and of whose end there is no record: event and
    destination, or package and place; '' where it was between two acts.
    """

    at: int
    since: int
    act: str


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

    def died(self, began: int, thing: str, of: Container[str] | None = None) -> bool:
        """Whether whoever did this at a time (epoch ms), to a `thing`, died before there was a record of it.

        `thing` is a destination or a package; the act was `of` one of these events.
        """
        return any(
            death.since <= began <= death.at + ARRIVED_MS
            and thing in parts
            and (of is None or parts[0] in of)
            for death, parts in self._cut_short
        )

    @cached_property
    def _cut_short(self) -> list[tuple[Death, list[str]]]:
        return [(death, re.split("[ :]", death.act)) for death in self.deaths if death.act]

    def in_doubt(self, one: Seen, events: Container[str]) -> bool:
        """Whether its sender cannot know that it was taken, or died before it could say so."""
        return one.unknown or self.died(one.at, one.place, events)

    def at(self, place: str) -> list[Seen]:
        """What came to a place, in order."""
        return sorted((one for one in self.seen if one.place == place), key=lambda one: one.at)
