"""The programs that `run` and `demo` start: each logs into a file, and dies with us whatever happens."""

import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from admin.surroundings import PROJECT
from gigstack_events.errors import GigstackError

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
# Below the ports that the kernel hands out: whoever calls there too early must not reach itself.
_PORTS = range(16384, 32768)
_POLL_S = 0.03
_GRACE_S = 5.0


class Broken(GigstackError):
    """A program did not start, or ended unasked; `tail` is the end of its log."""

    def __init__(self, message: str, tail: str = "") -> None:
        super().__init__(message)
        self.tail = tail


class Program:
    """One of our programs, `python -m MODULE …`, in a session of its own: Ctrl-C is not for it."""

    def __init__(self, name: str, module: str, *arguments: str, env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(  # noqa: S603 - the arguments are ours
                [sys.executable, "-m", module, *arguments],
                cwd=PROJECT,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),  # safe here: we have one thread
            )

    def check(self) -> None:
        """Raise Broken when it has ended."""
        if (code := self.process.poll()) is not None:
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            raise Broken(f"The {self.name} {how}.", last_lines(self.log))

    def until(self, ready: Callable[[], bool], deadline: float) -> None:
        """Wait until it is ready; Broken when it ends before, or at the deadline (monotonic)."""
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise Broken(f"The {self.name} did not get ready in time.", last_lines(self.log))
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """End it as an operator would; after some seconds by force."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_GRACE_S)
            self.process.kill()
        self.process.wait()


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log."""
    try:
        with log.open(errors="replace") as lines:
            return "".join(deque(lines, count)).rstrip()
    except OSError:
        return ""


def port_near(wanted: int) -> int:
    """The wanted port of 127.0.0.1, or a free one."""
    for port in (wanted, *random.SystemRandom().sample(_PORTS, 50)):
        with socket.socket() as trial, contextlib.suppress(OSError):
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("127.0.0.1", port))
            return port
    raise Broken("No free port was found on 127.0.0.1.")


def _die_with(parent: int) -> Callable[[], None]:
    """What the child does between fork and exec: ask the kernel to be killed when its parent ends."""

    def tie() -> None:
        if _LIBC is not None and (
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) or os.getppid() != parent
        ):
            os._exit(1)

    return tie
