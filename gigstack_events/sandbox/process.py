"""The sandbox as a process of its own, for tests and demos."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import httpx

from gigstack_events.sandbox.calls import SandboxCalls

_LIBRARY = Path(__file__).resolve().parents[2]
_START_WITHIN = 20.0


class SandboxProcess(SandboxCalls):
    """Runs the sandbox on a free port while its context lasts; it also ends with this process.

    `options` are those of the command line, such as `SandboxProcess(stamp_delay=(0.01, 0.02), seed=7)`.
    `url` serves both the API and the control routes.
    """

    def __init__(self, *, port: int = 0, **options: object) -> None:
        super().__init__()
        self.process: subprocess.Popen[str] | None = None
        self._port = port
        self._options = options

    def start(self) -> Self:
        """Start it and wait until it answers."""
        flags = [text for name, value in self._options.items() for text in _flag(name, value)]
        command = [sys.executable, "-m", "gigstack_events.sandbox", "--port", str(self._port), *flags]
        path = os.pathsep.join(filter(None, (str(_LIBRARY), os.environ.get("PYTHONPATH"))))
        self.process = subprocess.Popen(  # noqa: S603 - this project's own program
            [*command, "--until-stdin-closes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert self.process.stdout is not None  # noqa: S101 - for the type checker
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the sandbox ended at once with code {self.process.wait()}")
        self.url = line.split()[-1]
        self._connect()
        self._wait()
        return self

    def stop(self) -> None:
        """End it as an operator would, with SIGTERM."""
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """End it at once, with SIGKILL."""
        self._end(subprocess.Popen.kill)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _wait(self) -> None:
        until = time.monotonic() + _START_WITHIN
        while True:
            try:
                self.summary()
                return
            except httpx.TransportError:
                code = self.process.poll() if self.process else None
                if code is not None:
                    self.kill()
                    raise RuntimeError(f"the sandbox ended as it started, with code {code}") from None
                if time.monotonic() > until:
                    self.kill()
                    raise
                time.sleep(0.02)

    def _end(self, how: Any) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        how(process)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
            self._disconnect()


def _flag(name: str, value: object) -> list[str]:
    text = "-".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return ["--" + name.replace("_", "-"), text]
