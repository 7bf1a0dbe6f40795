"""Orphans: the runs that a dead worker held, and how long it takes until somebody takes them up."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

import redis

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.views import texts

LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Held:
    """A run as a worker holds it, `since` when (ms); `supervisor` and `pid` are the processes."""

    run: str
    token: str
    event: str
    since: int
    supervisor: int
    pid: int


def running(ledger: Ledger) -> list[Held]:
    """The runs that are held right now."""
    found = [id for id in texts(ledger.redis.zrange("gs:attention", 0, -1)) if id.startswith("r")]
    pipe = ledger.redis.pipeline(transaction=False)
    for id in found:
        pipe.hmget(f"gs:run:{id}", "state", "token", "event", "started", "worker")
    rows = zip(found, pipe.execute(), strict=True)
    return [_held(id, *(field.decode() for field in row[1:])) for id, row in rows if row[0] == b"running"]


def _held(run: str, token: str, event: str, started: str, worker: str) -> Held:
    _, supervisor, _, _, pid = worker.rsplit(".", 4)
    return Held(run, token, event, int(started), int(supervisor), int(pid))


class Orphans(threading.Thread):
    """Watches what the dead held until it is held no more; `times` are seconds since each death."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(name="orphans", daemon=True)
        self.times: list[float] = []
        self._ledger = ledger
        self._dead: list[tuple[int, float]] = []
        self._watched: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def died(self, pid: int, at: float, held: Iterable[tuple[str, str]] = ()) -> None:
        """A worker, or a supervisor and with it all its workers, died at a time (epoch seconds).

        `held` are runs and tokens that are known already: they may be taken up before anybody looks.
        """
        with self._lock:
            self._dead.append((pid, at))
            self._watched.update({claim: at for claim in held})
        self.look()

    def run(self) -> None:
        """Look again and again."""
        while not self._ended.wait(LOOK_EVERY_S):
            self.look()

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        self.join()

    def look(self) -> None:
        """One look; an absent Redis is looked at later."""
        with self._lock:
            try:
                self._adopt()
                self._release()
            except redis.RedisError:
                return

    def _adopt(self) -> None:
        if self._dead:
            held = running(self._ledger)
            for pid, at in self._dead:
                for run in held:
                    if pid in (run.pid, run.supervisor):
                        self._watched.setdefault((run.run, run.token), at)
            self._dead.clear()

    def _release(self) -> None:
        pipe = self._ledger.redis.pipeline(transaction=False)
        watched = list(self._watched)
        for run, _ in watched:
            pipe.hmget(f"gs:run:{run}", "state", "token")
        for (run, token), (state, current) in zip(watched, pipe.execute(), strict=True):
            if state != b"running" or current != token.encode():
                self.times.append(time.time() - self._watched.pop((run, token)))
