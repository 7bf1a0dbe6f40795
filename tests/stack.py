"""The whole product as real processes: Redis, sandbox, receiver, workers. Everything ends with the test."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.records import text
from gigstack_events.ledger.views import texts
from gigstack_events.sandbox.process import SandboxProcess

ROOT = Path(__file__).parent.parent
# A tenth or so of the defaults, in the order that the protocol needs: call < lease < delay.
QUICK = {
    "GIGSTACK_LEASE": "4",
    "GIGSTACK_CALL_TIMEOUT": "3",
    "GIGSTACK_CHECK_DELAY": "8",
    "GIGSTACK_CHECK_AGAIN": "1",
    "GIGSTACK_SWEEP_INTERVAL": "0.25",
    "GIGSTACK_HINT_LOST_AFTER": "3",
    "GIGSTACK_STOP_GRACE": "5",
    # The limiter is asked and holds nothing up, though faults say 429 at random, however few calls there are.
    "GIGSTACK_RATE": "100000",
}


def eventually(what: Callable[[], Any], within: float = 30.0, said: str = "") -> Any:
    """Poll until something true comes back, or fail with what was waited for."""
    until = time.monotonic() + within
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < until, said or f"not within {within:g} s: {what}"
        time.sleep(0.05)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """One of our own programs as a process, with its log in a file."""

    def __init__(self, module: str, *args: str, env: dict[str, str], log: Path) -> None:
        self.log = log
        self._out = log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *args],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default", **env},
            stdout=self._out,
            stderr=self._out,
            start_new_session=True,
        )

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text()

    def stop(self, within: float = 20.0) -> int:
        """SIGTERM, and the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(within)
        finally:
            self.kill()

    def kill(self) -> None:
        """SIGKILL."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.close_log()

    def close_log(self) -> None:
        """Let go of the log; the process goes on writing it."""
        self._out.close()


class Stack:
    """Redis, sandbox, receiver and workers, wired as `make run` wires them."""

    def __init__(
        self,
        folder: Path,
        *,
        lanes: str = "live=4",
        env: dict[str, str] | None = None,
        events: Sequence[str] = ("payment.succeeded", "receipt.created"),
        **sandbox: Any,
    ) -> None:
        self.folder = folder
        self.events = events
        self.port = free_port()
        self.redis = EmbeddedRedis(folder / "redis")
        self.sandbox = SandboxProcess(**sandbox)
        self.env = {
            **QUICK,
            "GIGSTACK_API_KEY": "sk_live_sandbox",
            "GIGSTACK_TEST_API_KEY": "sk_test_sandbox",
            "GIGSTACK_VERIFY": "standard",
            "GIGSTACK_HANDLERS": "stamp_receipts",
            "GIGSTACK_HANDLER_STAMP_RECEIPTS": '{"look_again": [1, 3, 6, 12]}',
            "GIGSTACK_LANES": lanes,
            **(env or {}),
        }
        self.receiver: Program
        self.workers: Program
        self.ledger: Ledger

    @property
    def url(self) -> str:
        """Where the receiver takes deliveries."""
        return f"http://127.0.0.1:{self.port}/webhooks/gigstack"

    def start(self) -> Self:
        """Start all, in order, and wait until each answers."""
        self.redis.start()
        self.sandbox.start()
        self.ledger = Ledger.at(self.redis.url)
        self.env |= {"REDIS_URL": self.redis.url, "GIGSTACK_API_URL": self.sandbox.url}
        created = self.sandbox.call("POST", "/webhooks", {"url": self.url, "events": [*self.events]})
        self.webhook = str(created["data"]["id"])
        self.secret = str(created["data"].get("signing_secret") or created["signing_secret"])
        self.env["GIGSTACK_WEBHOOK_SECRETS"] = self.secret
        self.start_receiver()
        self.start_workers()
        return self

    def start_receiver(self) -> None:
        """Start the receiver and wait until it is ready."""
        self.receiver = self.program("receiver", "--port", str(self.port))
        eventually(self.ready, said="the receiver does not get ready")

    def start_workers(self) -> None:
        """Start the supervisor; it starts its workers."""
        self.workers = self.program("workers")

    def program(self, module: str, *args: str) -> Program:
        """Start one of our programs with this stack's settings."""
        return Program(module, *args, env=self.env, log=self.folder / f"{module}.log")

    def ready(self) -> bool:
        """Whether the receiver says that it is ready."""
        try:
            return (
                httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=3, trust_env=False).status_code
                == 200
            )
        except httpx.TransportError:
            return False

    def worker_pids(self) -> list[int]:
        """The processes of the workers now alive."""
        supervisor = self.workers.process.pid
        children = Path(f"/proc/{supervisor}/task/{supervisor}/children")
        return [int(pid) for pid in children.read_text().split()] if children.exists() else []

    def open_work(self) -> int:
        """How much is not at rest."""
        redis = self.ledger.redis
        queued = sum(redis.zcard(f"gs:queued:{lane}") for lane in texts(redis.smembers("gs:lanes")))
        held = sum(redis.zcard(key) for key in redis.scan_iter("gs:held:*"))
        return int(queued + redis.zcard("gs:attention") + held)

    def settle(self, within: float) -> None:
        """Wait until nothing more happens by itself: nothing to come, nothing open."""

        def quiet() -> bool:
            summary = self.sandbox.summary()
            return not (summary["receipts_to_come"] or summary["deliveries_waiting"] or self.open_work())

        eventually(quiet, within, said=f"not settled within {within:g} s")

    def runs(self) -> list[dict[str, str]]:
        """Every run's fields."""
        keys = list(self.ledger.redis.scan_iter("gs:run:*", count=1000))
        rows = [self.ledger.redis.hgetall(key) for key in keys]
        return [{text(name): text(value) for name, value in row.items()} for row in rows]

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End everything."""
        for name in ("workers", "receiver"):
            if program := getattr(self, name, None):
                program.kill()
        self.sandbox.stop()
        if hasattr(self, "ledger"):
            self.ledger.redis.close()
        self.redis.stop()
