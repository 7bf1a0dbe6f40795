"""The fire: who is killed or stopped when. The seed fixes kinds and order; the processes fix the rest."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import redis

from tests.chaos.form import Form
from tests.chaos.hints import MEDDLE, taken
from tests.chaos.keeper import Keeper
from tests.chaos.orphans import Held, Orphans, running
from tests.chaos.points import Points
from tests.chaos.stage import Stage

TICK_S = 0.05
ALONE, TOGETHER, BEYOND = "supervisor alone", "supervisor and workers", "worker beyond its limit"


class Fire:
    """Kills by plan, arms crash points, stops processes; `kills` counts both kinds of death by process."""

    def __init__(self, stage: Stage, points: Points, orphans: Orphans, form: Form, seed: int) -> None:
        self.kills: Counter[str] = Counter()
        self.stops: Counter[str] = Counter()
        self.meddled: Counter[str] = Counter()
        self._stage = stage
        self._points = points
        self._orphans = orphans
        self._form = form
        self._rng = random.Random(f"{seed}:fire")
        self._busy: set[Keeper] = set()  # they are being stopped, and must not be killed meanwhile
        self._frozen: set[int] = set()
        self._threads: list[threading.Thread] = []
        self._began = time.monotonic()
        self._plan = self._make_plan()

    def burn(self) -> None:
        """Carry the plan out; where nothing works, not all of it can be."""
        self._began = time.monotonic()
        until = self._began + self._form.sending + self._form.settle_within
        while self._plan and time.monotonic() < until:
            self.tick()
            if self._plan[0][0] <= time.monotonic() - self._began:
                at, act, what = self._plan.pop(0)
                if not self._act(act, what):
                    self._plan.append((at + 1.0, act, what))
                    self._plan.sort()

    def burn_on(self, feed: Callable[[], object], within: float) -> None:
        """Until every point was hit and every stop is over: deaths, and work where there is none left.

        Some points are those of workers who have nothing to do.
        """
        until = time.monotonic() + within
        while (self._points.missing or self._stopping()) and time.monotonic() < until:
            for point in self._points.missing:
                self._arm(point)
            if self._all_taken():
                feed()
            if any(point.startswith("supervisor.finish") for point in self._points.missing):
                self._kill("worker")
            for _ in range(10):
                self.tick()
        self._points.disarm()
        self.tick()

    def tick(self) -> None:
        """A moment passes; who died at a point is counted."""
        time.sleep(TICK_S)
        for hit in self._points.fresh():
            self.kills[hit["process"]] += 1
            if hit["process"] != "receiver":
                self._orphans.died(hit["pid"], hit["at"], [tuple(hit["held"])] if hit["held"] else ())

    def strike(self, within: float) -> None:
        """Wait for a stamp that is on its way, and kill the worker that waits for its answer."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            if self._mid_stamp() and self._kill("worker", sure=True):
                return

    # -- the plan -------------------------------------------------------------------------------------

    def _make_plan(self) -> list[tuple[float, str, str]]:
        form = self._form
        acts = [("kill", kind) for kind, count in form.kills.items() for _ in range(count)]
        acts += [("arm", point) for _ in range(form.rounds) for point in self._points.expected]
        acts += [("meddle", what) for what in MEDDLE for _ in range(form.meddles)]
        self._rng.shuffle(acts)
        step = form.sending * 0.95 / len(acts)
        plan = [(n * step + self._rng.uniform(0, step), *act) for n, act in enumerate(acts)]
        plan += [(form.sending * 0.05, "stop", BEYOND)]
        for n in range(form.stops):
            share = n / form.stops
            plan.append((form.sending * (0.15 + 0.7 * share), "stop", ALONE))
            plan.append((form.sending * (0.45 + 0.7 * share), "stop", TOGETHER))
        return sorted(plan)

    def _act(self, act: str, what: str) -> bool:
        """Do one thing of the plan; False when it cannot be done just now."""
        acts: dict[str, Callable[[str], bool]]
        acts = {"kill": self._kill, "arm": self._arm, "stop": self._stop, "meddle": self._meddle}
        return acts[act](what)

    def _arm(self, point: str) -> bool:
        if self._busy and point.startswith("supervisor"):
            return False
        self._points.arm(point)
        return True

    def _meddle(self, what: str) -> bool:
        try:
            MEDDLE[what](self._stage.ledger)
        except redis.RedisError:
            return False
        self.meddled[what] += 1
        return True

    def _kill(self, kind: str, *, sure: bool = False) -> bool:
        aimed = kind == "worker" and (sure or self._rng.random() < 0.7)
        mid_stamp = self._mid_stamp() if aimed else set()
        before = self._running() if kind in ("worker", "supervisor") else []
        pid = self._kill_worker(before, mid_stamp) if kind == "worker" else self._kill_kept(kind)
        if pid and kind in ("worker", "supervisor"):
            held = [(run.run, run.token) for run in before if pid in (run.pid, run.supervisor)]
            self._orphans.died(pid, time.time(), held)
        self.kills[kind] += bool(pid)
        return bool(pid)

    def _kill_kept(self, kind: str) -> int:
        keepers = [keeper for keeper in self._stage.keepers() if keeper.kind == kind]
        free = [keeper for keeper in keepers if keeper.pid and keeper not in self._busy]
        return self._rng.choice(free).signal(signal.SIGKILL) if free else 0

    def _kill_worker(self, held: list[Held], mid_stamp: set[str]) -> int:
        alive = set(self._stage.workers()) - self._frozen
        busy = {run.pid for run in held} & alive
        chosen = {run.pid for run in held if run.event in mid_stamp} & alive or busy or alive
        return _signal(self._rng.choice(sorted(chosen)), signal.SIGKILL) if chosen else 0

    def _mid_stamp(self) -> set[str]:
        """Wait a little for a stamp that is on its way, and will be made after its caller's death."""
        for _ in range(20):
            if found := self._stage.slow_stamps():
                return found
            self.tick()
        return set()

    def _all_taken(self) -> bool:
        try:
            return taken(self._stage.ledger)
        except redis.RedisError:
            return False

    def _running(self) -> list[Held]:
        try:
            return running(self._stage.ledger)
        except redis.RedisError:
            return []

    # -- stops ----------------------------------------------------------------------------------------

    def _stopping(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _stop(self, what: str) -> bool:
        free = [keeper for keeper in self._stage.supervisors if keeper.pid and keeper not in self._busy]
        if not free:
            return False
        keeper = self._rng.choice(free)
        self._busy.add(keeper)
        acts = {ALONE: self._stop_alone, TOGETHER: self._stop_together, BEYOND: self._stop_beyond_limit}
        thread = threading.Thread(target=self._stop_for_a_while, args=(acts[what], keeper, what), daemon=True)
        self._threads.append(thread)
        thread.start()
        return True

    def _stop_for_a_while(self, act: Callable[[Keeper], bool], keeper: Keeper, what: str) -> None:
        try:
            for _ in range(5):  # a crash point may come first
                if act(keeper):
                    self.stops[what] += 1
                    return
        finally:
            self._busy.discard(keeper)

    def _stop_alone(self, keeper: Keeper) -> bool:
        return self._pause(keeper, [])

    def _stop_together(self, keeper: Keeper) -> bool:
        return self._pause(keeper, self._stage.workers(keeper))

    def _pause(self, keeper: Keeper, workers: list[int]) -> bool:
        if not (pid := keeper.signal(signal.SIGSTOP)):
            time.sleep(1.0)
            return False
        stopped = [pid for pid in workers if _signal(pid, signal.SIGSTOP)]
        if stopped:
            self._orphans.died(pid, time.time())
        time.sleep(self._form.lease * 1.35)
        for other in self._rng.sample([pid, *stopped], len(stopped) + 1):
            _signal(other, signal.SIGCONT)
        return keeper.pid == pid

    def _stop_beyond_limit(self, keeper: Keeper) -> bool:
        """Stop a worker in the middle of a run, and wait until its supervisor ends it for good."""
        supervisor, pid = keeper.pid, self._freeze_one(keeper, within=10)
        if not pid:
            return False
        self._frozen.add(pid)
        stopped = time.monotonic()
        while Path(f"/proc/{pid}").exists() and time.monotonic() < stopped + self._form.limit + 20:
            time.sleep(TICK_S)
        self._orphans.died(pid, time.time())
        _signal(pid, signal.SIGKILL)
        self._frozen.discard(pid)
        lasted = time.monotonic() - stopped
        return keeper.pid == supervisor and self._form.limit * 0.6 <= lasted < self._form.limit + 20

    def _freeze_one(self, keeper: Keeper, within: float) -> int:
        until = time.monotonic() + within
        while time.monotonic() < until:
            for held in self._running():
                if held.supervisor == keeper.pid and _signal(held.pid, signal.SIGSTOP):
                    if held in self._running():  # it had no time to go on to something else
                        return held.pid
                    _signal(held.pid, signal.SIGCONT)
            time.sleep(0.01)
        return 0


def _signal(pid: int, signum: int) -> int:
    try:
        assert pid > 0, "no process is meant, and not this process's whole group"
        os.kill(pid, signum)
    except ProcessLookupError:
        return 0
    return pid
