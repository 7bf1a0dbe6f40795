"""What was accepted comes to rest, whichever process dies."""

import time
from pathlib import Path

import httpx
import pytest

from tests.stack import Stack, eventually

# An answer that is lost is looked for sooner.
PATIENCE = {"GIGSTACK_LEASE": "3", "GIGSTACK_CALL_TIMEOUT": "2", "GIGSTACK_CHECK_DELAY": "5.5"}
DEFAULT_LEASE = {"GIGSTACK_LEASE": "20", "GIGSTACK_CALL_TIMEOUT": "10", "GIGSTACK_CHECK_DELAY": "21"}


def running(stack: Stack) -> list[dict[str, str]]:
    """The runs that a worker holds."""
    return [run for run in stack.runs() if run["state"] == "running"]


def test_orphans_of_a_killed_supervisor_are_back_within_a_minute(tmp_path: Path) -> None:
    """With the default lease: supervisor and workers die at once, and others take their runs up again."""
    with Stack(tmp_path, env=DEFAULT_LEASE, seed=5) as stack:
        stack.sandbox.call("POST", "/_sandbox/faults", {"op": "receipts.stamp", "kind": "slow", "seconds": 3})
        for _ in range(4):
            stack.sandbox.pay(receipts=1, late=0)
        eventually(lambda: len(running(stack)) == 4, within=20)
        workers = stack.worker_pids()
        stack.workers.kill()
        died = time.time()
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), within=5)
        stack.start_workers()
        eventually(lambda: all(int(run["attempt"]) >= 2 for run in stack.runs()), within=60)
        back = max(int(run["started"]) for run in stack.runs()) / 1000 - died
        print(f"orphans were back after {back:.1f} s")
        assert back < 60
        stack.settle(within=90)
        assert stack.sandbox.summary()["stamped_more_than_once"] == 0
        assert {run["state"] for run in stack.runs()} == {"done"}


@pytest.mark.parametrize("kill", ["receiver", "sandbox faults", "redis"])
def test_nothing_accepted_is_lost(tmp_path: Path, kill: str) -> None:
    """Receiver or Redis killed midway, or an API that fails in every way: one CFDI for each receipt."""
    with Stack(tmp_path, env=PATIENCE, stamp_delay=(0.01, 0.05), seed=6, delivery_backoff=0.2) as stack:
        if kill == "sandbox faults":
            for fault in ("429", "500", "lost", "reset"):
                body = {"op": "*", "kind": fault, "probability": 0.03}
                stack.sandbox.call("POST", "/_sandbox/faults", body)
        for n in range(60):
            stack.sandbox.pay(receipts=2, late=0, duplicates=n % 2)
            if n == 20 and kill == "receiver":
                stack.receiver.kill()
            if n == 40 and kill == "receiver":
                stack.start_receiver()
            if n == 30 and kill == "redis":
                stack.redis.kill()
                stack.redis.start()
        stack.settle(within=110)
        summary = stack.sandbox.summary()
        assert (summary["stamped_once"], summary["stamped_more_than_once"]) == (120, 0)
        assert {run["state"] for run in stack.runs()} == {"done"}


def test_redis_stopped_is_answered_in_time_and_recovered_from(tmp_path: Path) -> None:
    """503 with Retry-After within two seconds while Redis is away; what was accepted is there afterwards."""
    with Stack(tmp_path, seed=7) as stack:
        stack.workers.kill()
        stack.sandbox.pay(receipts=1, late=0)
        eventually(lambda: stack.ledger.redis.zcard("gs:events") == 1)
        stack.redis.stop()
        # Any signed delivery will do: the sandbox signs a second one and tells what the receiver said.
        began = time.monotonic()
        stack.sandbox.pay(receipts=1, late=0)
        row = eventually(
            lambda: [row for row in stack.sandbox.journal()["deliveries"] if row["status"] == 503], within=5
        )
        assert row
        assert time.monotonic() - began < 3
        assert httpx.get(f"http://127.0.0.1:{stack.port}/readyz", trust_env=False).status_code == 503
        stack.redis.start()
        eventually(stack.ready, within=10)
        eventually(lambda: stack.ledger.redis.zcard("gs:events") == 2, within=20)
        stack.start_workers()
        stack.settle(within=30)
        assert stack.sandbox.summary()["stamped_once"] == 2
