"""The fire: who dies when, at random or at a crash point; and what the dead had in hand."""

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.chaos.hands import holders, left
from tests.chaos.points import Points
from tests.reactions.evidence import Death
from tests.reactions.form import Form
from tests.reactions.stage import Stage
from tests.stack import eventually

TICK_S = 0.03
FEED_EVERY_S = 1.0
MOST_OPEN = 200
"""With more work than that, more of it would only be in the way."""


class Fire:
    """Kills by plan and arms crash points; `kills` counts both kinds of death by process.

    `deaths` are those of workers in the middle of a run, whatever ended them.
    """

    def __init__(self, stage: Stage, points: Points, form: Form, seed: int) -> None:
        self.kills: Counter[str] = Counter()
        self.deaths: list[Death] = []
        self._stage = stage
        self._points = points
        self._rng = random.Random(f"{seed}:fire")
        acts = [("kill", kind) for kind, count in form.kills.items() for _ in range(count)]
        acts += [("arm", point) for point in points.expected]
        self._rng.shuffle(acts)
        step = form.sending * 0.95 / len(acts)
        self._plan = [(n * step + self._rng.uniform(0, step), *act) for n, act in enumerate(acts)]

    def burn(self, act: Callable[[], None]) -> None:
        """Act while the plan is carried out."""
        over = threading.Event()
        burning = threading.Thread(target=self._burn, args=(over,), daemon=True, name="fire")
        burning.start()
        try:
            act()
        finally:
            over.set()
            burning.join(30)

    def burn_on(self, feed: Callable[[list[str]], None], within: float) -> None:
        """Until every point was hit: work for the missing ones, and deaths."""
        until, fed = time.monotonic() + within, False
        while (missing := self._points.missing) and time.monotonic() < until:
            for point in missing:
                self._points.arm(point)
            # What supervisors do only where a worker died before.
            if any(point.startswith(("supervisor.accept", "supervisor.outbox")) for point in missing):
                self._points.arm("worker.accept.before")
            if any(point.startswith("supervisor.finish") for point in missing):
                self._kill("worker")
            if not fed or self._stage.open_work() < MOST_OPEN:
                feed(missing)
                fed = True
            for _ in range(round(FEED_EVERY_S / TICK_S)):
                self.tick()
        self._points.disarm()
        self.tick()

    def tick(self) -> None:
        """A moment passes; who died at a point is counted."""
        time.sleep(TICK_S)
        for hit in self._points.fresh():
            self._bury(hit["process"], hit["pid"], hit["at"])

    def _burn(self, over: threading.Event) -> None:
        began = time.monotonic()
        while not over.is_set():
            self.tick()
            if self._plan and self._plan[0][0] <= time.monotonic() - began:
                at, act, what = self._plan.pop(0)
                if act == "arm":
                    self._points.arm(what)
                elif not self._kill(what):
                    self._plan.append((at + 1.0, act, what))
                    self._plan.sort()

    def _kill(self, kind: str) -> bool:
        """Kill one process of a kind; False where there is none just now."""
        kept = {"supervisor": self._stage.crew, "receiver": self._stage.door}
        alive = self._stage.worker_pids() if kind == "worker" else [kept[kind].pid]
        pid, at = self._rng.choice(alive or [0]), time.time()
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self._bury(kind, pid, at)
                return True
        return False

    def _bury(self, kind: str, pid: int, at: float) -> None:
        """Count a death, and write down what was in the hands of it, or of a supervisor's workers."""
        self.kills[kind] += 1
        folder = self._stage.folder
        eventually(lambda: not any(map(_lives, [pid, *holders(folder, pid)])), said=f"{kind} {pid} lives on")
        held = left(folder, pid)
        self.deaths += [Death(round(at * 1000), one.since, one.act) for one in held]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False
