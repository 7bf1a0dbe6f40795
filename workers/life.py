"""How long a worker process lives before a fresh one takes over."""

import os
from dataclasses import dataclass, field

from workers.memory import resident


@dataclass(slots=True)
class Life:
    """How long a process lives: so many `runs` (0: any number), or until it has grown by `growth` bytes."""

    most_runs: int
    growth: int
    runs: int = 0
    newborn: int = field(default_factory=lambda: resident(os.getpid()))

    def is_over(self) -> bool:
        """Whether a fresh process should take over."""
        if self.runs == 0:
            return False
        return 0 < self.most_runs <= self.runs or resident(os.getpid()) > self.newborn + self.growth
