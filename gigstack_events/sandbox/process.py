"""The sandbox as a process of its own, for tests and demos."""

import os
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import httpx

_LIBRARY = Path(__file__).resolve().parents[2]
_START_WITHIN = 20.0


class SandboxProcess:
    """Runs the sandbox on a free port while its context lasts; it also ends with this process.

    `options` are those of the command line, such as `SandboxProcess(stamp_delay=(0.01, 0.02), seed=7)`.
    `url` serves both the API and the control routes.
    """

    def __init__(self, *, port: int = 0, **options: object) -> None:
        self.url = ""
        self.process: subprocess.Popen[str] | None = None
        self._port = port
        self._options = options
        self._client: httpx.Client | None = None

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
        # An empty trust store: reading the real one takes longer than starting the sandbox.
        verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client = httpx.Client(base_url=self.url, verify=verify, timeout=30, trust_env=False)
        self._wait()
        return self

    def call(self, method: str, path: str, json: object = None, *, livemode: bool = True) -> Any:
        """Make a call with the key of a mode and return its JSON; RuntimeError unless it succeeds."""
        if self._client is None:
            raise RuntimeError("the sandbox does not run")
        key = "sk_live_sandbox" if livemode else "sk_test_sandbox"
        reply = self._client.request(method, path, json=json, headers={"Authorization": f"Bearer {key}"})
        if not reply.is_success:
            raise RuntimeError(f"{method} {path}: {reply.status_code} {reply.text}")
        return reply.json()

    def pay(self, **wanted: object) -> dict[str, Any]:
        """Let a client pay; see the control route `/_sandbox/pay` for what can be wanted."""
        return dict(self.call("POST", "/_sandbox/pay", wanted))

    def trigger(self, type: str, **wanted: object) -> dict[str, Any]:
        """Send an event of any type by hand; see the control route `/_sandbox/trigger`.

        `sandbox.trigger("payment.succeeded", set={"object.total": 100})`
        """
        return dict(self.call("POST", "/_sandbox/trigger", {"type": type, **wanted}))

    def journal(self, *only: str) -> dict[str, list[dict[str, Any]]]:
        """Return every CFDI, call and delivery so far; or `only` some, such as `cfdis` and `receipts`."""
        query = f"?only={','.join(only)}" if only else ""
        return dict(self.call("GET", f"/_sandbox/journal{query}"))

    def summary(self) -> dict[str, int]:
        """Return the counts."""
        return dict(self.call("GET", "/_sandbox/summary"))

    def wait_until_quiet(self, within: float = 30.0) -> dict[str, int]:
        """Wait until all deliveries and late receipts are through; return the counts then."""
        until = time.monotonic() + within
        while (counts := self.summary())["deliveries_waiting"] or counts["receipts_to_come"]:
            if time.monotonic() > until:
                raise TimeoutError(f"the sandbox still has work after {within:g} s: {counts}")
            time.sleep(0.02)
        return counts

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
            if self._client is not None:
                self._client.close()
                self._client = None


def _flag(name: str, value: object) -> list[str]:
    text = "-".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return ["--" + name.replace("_", "-"), text]
