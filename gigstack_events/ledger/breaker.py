"""A breaker: after some failures in a row, whoever asks waits, longer each time, until one gets through."""

import redis

from gigstack_events.ledger.ids import digest

KEEP_S = 86_400


class Breaker:
    """The failures in a row of one place that is called, counted by all workers together.

    From the `bound`-th on, it is open for `pause` seconds, twice as long after each further failure, up to
    `longest`. What it knows may be lost: then the place is called once too often.
    """

    def __init__(
        self, client: "redis.Redis", name: str, *, bound: int, pause: float, longest: float, now_ms: int
    ) -> None:
        self._redis = client
        self._key = f"gs:breaker:{digest('b', name)}"
        self._bound = bound
        self._pause = pause
        self._longest = longest
        self._now_ms = now_ms

    def wait(self) -> float:
        """Seconds until it may be called; 0: now."""
        until = self._redis.hget(self._key, "until")
        return max(0.0, (int(until) - self._now_ms) / 1000) if until else 0.0

    def failed(self) -> None:
        """One more failure in a row."""
        failures = int(self._redis.hincrby(self._key, "failures", 1))
        if failures >= self._bound:
            pause = min(self._pause * 2 ** min(failures - self._bound, 16), self._longest)
            self._redis.hset(self._key, "until", self._now_ms + round(pause * 1000))
        self._redis.expire(self._key, KEEP_S)

    def succeeded(self) -> None:
        """It works: forget the failures."""
        self._redis.delete(self._key)
