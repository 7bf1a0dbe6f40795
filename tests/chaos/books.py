"""The ledger's own books, only for display; the one thing they are asked about is who came to no rest."""

from collections import Counter
from dataclasses import dataclass

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.records import text

AT_REST = {"settled", "parked", "unreadable"}


@dataclass(frozen=True, slots=True)
class Books:
    """Events and runs by state, parked and failed runs by reason, the runs themselves among those."""

    events: Counter[str]
    runs: Counter[str]
    stuck: Counter[str]
    stuck_runs: tuple[str, ...]

    @property
    def at_rest(self) -> int:
        """How many events need nothing more."""
        return sum(count for state, count in self.events.items() if state in AT_REST)


def read(ledger: Ledger) -> Books:
    """Read every event and run."""
    events = Counter(state for _, state, _, _ in _rows(ledger, "event"))
    runs: Counter[str] = Counter()
    stuck: Counter[str] = Counter()
    stuck_runs = []
    for id, state, code, reason in _rows(ledger, "run"):
        runs[state] += 1
        if state in ("parked", "failed"):
            stuck[f"{state} ({code})"] += 1
            stuck_runs.append(f"{id}: {reason[:200]}")
    return Books(events, runs, stuck, tuple(stuck_runs))


def knows(ledger: Ledger, raw_ids: set[str]) -> set[str]:
    """Which of these events, by the sender's id, left a trace."""
    found = (_fields(ledger, text(key), ("id",)) for key in ledger.redis.scan_iter("gs:event:*", count=1000))
    return {id for [id] in found} & raw_ids


def _rows(ledger: Ledger, kind: str) -> list[tuple[str, str, str, str]]:
    keys = [text(key) for key in ledger.redis.scan_iter(f"gs:{kind}:*", count=1000)]
    rows = ((key, _fields(ledger, key, ("state", "reason_code", "reason"))) for key in keys)
    return [(key.rpartition(":")[2], state, code, reason) for key, (state, code, reason) in rows]


def _fields(ledger: Ledger, key: str, names: tuple[str, ...]) -> list[str]:
    return [text(value or b"") for value in ledger.redis.hmget(key, names)]
