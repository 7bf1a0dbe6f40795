"""What became of runs whose worker is dead, written by the supervisor; what Redis does not take is owed."""

from collections.abc import Callable

import redis

from gigstack_events.ledger import Ledger
from gigstack_events.verdicts import Verdict
from workers.watching import Note, boottime


class Writer:
    """Writes verdicts with the claim's token; never waits for Redis longer than one call."""

    def __init__(self, ledger: Ledger, lease: float, crash_bound: int) -> None:
        self._ledger = ledger
        self._lease = lease
        self.crash_bound = crash_bound
        self._owed: list[tuple[float, Callable[[], None]]] = []

    def write(self, note: Note, verdict: Verdict) -> None:
        """Say what became of a run, now or, where Redis is away, later."""

        def attempt() -> None:
            self._ledger.finish(
                note.run,
                note.token,
                verdict.outcome,
                reason=verdict.reason,
                code=verdict.code,
                error=verdict.error,
                delay_ms=round(verdict.delay * 1000),
                failures=verdict.failures,
                crash_bound=self.crash_bound,
            )

        if self._owed or not _succeeds(attempt):  # to wait for Redis once in a pass is enough
            self._owed.append((boottime() + self._lease, attempt))

    def pay_debts(self) -> bool:
        """Write what is owed; after a lease's time the sweep has taken the run up. Whether some is left."""
        while self._owed and (boottime() >= self._owed[0][0] or _succeeds(self._owed[0][1])):
            del self._owed[0]
        return bool(self._owed)


def _succeeds(write: Callable[[], None]) -> bool:
    try:
        write()
    except redis.RedisError:
        return False
    return True
