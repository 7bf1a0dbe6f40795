"""When a call is tried again: how often, and after which pause."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gigstack_events.errors import ApiError


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a call that may be repeated is made, and how long the client pauses in between.

    The pause is `first` seconds, doubled with each try, and up to a half of it is left to chance, so that
    many clients do not come back at once. Where the API says `Retry-After`, that comes on top. A pause
    over `longest`, or one that the call's total time does not have, ends the call instead.
    """

    most: int = 3
    first: float = 0.2
    longest: float = 30.0
    rng: random.Random = field(default_factory=random.Random)  # moments, no secrets
    sleep: Callable[[float], None] = time.sleep

    def pause(self, error: ApiError, tried: int, left: float) -> float | None:
        """How long to wait before the next try, in seconds; None: there is none.

        `tried` counts the tries so far, `left` is what remains of the call's time.
        """
        if not error.transient or tried >= self.most:
            return None
        backoff = self.first * 2 ** (tried - 1) * self.rng.uniform(0.5, 1.0)
        pause = (error.retry_after or 0.0) + backoff
        return pause if pause <= self.longest and pause < left else None
