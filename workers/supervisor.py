"""The supervisor: keeps workers alive, renews their leases, and ends them when their time is up.

It never runs a handler and never imports one, so that no handler can hurt it. It kills and reaps a
worker before it writes any state about its run.
"""

import os
import random
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import redis
import structlog

from gigstack_events.errors import ConfigurationError
from gigstack_events.ledger import Ledger
from gigstack_events.settings import Settings, load_settings
from gigstack_events.verdicts import Verdict
from workers.child import Child
from workers.sweeper import Sweeper
from workers.watching import Note, boottime

TICK_S = 0.25
log = structlog.get_logger("supervisor")


class Supervisor:
    """Runs until told to stop. `settings` fix lanes, lease and bounds."""

    def __init__(self, settings: Settings, *, rng: random.Random | None = None) -> None:
        self._settings = settings
        self._rng = rng or random.SystemRandom()
        self._host = f"{socket.gethostname()}.{os.getpid()}"
        # Bounded below the fence: a slow Redis must not keep us from killing in time.
        self._ledger = Ledger.at(settings.redis_url, timeout=min(2.0, settings.lease / 8))
        self._sweeper = Sweeper(self._ledger, settings)
        self._children = [Child(lane, n) for lane, count in settings.lanes.items() for n in range(count)]
        self._stop_asked = False
        self._stopping_since = 0.0
        self._renew_at = 0.0
        self._owed: list[tuple[float, Callable[[], None]]] = []
        self._reload_asked = False
        self._probe: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Supervise until SIGTERM or SIGINT, then let runs finish within the grace time."""
        wake = self._signals()
        log.info("workers.start", lanes=self._settings.lanes, lease=self._settings.lease)
        while not (self._stopping_since and all(child.pid == 0 for child in self._children)):
            select.select([wake], [], [], TICK_S)
            _drain(wake)
            self._pass()
        while self._owed:
            self._pay_debts()
            time.sleep(TICK_S if self._owed else 0)
        log.info("workers.stopped")

    def stop(self) -> None:
        """Ask for the end; the next pass tells each worker, so that none is forked in between."""
        self._stop_asked = True

    def reload(self) -> None:
        """Ask for the configuration to be read again; workers are replaced one by one after their run."""
        self._reload_asked = True

    def _pass(self) -> None:
        if self._stop_asked and not self._stopping_since:
            self._stopping_since = time.monotonic()
            for child in self._children:
                child.terminate()
        for child in self._children:
            child.listen()
        self._reap()
        self._end_overdue()
        self._renew()
        self._fence()
        self._pay_debts()
        if not self._stopping_since:
            self._reload()
            self._spawn()
            self._sweeper.maybe()
        elif time.monotonic() > self._stopping_since + self._settings.stop_grace:
            self._end_all()

    # -- processes ----------------------------------------------------------------------------------

    def _spawn(self) -> None:
        for child in self._children:
            if child.due:
                leave = self._ledger.redis.connection_pool.disconnect
                child.fork(self._settings, self._host, self._children, leave)

    def _reap(self) -> None:
        for child in self._children:
            if child.has_died():
                pid, wanted = child.pid, child.outdated or self._stopping_since
                note = child.bury()
                if note:
                    log.error("worker.died", lane=child.lane, pid=pid, run=note.run, rule=note.rule)
                    self._write(note, Verdict("crashed", "its worker died"))
                elif not wanted:
                    log.warning("worker.died", lane=child.lane, pid=pid)

    def _end_all(self) -> None:
        """The grace time is over: no worker may be left that could take what another hands back."""
        why = "the workers were stopped"
        notes = [child.kill() for child in self._children if child.pid]
        for note in filter(None, notes):
            log.warning("worker.killed", run=note.run, rule=note.rule, reason=why)
            self._write(note, Verdict("handed_back", why))

    def _end(self, child: Child, why: str, verdict: Verdict | None) -> None:
        """Kill a worker; only then say what became of its run, unless that is somebody else's by now."""
        doomed = child.note
        child.listen()
        if doomed is None or child.note != doomed:  # it has gone on to another run meanwhile
            return
        note = child.kill()
        if note is not None:
            if note != doomed:
                verdict = Verdict("handed_back", "its worker was ended for the run before")
            log.error("worker.killed", lane=child.lane, run=note.run, rule=note.rule, reason=why)
            if verdict:
                self._write(note, verdict)

    def _reload(self) -> None:
        """One step: try the new configuration in another process, then end one outdated worker at a time."""
        if self._reload_asked and self._probe is None:
            self._reload_asked = False
            self._probe = subprocess.Popen(
                [sys.executable, "-m", "workers", "--list"], stdout=subprocess.DEVNULL
            )
        if self._probe is not None and (code := self._probe.poll()) is not None:
            self._probe = None
            self._renewed_settings(good=code in (0, 1))  # 1: something is missing, which workers say
        outdated = [child for child in self._children if child.outdated and child.pid]
        if outdated and all(child.pid for child in self._children):
            outdated[0].terminate()

    def _renewed_settings(self, *, good: bool) -> None:
        try:
            if not good:
                raise ConfigurationError("the new configuration is not usable; see above")
            fresh = load_settings()
        except ConfigurationError as error:
            log.error("configuration.kept", reason=str(error))
            return
        # Lanes, lease and Redis are those of the supervisor's own life.
        kept = {
            name: getattr(self._settings, name) for name in ("lanes", "lease", "redis_url", "call_timeout")
        }
        self._settings = fresh.model_copy(update=kept)
        log.info("configuration.reloaded")
        for child in self._children:
            child.outdated = bool(child.pid)

    # -- limits and leases --------------------------------------------------------------------------

    def _end_overdue(self) -> None:
        for child in self._children:
            note = child.note
            if note and boottime() > note.at + note.timeout + 1.0:
                why = f"it ran longer than {note.timeout:g} s"
                self._end(child, why, note.failed(why, "timeout", self._rng))

    def _renew(self) -> None:
        if boottime() < self._renew_at:
            return
        self._renew_at = boottime() + self._settings.lease / 4
        held = [(child, note) for child in self._children if (note := child.note) is not None]
        asked = boottime()
        try:
            good = self._ledger.renew(
                [(note.run, note.token) for _, note in held], round(self._settings.lease * 1000)
            )
        except redis.RedisError as error:
            log.warning("redis.lost", error=type(error).__name__)
            self._renew_at = boottime() + 0.5
            return
        for (child, note), fine in zip(held, good, strict=True):
            if fine:
                child.renewed = (note.token, asked)
            elif child.doubted == note.token:
                self._end(child, "its claim was over", None)
            else:  # it may have ended this very moment: look once more next time
                child.doubted = note.token

    def _fence(self) -> None:
        for child in self._children:
            if child.note and boottime() > child.vouched_at + self._settings.lease * 0.75:
                self._end(child, "its lease could not be renewed", None)

    # -- writing ------------------------------------------------------------------------------------

    def _write(self, note: Note, verdict: Verdict) -> None:
        def write() -> None:
            self._ledger.finish(
                note.run,
                note.token,
                verdict.outcome,
                reason=verdict.reason,
                code=verdict.code,
                error=verdict.error,
                delay_ms=round(verdict.delay * 1000),
                failures=verdict.failures,
                crash_bound=self._settings.crash_bound,
            )

        if not self._attempt(write):
            self._owed.append((boottime() + self._settings.lease, write))

    def _pay_debts(self) -> None:
        """Write what Redis did not take before; after a lease's time the sweep has taken the run up."""
        self._owed = [owed for owed in self._owed if not self._attempt(owed[1]) and boottime() < owed[0]]

    def _attempt(self, write: Callable[[], None]) -> bool:
        try:
            write()
        except redis.RedisError:
            return False
        return True

    def _signals(self) -> int:
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: self.stop())
        signal.signal(signal.SIGHUP, lambda *_: self.reload())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        return read_end


def _drain(pipe: int) -> None:
    while True:
        try:
            os.read(pipe, 512)
        except BlockingIOError:
            return
