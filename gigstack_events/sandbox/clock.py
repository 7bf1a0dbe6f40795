"""The sandbox's time: it runs with the real one, and can be put forward so that a month passes at once."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from gigstack_events.sandbox.replies import now_ms

Act = Callable[[], object]


class Clock:
    """Tells the time and lets things happen later. Deliveries and their signatures keep to the real time."""

    def __init__(self) -> None:
        self.ahead_ms = 0
        self._due: list[tuple[int, int, Act]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def coming(self) -> int:
        """How many things are still to happen."""
        return len(self._due)

    def now_ms(self) -> int:
        """Return the time as epoch milliseconds."""
        return now_ms() + self.ahead_ms

    def later(self, seconds: float, act: Act) -> None:
        """Let something happen after a while."""
        heapq.heappush(self._due, (self.now_ms() + round(seconds * 1000), next(self._order), act))
        self._wind()

    def advance(self, seconds: float) -> None:
        """Put the time forward; what becomes due happens now, in order, each at its own moment."""
        end = self.now_ms() + round(seconds * 1000)
        while self._due and self._due[0][0] <= end:
            self.ahead_ms = max(self.ahead_ms, self._due[0][0] - now_ms())
            self._happen()
        self.ahead_ms = end - now_ms()
        self._wind()

    def stop(self) -> None:
        """Call off all that was to come."""
        self._due.clear()
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
        act = heapq.heappop(self._due)[2]
        act()
