"""All processes of a run: each is started again at once when it dies, as a container runtime would do."""

import contextlib
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import redis

from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.views import texts
from gigstack_events.sandbox.process import SandboxProcess
from tests.chaos.form import Form
from tests.chaos.keeper import Keeper, children, quiet_port
from tests.stack import Program, eventually

RECEIVERS = 2
SUPERVISORS = 2


class Stage:
    """Redis, sandbox, receivers and two supervisors that share the workers."""

    def __init__(self, folder: Path, form: Form, seed: int) -> None:
        self.folder = folder
        self._form = form
        rng = random.Random(f"{seed}:stage")
        self.secret = "whsec_" + rng.randbytes(24).hex()
        self.token = rng.randbytes(16).hex()
        self.redis = EmbeddedRedis(folder / "redis")
        self.sandbox_port, *self.ports = (quiet_port() for _ in range(1 + RECEIVERS))
        self._sandbox = SandboxProcess(
            port=self.sandbox_port, data=folder / "sandbox", stamp_delay=form.stamp_delay, seed=seed
        )
        self.ledger = Ledger.at(self.redis.url)
        self.burning = True
        self._programs = 0
        shares = [form.workers // SUPERVISORS, form.workers - form.workers // SUPERVISORS]
        self.receivers = [Keeper("receiver", self._receiver(port)) for port in self.ports]
        self.supervisors = [Keeper("supervisor", self._workers(share)) for share in shares]
        self.sandbox = Keeper("sandbox", self._start_sandbox)
        self.server = Keeper("redis", self._start_redis)

    @property
    def api(self) -> str:
        """Where the sandbox is."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def doors(self) -> list[str]:
        """Where deliveries go."""
        return [f"http://127.0.0.1:{port}/webhooks/gigstack" for port in self.ports]

    def keepers(self) -> list[Keeper]:
        """Everything that is kept up."""
        return [self.server, self.sandbox, *self.receivers, *self.supervisors]

    def __enter__(self) -> Self:
        try:
            self.server.start()
            eventually(self._redis_answers)
            for keeper in self.keepers()[1:]:
                keeper.start()
            eventually(lambda: all(map(_answers, [f"{self.api}/_sandbox/summary", *self._ready()])))
            eventually(lambda: len(self.workers()) == self._form.workers, said="not all workers start")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End everything."""
        for keeper in reversed(self.keepers()):
            if keeper.is_alive():
                keeper.stop()
        self._sandbox.kill()
        self.ledger.redis.close()

    def workers(self, of: Keeper | None = None) -> list[int]:
        """The worker processes alive, of one supervisor or of both."""
        keepers = [of] if of else self.supervisors
        return [pid for keeper in keepers if keeper.pid for pid in children(keeper.pid)]

    def open_work(self) -> int:
        """How much is not at rest; -1 when Redis does not say."""
        server = self.ledger.redis
        try:
            lanes = [f"queued:{lane}" for lane in texts(server.smembers("gs:lanes"))]
            held = [f"held:{name}" for name in texts(server.smembers("gs:held"))]
            indexes = ["attention", *lanes, *held]
            return sum(int(server.zcard(f"gs:{index}")) for index in indexes)
        except redis.RedisError:
            return -1

    def slow_stamps(self) -> set[str]:
        """The events whose stamp has just reached the API and takes its time there."""
        url = f"{self.api}/_sandbox/journal?only=calls&since={time.time_ns() // 1_000_000 - 1000}"
        with contextlib.suppress(httpx.HTTPError):
            calls = httpx.get(url, timeout=5, trust_env=False).json()["calls"]
            return {call["event_id"] for call in calls if _is_slow_stamp(call)}
        return set()

    def slow_stamps_down(self, seconds: float) -> None:
        """Let every stamp take that long before it is made."""
        fault = {"op": "receipts.stamp", "kind": "slow", "seconds": seconds}
        httpx.post(f"{self.api}/_sandbox/faults", json=fault, trust_env=False).raise_for_status()

    def quench(self) -> None:
        """End the API's faults."""
        self.burning = False
        with httpx.Client(trust_env=False) as client:
            eventually(lambda: _succeeds(client, "DELETE", f"{self.api}/_sandbox/faults"))

    def _ready(self) -> Iterator[str]:
        return (f"http://127.0.0.1:{port}/readyz" for port in self.ports)

    def _redis_answers(self) -> bool:
        try:
            return bool(self.ledger.redis.ping())
        except redis.RedisError:
            return False

    def _start_redis(self) -> "subprocess.Popen[Any]":
        self.redis.start()
        assert self.redis.process is not None
        return self.redis.process

    def _start_sandbox(self) -> "subprocess.Popen[Any]":
        self._sandbox.kill()  # what a killed one left open
        process = self._sandbox.start().process
        assert process is not None
        for fault in self._form.faults if self.burning else ():
            with contextlib.suppress(httpx.HTTPError):
                self._sandbox.call("POST", "/_sandbox/faults", {"op": "*", **fault})
        return process

    def _receiver(self, port: int) -> Callable[[], "subprocess.Popen[Any]"]:
        return lambda: self._program("receiver", {}, "--port", str(port))

    def _workers(self, share: int) -> Callable[[], "subprocess.Popen[Any]"]:
        return lambda: self._program("workers", {"GIGSTACK_LANES": f"live={share}"})

    def _program(self, program: str, more: dict[str, str], *args: str) -> "subprocess.Popen[Any]":
        env = {
            **self._form.env(),
            "REDIS_URL": self.redis.url,
            "GIGSTACK_API_URL": self.api,
            "GIGSTACK_WEBHOOK_SECRETS": self.secret,
            "GIGSTACK_WEBHOOK_TOKENS": self.token,
            **more,
        }
        log = self.folder / f"{program}.log"
        started = Program("tests.chaos.armed", str(self.folder), program, *args, env=env, log=log)
        started.close_log()
        return started.process


def _is_slow_stamp(call: dict[str, Any]) -> bool:
    return call["op"] == "receipts.stamp" and call["fault"] == "slow" and call["status"] is None


def _answers(url: str) -> bool:
    with httpx.Client(trust_env=False) as client:
        return _succeeds(client, "GET", url)


def _succeeds(client: httpx.Client, method: str, url: str) -> bool:
    try:
        return client.request(method, url, timeout=5).is_success
    except httpx.TransportError:
        return False
