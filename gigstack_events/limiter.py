"""The limiter: how many calls all worker processes together make per second with one API key.

A courtesy to the API, not a condition for anything: where Redis does not answer, calls go without it.
gigstack publishes no limit. The default of 20 a second is more than a few workers reach (one stamp takes
them a second or more), so that only many workers or a backfill feel it; where it is too high, the API's
429s correct it.
"""

import time
from collections.abc import Callable
from importlib.resources import files

import redis

from gigstack_events.fence import Fence

RECOVERY_S = 60.0
MOMENT_S = 0.25
SOON_S = 4.0  # a call's usual time allows for it
AWAY_S = 5.0
_SOURCE = (files(__package__) / "limiter.lua").read_text()


class Limiter:
    """The token bucket of one mode's API key, shared through Redis; `limiter.lua` is its arithmetic.

    It begins with `rate` calls per second and never has more. A 429 halves it, once a second at most, and
    stops all calls for as long as the API asked; then it grows again, from nothing to `rate` in `recovery`
    seconds. Lane `bulk` gets at most half of it.
    """

    def __init__(
        self,
        client: "redis.Redis",
        mode: str,
        rate: float,
        *,
        lane: str = "live",
        recovery: float = RECOVERY_S,
    ) -> None:
        self._script = client.register_script(_SOURCE)
        self._keys = (f"gs:rate:{mode}", "gs:clock:offset")
        self._fixed = (rate, recovery, lane)
        self._away_until = 0.0

    def take(self, *, write: bool = False, wait: bool = True) -> float:
        """Take a token and return 0, or return how many seconds to wait before asking again.

        Without `wait` a token is taken in any case, and later calls wait for it. Reads and writes cost one.
        """
        return self._run("take" if wait else "owe") / 1000

    def book(self, soon: float) -> float:
        """Take the next token now, and return after how many seconds it may be used.

        Where that is more than `soon`, none is taken, and the reply says when to ask again, as `take`'s.
        """
        return self._run("book", round(soon * 1000)) / 1000

    def give(self) -> None:
        """Give a token back that was not used."""
        self._run("give")

    def refused(self, retry_after: float | None) -> None:
        """The API answered 429: halve the rate, and let nobody call for `retry_after` seconds."""
        self._run("cut", round(min(retry_after or 0.0, 86_400) * 1000))

    def _run(self, act: str, wish_ms: int = 0) -> int:
        if time.monotonic() < self._away_until:
            return 0
        try:
            return int(self._script(self._keys, (act, *self._fixed, wish_ms)))
        except redis.RedisError:
            self._away_until = time.monotonic() + AWAY_S  # a Redis that hangs shall not slow each call
            return 0


class Limiters:
    """One limiter per mode, for one lane. A rate of 0 means none."""

    def __init__(self, client: "redis.Redis", rate: float, lane: str) -> None:
        modes = ("live", "test") if rate else ()
        self._limiters = {mode: Limiter(client, mode, rate, lane=lane) for mode in modes}

    def of(self, livemode: bool) -> Limiter | None:
        """The limiter of a mode's key."""
        return self._limiters.get("live" if livemode else "test")


class Permits:
    """The limiter as one run sees it: the token of an effect's write is taken before the ledger says go.

    So nothing waits between `started` and the write. Reads inside an effect do not wait either: they take
    their token in any case. A run that has begun to call books its next tokens: if it had to queue for each
    behind those that begin, and then begin again itself, no run of several calls would ever end.
    """

    def __init__(
        self, limiter: Limiter, fence: Fence, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._limiter = limiter
        self._fence = fence
        self._sleep = sleep
        self._held = self._begun = False
        self._not_before = 0.0

    def reserve(self) -> float:
        """Hold a token for the next write, and return 0; or return how many seconds there will be none.

        One that is a moment away is waited for. One that no write has used serves the run's next effect.
        """
        wait = self._hold()
        if 0 < wait <= (SOON_S if self._held else MOMENT_S):
            self._sleep(wait)
            self._not_before = 0.0
            wait = self._hold()
        return wait

    def take(self, *, write: bool) -> float:
        """Let a call go (0), or return how many seconds it has to wait."""
        acting = self._fence.is_open
        if write and not acting:  # the fence will refuse it
            return 0.0
        if acting and not (self._held and write):  # a `check` may have used it: then the write owes one
            self._limiter.take(wait=False)
            return 0.0
        wait = self._hold()
        if wait == 0:
            self._held = False
        return wait

    def _hold(self) -> float:
        """Hold a token, and return 0; or return after how many seconds to ask again."""
        if (wait := self._not_before - time.monotonic()) > 0:  # the run has its turn already
            return wait
        if self._held:
            return 0.0
        wait = self._limiter.book(SOON_S) if self._begun else self._limiter.take()
        self._held = wait == 0 or (self._begun and wait <= SOON_S)
        self._begun = self._begun or self._held
        self._not_before = time.monotonic() + wait
        return wait

    def refused(self, retry_after: float | None) -> None:
        """Tell the limiter of a 429."""
        self._limiter.refused(retry_after)

    def give_back(self) -> None:
        """The run is over: what it holds is for others."""
        if self._held:
            self._held = False
            self._limiter.give()
