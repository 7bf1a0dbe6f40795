"""One place for a worker in a lane: forks it, reads what it says, reaps it."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from gigstack_events.settings import Settings
from workers.memory import tree
from workers.output import Outlet, Output
from workers.watching import Inbox, Note
from workers.worker import run_worker

PIPE_BYTES = 1 << 20
LOG_BYTES = 1 << 18
MOST_CHUNKS = 4
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP)
log = structlog.get_logger("worker")


class Child:
    """A worker process, or the place for one. `renewed` is a token and when its lease was last renewed.

    `loading` is what it is importing, '' once all is loaded; `retired` whether it ends by itself; `ending`
    how it died. They stand until the place is filled again. `quiet` counts the seconds since it was heard,
    `lingering` those since it was asked to end and has no run; times in which we stood still do not count.
    Its log goes to `outlet`.
    """

    def __init__(self, lane: str, number: int, outlet: Outlet) -> None:
        self._outlet = outlet
        self._log = -1
        self.loading = self.ending = ""
        self.heard_at = 0.0
        self.retired = self.garbled = self._ready = False
        self.quiet = self.lingering = self._looked_at = 0.0
        self._has_loaded = False
        self.lane = lane
        self.number = number
        self.pid = 0
        self.renewed = ("", 0.0)
        self.doubted = ""
        self.outdated = False
        self.asked_to_end = False
        self._asked_during: Note | None = None
        self._inbox: Inbox | None = None
        self._born = 0.0
        self._quick = 0
        self._spawn_at = 0.0

    @property
    def note(self) -> Note | None:
        """The claim it holds, as last read."""
        return self._inbox.note if self._inbox else None

    @property
    def vouched_at(self) -> float:
        """Since when (CLOCK_BOOTTIME) its claim's lease has certainly held; 0 without a claim."""
        note = self.note
        if note is None:
            return 0.0
        token, at = self.renewed
        return at if token == note.token else note.at

    @property
    def due(self) -> bool:
        """Whether the place is empty and may be filled; one that dies at once comes back later and later."""
        return self.pid == 0 and time.monotonic() >= self._spawn_at

    def has_just_loaded(self) -> bool:
        """Whether it has loaded everything since this was asked last; true once in a worker's life."""
        before, self._has_loaded = self._has_loaded, bool(self.pid and not self.loading)
        return self._has_loaded and not before

    def listen(self) -> None:
        """Read what the worker has said, and pass on what it has logged."""
        if self._inbox:
            before = self._inbox.heard_at
            self._inbox.read()
            self.loading, self.heard_at = self._inbox.loading, self._inbox.heard_at
            self.retired, self._ready = self._inbox.retired, self._inbox.ready
            self.garbled = self._inbox.garbled
            self._count(heard=self.heard_at != before)
            with contextlib.suppress(BlockingIOError):
                for _ in range(MOST_CHUNKS):
                    if not (lines := os.read(self._log, LOG_BYTES)):
                        break
                    self._outlet.take_in(lines)
                    self._outlet.pump()

    def _count(self, *, heard: bool) -> None:
        now = time.monotonic()
        passed, self._looked_at = min(now - self._looked_at, 1.0), now
        self.quiet = 0.0 if heard or self.note else self.quiet + passed
        self.lingering = self.lingering + passed if self.asked_to_end and not self.note else 0.0

    def fork(
        self,
        settings: Settings,
        host: str,
        others: Sequence["Child"],
        leave: Callable[[], None],
        off: Mapping[str, str],
        rules: str | None,
    ) -> None:
        """Start the worker; `leave` closes what it inherits of ours; see `run_worker` for the rest.

        Raises OSError where the system has no room for another process; the place is due again later.
        """
        parent, ends = os.getpid(), list[int]()
        # A signal between fork and reset would make the child act as if it were the supervisor.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            for _ in range(2):
                ends += os.pipe()
            pid = os.fork()
        except OSError:
            for end in ends:
                os.close(end)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            self._put_off(quick=True)
            raise
        read_end, write_end, log_read_end, log_write_end = ends
        if pid == 0:
            status = 1
            try:
                os.setsid()
                signal.set_wakeup_fd(-1)
                for signum in SIGNALS:
                    signal.signal(signum, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
                output = Output(log_write_end, settings.log_level, terminal=self._outlet.isatty())
                os.close(read_end)
                os.close(log_read_end)
                for other in others:
                    other.forget()
                leave()
                name = f"{host}.{self.lane}.{self.number}.{os.getpid()}"
                run_worker(
                    settings, self.lane, name, write_end, parent, output, off,
                    rules=rules, reports=self.number == 0,
                )  # fmt: skip
                status = 0
            except BaseException as error:
                log.error("worker.broken", error=f"{type(error).__name__}: {error}"[:500])
            finally:
                os._exit(status)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        os.close(write_end)
        os.close(log_write_end)
        for end, size in ((read_end, PIPE_BYTES), (log_read_end, LOG_BYTES)):
            os.set_blocking(end, False)
            with contextlib.suppress(OSError):  # an ordinary user may not have many large pipes
                fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, size)
        self.pid, self._inbox, self._log, self._born = pid, Inbox(read_end), log_read_end, time.monotonic()
        self.renewed, self.doubted, self.outdated, self.asked_to_end = ("", 0.0), "", False, False
        self._has_loaded = False
        self.quiet = self.lingering = 0.0
        self.listen()

    def terminate(self) -> None:
        """Ask it to end after its run; again where it has begun another: a handler may ignore signals."""
        if self.pid and not (self.asked_to_end and self.note in (None, self._asked_during)):
            self.asked_to_end, self._asked_during = True, self.note
            os.kill(self.pid, signal.SIGTERM)

    def has_died(self) -> bool:
        """Reap it, and what its handlers started, if it is dead; then `bury` says what it was doing."""
        if not self.pid or not os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return False
        self._kill_group()
        self._reap()
        return True

    def kill(self) -> Note | None:
        """SIGKILL and reap it, and what its handlers started; returns the claim it died with."""
        started = tree(self.pid)
        self._kill_group()
        for pid in started:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        self._reap()
        return self.bury()

    def bury(self) -> Note | None:
        """Empty the place of a dead worker; returns the claim it died with."""
        self.listen()
        note = self.note
        # A run that ends its worker has a bound of its own, and the others of the lane shall not wait for it.
        was_of_use = self._ready and time.monotonic() - self._born >= 1.0
        self.forget()
        self._put_off(quick=note is None and not self.retired and not was_of_use)
        self.pid = 0
        return note

    def _put_off(self, *, quick: bool) -> None:
        self._quick = self._quick + 1 if quick else 0
        self._spawn_at = time.monotonic() + (min(30.0, 0.1 * 2**self._quick) if self._quick else 0.0)

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # none yet, or none left
            os.killpg(self.pid, signal.SIGKILL)

    def _reap(self) -> None:
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.ending = f"code {code}" if code >= 0 else f"signal {-code}"

    def forget(self) -> None:
        """Close its pipes."""
        if self._inbox:
            self._inbox.close()
            os.close(self._log)
        self._inbox = None
