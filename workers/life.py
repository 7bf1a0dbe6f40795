"""How long a worker process lives: no longer than its supervisor, and until a fresh one takes over."""

import ctypes
import os
import signal
from dataclasses import dataclass, field

from workers.memory import resident

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> bool:
    """Let the kernel end this process when its parent dies; False: that has happened already."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent


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
