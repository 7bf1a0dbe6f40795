"""What processes say beside their results: log lines, and whatever handlers print.

Only the supervisor writes to standard error, and never waits for whoever reads that. Its workers hand it
their lines through a pipe each, which it empties; what finds no room is left out and counted.
"""

import contextlib
import fcntl
import io
import os
import select
import sys
import time
from typing import Any, TextIO, cast

import structlog

from gigstack_events.ledger.records import Claim
from gigstack_events.logs import configure_logs
from gigstack_events.routing import Rule
from workers.watching import PipeWatch

PIECE = select.PIPE_BUF  # a pipe takes that much whole, or not at all
MOST_WAITING = 1 << 20
MOST_LINES = 1000
MOST_BYTES = 1 << 20
FLOOD_S = 0.001
log = structlog.get_logger("output")


class Outlet:
    """Standard error as the supervisor sees it: lines wait here, a bounded number, until they are read."""

    def __init__(self, fd: int = 2) -> None:
        if os.isatty(fd):  # it says that it has room, and then waits for more; ours alone shall not
            fd = os.open(os.ttyname(fd), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        self._fd = fd
        self._poll = select.poll()
        self._poll.register(fd, select.POLLOUT)
        self._waiting = bytearray()
        self._lost = 0
        with contextlib.suppress(OSError):  # it is no pipe; a large one takes in what comes between two looks
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, MOST_WAITING)

    def isatty(self) -> bool:
        """Whether a person reads along."""
        return os.isatty(self._fd)

    def write(self, text: str) -> int:
        """Take in lines of this process."""
        self.take_in(text.encode("utf-8", "replace"))
        return len(text)

    def flush(self) -> None:
        """Lines go out when `pump` is called."""

    def take_in(self, lines: bytes) -> None:
        """Take in lines, of a worker for instance; without room for them they are lost, and counted."""
        if len(self._waiting) + len(lines) > MOST_WAITING:
            self._lost += lines.count(b"\n")
        else:
            self._waiting += lines

    def pump(self) -> None:
        """Write as much as is taken at once."""
        try:
            while self._waiting and self._poll.poll(0):
                end = self._waiting.rfind(b"\n", 0, PIECE) + 1 or PIECE
                del self._waiting[: os.write(self._fd, self._waiting[:end])]
        except BlockingIOError:  # somebody made it so
            return
        except OSError:  # nobody will ever read it
            self._waiting.clear()
        if self._lost and not self._waiting:
            lost, self._lost = self._lost, 0
            log.warning("log.dropped", lines=lost, cure="whatever reads the log is too slow")

    def drain(self, seconds: float) -> None:
        """Wait until all is read, but not longer than that."""
        until = time.monotonic() + seconds
        while self._waiting and time.monotonic() < until:
            self._poll.poll(100)
            self.pump()


class LogPipe:
    """A worker's log: it waits a moment for its supervisor, then leaves lines out; a run has a budget."""

    def __init__(self, fd: int, *, terminal: bool, patience_ms: int = 1000) -> None:
        self._fd = fd
        self._terminal = terminal
        self._patience_ms = self._pause_ms = patience_ms
        self._poll = select.poll()
        self._poll.register(fd, select.POLLOUT)
        self._budgeted = False
        self._lines = self._bytes = self._left_out = 0
        os.set_blocking(fd, False)

    def isatty(self) -> bool:
        """Whether a person reads along, at the other end."""
        return self._terminal

    def write(self, text: str) -> int:
        """Write a line (one call each)."""
        data = text.encode("utf-8", "replace")
        if len(data) > PIECE:
            data = data[: PIECE - 1] + b"\n"
        if not (self._budgeted and self._is_spent(len(data))):
            # Who has waited in vain once waits no more until there is room.
            self._pause_ms = self._patience_ms if self._poll.poll(self._pause_ms) else 0
            try:
                os.write(self._fd, data)
            except BlockingIOError:
                self._left_out += 1
        return len(text)

    def flush(self) -> None:
        """Nothing waits here."""

    def begin(self) -> None:
        """A run begins."""
        self._budgeted, self._lines, self._bytes, self._left_out = True, 0, 0, 0

    def end(self) -> int:
        """It is over; how many of its lines were left out."""
        self._budgeted = False
        return self._left_out

    def _is_spent(self, size: int) -> bool:
        self._lines += 1
        self._bytes += size
        if self._lines <= MOST_LINES and self._bytes <= MOST_BYTES:
            return False
        self._left_out += 1
        time.sleep(FLOOD_S)  # a flood slows itself, not the other workers' processors
        return True


class Printed(io.RawIOBase):
    """Takes what is printed, which may be anybody's data, and keeps only how much it was."""

    def __init__(self) -> None:
        self.bytes = 0

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any, /) -> int:
        """Count it."""
        size = memoryview(data).nbytes
        self.bytes += size
        return size

    def fileno(self) -> int:
        """Where it would go: nowhere."""
        return 1


class Output:
    """All that a worker process says. Its standard streams lead nowhere; `fd` is its log's pipe."""

    def __init__(self, fd: int, level: str, *, terminal: bool) -> None:
        self.log = LogPipe(fd, terminal=terminal)
        configure_logs(level, stream=cast(TextIO, self.log))
        self._printed = Printed()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        os.close(nowhere)
        self._open()

    def _open(self) -> None:
        stream = io.BufferedWriter(self._printed)
        self._stream = io.TextIOWrapper(stream, errors="replace", write_through=True)
        sys.stdout = sys.stderr = self._stream

    def begin(self) -> None:
        """A run begins, with streams that the one before may have closed."""
        self.log.begin()
        if sys.stdout is not self._stream or sys.stderr is not self._stream or self._stream.closed:
            self._printed = Printed()
            self._open()

    def end(self) -> None:
        """It is over: say how much of what it said nobody will see."""
        left_out = self.log.end()
        with contextlib.suppress(ValueError):  # a handler may have closed it
            self._stream.flush()
        printed, self._printed.bytes = self._printed.bytes, 0
        if left_out:
            log.warning("handler.log_cut", left_out=left_out)
        if printed:
            log.warning("handler.printed", bytes=printed, cure="use ctx.log; what is printed is not kept")


class OutputWatch(PipeWatch):
    """Tells the supervisor, and keeps a run's output within its bounds."""

    def __init__(self, fd: int, output: Output) -> None:
        super().__init__(fd)
        self._output = output

    def claimed(self, claim: Claim, rule: Rule) -> None:
        """A run begins."""
        super().claimed(claim, rule)
        self._output.begin()

    def ended(self) -> None:
        """It is over."""
        self._output.end()
        super().ended()
