"""The sandbox's own rate limit: a token bucket for each key."""

import math
import time
from dataclasses import dataclass, field

from gigstack_events.sandbox.replies import Problem


@dataclass(slots=True)
class Limit:
    """Lets `rate` calls per second pass for each key, and a fifth of a second's worth at once; 0 is none."""

    rate: float
    refused: int = 0
    _buckets: dict[bool, tuple[float, float]] = field(default_factory=dict)

    def take(self, livemode: bool, now: float | None = None) -> None:
        """Take a token; Problem (429) if there is none. Every second one says when to come again."""
        if not self.rate:
            return
        now = time.monotonic() if now is None else now
        burst = max(1.0, self.rate / 5)
        tokens, since = self._buckets.get(livemode, (burst, now))
        tokens = min(burst, tokens + (now - since) * self.rate)
        enough = tokens >= 1
        self._buckets[livemode] = (tokens - enough, now)
        if not enough:
            raise self._refusal(1 - tokens)

    def _refusal(self, missing: float) -> Problem:
        self.refused += 1
        headers = {"retry-after": str(math.ceil(missing / self.rate))} if self.refused % 2 == 0 else {}
        return Problem(429, "rate_limit_exceeded", "Too many calls", headers=headers)
