"""Keepers: a process is started again at once when it dies, as a container runtime would do."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Keeper(threading.Thread):
    """Starts a process, waits for its end, starts it again. `ends` counts ends of any cause."""

    def __init__(self, kind: str, start: Callable[[], "subprocess.Popen[Any]"]) -> None:
        super().__init__(name=kind, daemon=True)
        self.kind = kind
        self.pid = 0
        self.ends = 0
        self._start_process = start
        self._stopping = threading.Event()

    def run(self) -> None:
        """Keep it up until told to stop."""
        while not self._stopping.is_set():
            try:
                process = self._start_process()
            except Exception as error:
                print(f"{self.kind} does not start: {type(error).__name__}: {error}", flush=True)
                time.sleep(0.2)
                continue
            self.pid = process.pid
            process.wait()
            self.pid = 0
            self.ends += 1

    def signal(self, signum: int) -> int:
        """Send a signal; returns the pid it went to, 0 where there is no process just now."""
        pid = self.pid
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signum)
                return pid
        return 0

    def stop(self) -> None:
        """End it for good."""
        self._stopping.set()
        while self.is_alive():
            self.signal(signal.SIGKILL)
            self.join(0.1)


def children(supervisor: int) -> list[int]:
    """A supervisor's workers, but not the probe that it starts first."""
    try:
        pids = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
        command = Path(f"/proc/{supervisor}/cmdline").read_bytes()
        return [int(pid) for pid in pids if Path(f"/proc/{pid}/cmdline").read_bytes() == command]
    except OSError:
        return []


def quiet_port() -> int:
    """A free port below those that the kernel hands out: nobody takes it while its process is dead."""
    for port in random.SystemRandom().sample(range(16384, 32768), 100):
        with socket.socket() as trial, contextlib.suppress(OSError):
            trial.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")
