"""The fence: no write leaves that the ledger has not just allowed."""

import time

from gigstack_events.errors import ApiError, GigstackError, GiveUp, NotDone


class Unvouched(GiveUp):
    """A handler's write for which no effect stands."""


class Fence:
    """Refuses writes that nobody vouches for: outside an effect, a second one, or one that comes late.

    For a rule in `shadow` it refuses every write.
    """

    def __init__(self, seconds: float, *, shadow: bool = False) -> None:
        self._seconds = seconds
        self._shadow = shadow
        self._until: float | None = None
        self._sent = False

    def open(self) -> None:
        """The ledger has just said `go`: one write may leave within the next seconds."""
        self._until, self._sent = _boottime() + self._seconds, False

    def close(self) -> None:
        """The act is over."""
        self._until = None

    @property
    def is_open(self) -> bool:
        """Whether an act is under way."""
        return self._until is not None

    def check(self, safe: bool) -> None:
        """Called just before a request leaves; raises instead of letting a write go that nobody vouches for.

        What changes nothing is `safe` and may always go. Some of the API's GETs cost money: they are not.
        """
        if safe:
            return
        if self._until is None or self._shadow:
            raise Unvouched("a handler may change or buy things in gigstack only inside ctx.effect(...)")
        if self._sent:
            raise GigstackError("one effect sends at most one write; use two effects")
        if _boottime() > self._until:
            raise NotDone(f"this process stood still for over {self._seconds:g} s after the go-ahead")
        self._sent = True

    def covers(self, error: BaseException) -> bool:
        """Whether an error is the write's own, or came before it; behind it, something else has failed."""
        return not self._sent or (isinstance(error, ApiError) and error.of_write)


def _boottime() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
