"""The whole product with a replica that must have everything: frozen, and back again."""

import time
from pathlib import Path

from tests.replica import AT_ONCE, following, freeze, thaw
from tests.stack import Stack, eventually


def test_replica_that_stands_still_stops_all_and_loses_nothing(tmp_path: Path) -> None:
    """503 within two seconds and no stamp while it stands still; afterwards each receipt has one CFDI."""
    stack = Stack(tmp_path, env={"GIGSTACK_REPLICAS": "1"}, seed=8, delivery_backoff=0.2)
    stack.redis.extra = AT_ONCE
    with following(stack.redis, tmp_path / "replica") as replica, stack:
        for _ in range(5):
            stack.sandbox.pay(receipts=1, late=0)
        stack.settle(within=30)
        assert stack.sandbox.summary()["stamped_once"] == 5
        stack.sandbox.call("POST", "/_sandbox/faults", {"op": "receipts.list", "kind": "slow", "seconds": 2})
        stack.sandbox.pay(receipts=1, late=0)
        eventually(lambda: [run for run in stack.runs() if run["state"] == "running"])
        freeze(replica)
        began = time.monotonic()
        stack.sandbox.pay(receipts=1, late=0)
        eventually(
            lambda: [row for row in stack.sandbox.journal()["deliveries"] if row["status"] == 503], within=5
        )
        assert time.monotonic() - began < 3
        eventually(lambda: [run for run in stack.runs() if run.get("reason_code") == "redis"], within=10)
        assert stack.sandbox.summary()["stamped_once"] == 5
        thaw(replica)
        stack.settle(within=60)
        summary = stack.sandbox.summary()
        assert (summary["stamped_once"], summary["stamped_more_than_once"]) == (7, 0)
        assert {run["state"] for run in stack.runs()} == {"done"}
