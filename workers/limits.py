"""The limits of a worker, looked at from outside: time, memory, and how long it takes to load."""

import random
import time
from dataclasses import dataclass, field

import structlog

from gigstack_events.settings import Settings
from gigstack_events.verdicts import Verdict
from workers.child import Child
from workers.memory import MIB, used
from workers.watching import boottime

LOADING_S = 15.0  # more than discovery's own limit, which ends whatever is not stuck in C
QUIET_S = 30.0  # more than the longest wait for Redis
LINGERING_S = 15.0
MOST_STRIKES = 3
log = structlog.get_logger("supervisor")


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that a worker is over: why it is ended, and what that means for its run."""

    why: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Patience:
    """How long (s) a worker may import one module, say nothing while it has no run, and end without one."""

    loading: float = LOADING_S
    quiet: float = QUIET_S
    lingering: float = LINGERING_S


def breach_of(child: Child, settings: Settings, rng: random.Random, patience: Patience) -> Breach | None:
    """The limit that a worker is over, if any."""
    if not child.pid:
        return None
    note = child.note
    if child.garbled:
        return Breach("a handler wrote into the pipe to its supervisor", Verdict("crashed", "a garbled pipe"))
    if child.loading and time.monotonic() > child.heard_at + patience.loading:
        why = f"loading {child.loading} took longer than {patience.loading:g} s"
        return _breach(child, why, "timeout", rng)
    if not child.loading and child.quiet > patience.quiet:
        return _breach(child, f"it had no run and said nothing for {patience.quiet:g} s", "timeout", rng)
    if child.lingering > patience.lingering:
        return _breach(child, f"it was to end and did not within {patience.lingering:g} s", "timeout", rng)
    if note and boottime() > note.at + note.timeout + 1.0:
        return _breach(child, f"it ran longer than {note.timeout:g} s", "timeout", rng)
    if used(child.pid) > settings.memory_limit * MIB:
        return _breach(child, f"it used more than {settings.memory_limit} MiB", "memory", rng)
    return None


def _breach(child: Child, why: str, code: str, rng: random.Random) -> Breach:
    if child.note is None:
        return Breach(why, Verdict("handed_back", why))
    return Breach(why, child.note.failed(why, code, rng))


@dataclass(slots=True)
class Quarantine:
    """Modules whose import ends workers. After some in a row they are left out, so that the others run.

    `off` maps such a source to what is wrong with it; workers treat it as one that does not load.
    """

    off: dict[str, str] = field(default_factory=dict)
    _strikes: dict[str, int] = field(default_factory=dict)

    def strike(self, source: str, how: str) -> None:
        """A worker ended while it was importing this."""
        self._strikes[source] = self._strikes.get(source, 0) + 1
        if self._strikes[source] == MOST_STRIKES:
            self.off[source] = f"{MOST_STRIKES} workers ended while they imported it, the last with {how}"
            cure = "mend it, then send the workers HUP; its handlers are off until then"
            log.error("handler.broken", source=source, error=self.off[source], cure=cure)

    def passed(self) -> None:
        """A worker has loaded everything: those that ended did so for other reasons."""
        self._strikes.clear()

    def lift(self) -> None:
        """Try everything again."""
        self.off.clear()
        self._strikes.clear()
