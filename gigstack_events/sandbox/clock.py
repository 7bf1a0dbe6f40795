"""The sandbox's time: it runs with the real one, and can be put forward so that a month passes at once."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from gigstack_events.sandbox.replies import now_ms
from gigstack_events.sandbox.tables import Writes

Act = Callable[[], object]


class Clock:
    """Tells the time and lets things happen later. Deliveries and their signatures keep to the real time.

    What is to come ends with the process; how far the time is ahead does not, where there is a store.
    """

    def __init__(self, store: Writes | None = None) -> None:
        self.ahead_ms = 0
        self._store = store
        self.coming = 0
        """How many things are still to happen, but for those that go on for ever in the background."""
        self._due: list[tuple[int, int, Act, bool]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None

    def now_ms(self) -> int:
        """Return the time as epoch milliseconds."""
        return now_ms() + self.ahead_ms

    def later(self, seconds: float, act: Act, *, counted: bool = True) -> None:
        """Let something happen after a while; nobody waits for what is not `counted`."""
        due = (self.now_ms() + round(seconds * 1000), next(self._order), act, counted)
        heapq.heappush(self._due, due)
        self.coming += counted
        if self._due[0] is due:
            self._wind()

    def at(self, moment_ms: int, act: Act) -> None:
        """Let something happen at a time, in the background; at once, as soon as may be, if it is past."""
        self.later((moment_ms - self.now_ms()) / 1000, act, counted=False)

    def advance(self, seconds: float) -> None:
        """Put the time forward; what becomes due happens now, in order, each at its own moment."""
        end = self.now_ms() + round(seconds * 1000)
        while self._due and self._due[0][0] <= end:
            self.ahead_ms = max(self.ahead_ms, self._due[0][0] - now_ms())
            self._happen()
        self.ahead_ms = max(end - now_ms(), self.ahead_ms)
        if self._store is not None:
            self._store.write("clock", ahead=self.ahead_ms)
        self._wind()

    def stop(self) -> None:
        """Call off all that was to come."""
        self._due.clear()
        self.coming = 0
        self._wind()

    def _wind(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._due:
            seconds = max(self._due[0][0] - self.now_ms(), 0) / 1000
            self._timer = asyncio.get_running_loop().call_later(seconds, self._ring)

    def _ring(self) -> None:
        while self._due and self._due[0][0] <= self.now_ms():
            self._happen()
        self._wind()

    def _happen(self) -> None:
        _, _, act, counted = heapq.heappop(self._due)
        self.coming -= counted
        act()
