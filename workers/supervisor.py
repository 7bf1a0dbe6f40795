"""The supervisor: keeps workers alive, renews their leases, and ends them when their time is up.

It never runs a handler and never imports one, so that no handler can hurt it. It kills and reaps a
worker before it writes any state about its run.
"""

import contextlib
import os
import random
import select
import signal
import socket
import time
from typing import TextIO, cast

import redis
import structlog

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.schema import SCHEMA
from gigstack_events.logs import configure_logs
from gigstack_events.settings import Settings
from gigstack_events.verdicts import Verdict
from workers.child import Child
from workers.limits import LOADING_S, Quarantine, breach_of
from workers.output import Outlet
from workers.redis_trouble import tell
from workers.reloading import Reload
from workers.sweeper import Sweeper
from workers.watching import boottime
from workers.writing import Writer

TICK_S = 0.25
LAST_WORDS_S = 2.0
log = structlog.get_logger("supervisor")


class Supervisor:
    """Runs until told to stop. `settings` fix lanes, lease and bounds; `loading_s` bounds one import."""

    def __init__(
        self, settings: Settings, *, rng: random.Random | None = None, loading_s: float = LOADING_S
    ) -> None:
        self._settings = settings
        self._loading_s = loading_s
        self._outlet = Outlet()
        self._rng = rng or random.SystemRandom()
        self._host = f"{socket.gethostname()}/{SCHEMA}.{os.getpid()}"
        # Bounded below the fence: a slow Redis must not keep us from killing in time.
        self._ledger = Ledger.at(settings.redis_url, timeout=min(2.0, settings.lease / 8))
        self._sweeper = Sweeper(self._ledger, settings)
        self._children = [
            Child(lane, n, self._outlet) for lane, count in settings.lanes.items() for n in range(count)
        ]
        self._stop_asked = False
        self._stopping_since = 0.0
        self._renew_at = 0.0
        self._writer = Writer(self._ledger, settings.lease, settings.crash_bound)
        self._reload = Reload()
        self._quarantine = Quarantine()

    def run(self) -> None:
        """Supervise until SIGTERM or SIGINT, then let runs finish within the grace time."""
        configure_logs(self._settings.log_level, stream=cast(TextIO, self._outlet))
        try:
            self._supervise()
        finally:
            self._outlet.drain(LAST_WORDS_S)

    def _supervise(self) -> None:
        wake = self._signals()
        log.info("workers.start", lanes=self._settings.lanes, lease=self._settings.lease)
        while not (self._stopping_since and all(child.pid == 0 for child in self._children)):
            select.select([wake], [], [], TICK_S)
            _drain(wake)
            self._pass()
        while self._writer.pay_debts():
            time.sleep(TICK_S)
        with contextlib.suppress(redis.RedisError):
            self._ledger.absent(self._host, self._settings.lanes)
        log.info("workers.stopped")

    def stop(self) -> None:
        """Ask for the end; the next pass tells each worker, so that none is forked in between."""
        self._stop_asked = True

    def reload(self) -> None:
        """Ask for the configuration to be read again; workers are replaced one by one after their run."""
        self._reload.ask()

    def _pass(self) -> None:
        if self._stop_asked and not self._stopping_since:
            self._stopping_since = time.monotonic()
            for child in self._children:
                child.terminate()
        for child in self._children:
            child.listen()
            if child.has_just_loaded():
                self._quarantine.passed()
        self._outlet.pump()
        self._reap()
        self._end_excessive()
        self._renew()
        self._fence()
        self._writer.pay_debts()
        if not self._stopping_since:
            self._take_up_changes()
            self._spawn()
            self._sweeper.maybe()
        elif time.monotonic() > self._stopping_since + self._settings.stop_grace:
            self._end_all()

    # -- processes ----------------------------------------------------------------------------------

    def _spawn(self) -> None:
        for child in self._children:
            if child.due:
                leave = self._ledger.redis.connection_pool.disconnect
                child.fork(self._settings, self._host, self._children, leave, self._quarantine.off)

    def _reap(self) -> None:
        for child in self._children:
            if child.has_died():
                pid, wanted = child.pid, child.outdated or self._stopping_since
                note = child.bury()
                self._judge_loading(child, child.ending)
                if note:
                    more = {"run": note.run, "rule": note.rule}
                    log.error("worker.died", lane=child.lane, pid=pid, how=child.ending, **more)
                    self._writer.write(note, Verdict("crashed", "its worker died"))
                elif not (wanted or child.retired):
                    log.warning("worker.died", lane=child.lane, pid=pid, how=child.ending)

    def _judge_loading(self, child: Child, how: str) -> None:
        if child.loading and not child.asked_to_end:
            self._quarantine.strike(child.loading, how)

    def _end_all(self) -> None:
        """The grace time is over: no worker may be left that could take what another hands back."""
        why = "the workers were stopped"
        notes = [child.kill() for child in self._children if child.pid]
        for note in filter(None, notes):
            log.warning("worker.killed", run=note.run, rule=note.rule, reason=why)
            self._writer.write(note, Verdict("handed_back", why))

    def _end(self, child: Child, why: str, verdict: Verdict | None) -> None:
        """Kill a worker; only then say what became of its run, unless that is somebody else's by now."""
        doomed = child.note
        child.listen()
        if child.note != doomed:  # it has gone on to another run meanwhile
            return
        note = child.kill()
        self._judge_loading(child, why)
        if note is not None and note != doomed:
            verdict = Verdict("handed_back", "its worker was ended for the run before")
        more = {"run": note.run, "rule": note.rule} if note else {}
        log.error("worker.killed", lane=child.lane, reason=why, **more)
        if note and verdict:
            self._writer.write(note, verdict)

    def _take_up_changes(self) -> None:
        """A new configuration, once it is found usable; then end one outdated worker at a time."""
        if fresh := self._reload.step(self._settings):
            self._settings, self._writer.crash_bound = fresh, fresh.crash_bound
            self._quarantine.lift()
            log.info("configuration.reloaded")
            for child in self._children:
                child.outdated = bool(child.pid)
        outdated = [child for child in self._children if child.outdated and child.pid]
        if outdated and all(child.pid for child in self._children):
            outdated[0].terminate()

    # -- limits and leases --------------------------------------------------------------------------

    def _end_excessive(self) -> None:
        for child in self._children:
            if breach := breach_of(child, self._settings, self._rng, loading_s=self._loading_s):
                self._end(child, breach.why, breach.verdict)

    def _renew(self) -> None:
        if boottime() < self._renew_at:
            return
        self._renew_at = boottime() + self._settings.lease / 4
        held = [(child, note) for child in self._children if (note := child.note) is not None]
        asked, lease_ms = boottime(), round(self._settings.lease * 1000)
        try:
            good = self._ledger.renew([(note.run, note.token) for _, note in held], lease_ms)
        except redis.RedisError as error:
            tell(error)
            self._renew_at = boottime() + 0.5
            return
        for (child, note), fine in zip(held, good, strict=True):
            if fine:
                child.renewed = (note.token, asked)
            elif child.doubted == note.token:
                self._end(child, "its claim was over", None)
            else:  # it may have ended this very moment: look once more next time
                child.doubted = note.token
        with contextlib.suppress(redis.RedisError):
            self._ledger.present(self._host, self._settings.lanes, 3 * lease_ms)

    def _fence(self) -> None:
        for child in self._children:
            if child.note and boottime() > child.vouched_at + self._settings.lease * 0.75:
                self._end(child, "its lease could not be renewed", None)

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
