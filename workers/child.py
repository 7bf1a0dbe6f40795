"""One place for a worker in a lane: forks it, reads what it says, reaps it."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Callable, Sequence

import structlog

from gigstack_events.settings import Settings
from workers.watching import Inbox, Note
from workers.worker import run_worker

PIPE_BYTES = 1 << 20
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP)
log = structlog.get_logger("worker")


class Child:
    """A worker process, or the place for one. `renewed` is a token and when its lease was last renewed."""

    def __init__(self, lane: str, number: int) -> None:
        self.lane = lane
        self.number = number
        self.pid = 0
        self.renewed = ("", 0.0)
        self.doubted = ""
        self.outdated = False
        self.asked_to_end = False
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

    def listen(self) -> None:
        """Read what the worker has said."""
        if self._inbox:
            self._inbox.read()

    def fork(
        self, settings: Settings, host: str, others: Sequence["Child"], leave: Callable[[], None]
    ) -> None:
        """Start the worker; `leave` closes what it inherits and must not use."""
        read_end, write_end = os.pipe()
        parent = os.getpid()
        # A signal between fork and reset would make the child act as if it were the supervisor.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.setsid()
                signal.set_wakeup_fd(-1)
                for signum in SIGNALS:
                    signal.signal(signum, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
                os.close(read_end)
                for other in others:
                    other.forget()
                leave()
                name = f"{host}.{self.lane}.{self.number}.{os.getpid()}"
                run_worker(settings, self.lane, name, write_end, parent, tell=self.number == 0)
                status = 0
            except BaseException as error:
                log.error("worker.broken", error=f"{type(error).__name__}: {error}"[:500])
            finally:
                os._exit(status)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        os.close(write_end)
        os.set_blocking(read_end, False)
        with contextlib.suppress(OSError):  # an ordinary user may not have many large pipes
            fcntl.fcntl(read_end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.pid, self._inbox, self._born = pid, Inbox(read_end), time.monotonic()
        self.renewed, self.doubted, self.outdated, self.asked_to_end = ("", 0.0), "", False, False

    def terminate(self) -> None:
        """Ask it, once, to end after its run."""
        if self.pid and not self.asked_to_end:
            self.asked_to_end = True
            os.kill(self.pid, signal.SIGTERM)

    def has_died(self) -> bool:
        """Reap it, and what its handlers started, if it is dead; then `bury` says what it was doing."""
        if not self.pid or not os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return False
        self._kill_group()
        os.waitpid(self.pid, 0)
        return True

    def kill(self) -> Note | None:
        """SIGKILL and reap it, and what its handlers started; returns the claim it died with."""
        self._kill_group()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return self.bury()

    def bury(self) -> Note | None:
        """Empty the place of a dead worker; returns the claim it died with."""
        note = self._inbox.read() if self._inbox else None
        self.forget()
        self._quick = self._quick + 1 if time.monotonic() - self._born < 1.0 else 0
        self._spawn_at = time.monotonic() + (min(30.0, 0.1 * 2**self._quick) if self._quick else 0.0)
        self.pid = 0
        return note

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # none yet, or none left
            os.killpg(self.pid, signal.SIGKILL)

    def forget(self) -> None:
        """Close the pipe."""
        if self._inbox:
            self._inbox.close()
        self._inbox = None
