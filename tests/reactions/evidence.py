"""The evidence of one run, as others have written it down: senders, sandbox, sink, disk, and who was killed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.reactions.plan import Sent, Slot
from tests.reactions.sink import Seen

Row = dict[str, Any]
BEFORE_MS, AFTER_MS = 100, 1500


@dataclass(frozen=True, slots=True)
class Evidence:
    """`events` were answered 202; `runs` are the ledger's, which are only asked how they ended.

    `slots` says which request was for which month; `stored` and `listed` are UUIDs by file and by manifest,
    each with its folder; `deaths` are epoch ms; `unsigned` are the events that the API has confirmed.
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
    deaths: Sequence[int] = ()
    unsigned: frozenset[str] = frozenset()
    bad_clients: frozenset[str] = frozenset()
    months: Sequence[str] = ()

    def died_after(self, ended: int) -> bool:
        """Whether a worker died so soon after an answer that nobody may have kept it."""
        return any(ended - BEFORE_MS <= death <= ended + AFTER_MS for death in self.deaths)

    def in_doubt(self, one: Seen) -> bool:
        """Whether its sender cannot know that it was taken, or may have died before it could say so."""
        return one.unknown or self.died_after(one.ended)

    def at(self, place: str) -> list[Seen]:
        """What came to a place, in order."""
        return sorted((one for one in self.seen if one.place == place), key=lambda one: one.at)
