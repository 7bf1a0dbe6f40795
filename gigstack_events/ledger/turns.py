"""Turns: how often a group of events may be told about, and what waits for the next message.

Each event that is to be told asks; the answer says that it was told already, that it is its turn, together
with all that waits, or how long to wait. The duty to tell stays with each event's own run, so that what
these keys say may be lost: then something is told twice, and nothing is left out.
"""

import secrets
from dataclasses import dataclass
from typing import Literal

import redis

from gigstack_events.ledger import scripts
from gigstack_events.ledger.ids import digest
from gigstack_events.ledger.records import text

LONGEST_S = 7 * 86_400.0
"""The longest window."""
KEEP_MS = 14 * 86_400_000
MOST_LINE = 300


@dataclass(frozen=True, slots=True)
class Turn:
    """The answer: `told`, `wait` for `seconds`, or `go`: tell of `total` entries, the first being `lines`."""

    word: Literal["told", "wait", "go"]
    seconds: float = 0.0
    message: str = ""
    total: int = 0
    lines: tuple[str, ...] = ()


class Turns:
    """The turns of one group: at most `count` messages within any `every` seconds."""

    def __init__(self, client: "redis.Redis", group: str, count: int, every: float) -> None:
        self._redis = client
        self._group = group
        self._count = count
        self._every_ms = round(every * 1000)

    def ask(self, entry: str, line: str, hold: float) -> Turn:
        """Ask for `entry`, whose `line` may stand in a summary; sending takes `hold` seconds at most."""
        reply = scripts.run(
            self._redis, "turn_ask", self._group, digest("n", entry), line[:MOST_LINE], self._count,
            self._every_ms, round(hold * 1000), secrets.token_hex(8), KEEP_MS,
        )  # fmt: skip
        match text(reply[0]):
            case "told":
                return Turn("told")
            case "wait":
                return Turn("wait", int(reply[1]) / 1000)
        return Turn("go", 0.0, text(reply[1]), int(reply[2]), tuple(text(line) for line in reply[3:]))

    def told(self, turn: Turn, entry: str) -> None:
        """All entries of this turn have been told."""
        self._end(turn, entry, "told")

    def give_back(self, turn: Turn, entry: str) -> None:
        """Nothing was sent for certain: the entries wait again, and the turn is free."""
        self._end(turn, entry, "back")

    def _end(self, turn: Turn, entry: str, word: str) -> None:
        scripts.run(self._redis, "turn_end", self._group, turn.message, digest("n", entry), word, KEEP_MS)
