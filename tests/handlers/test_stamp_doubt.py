"""stamp_receipts: a stamp of unknown outcome is looked at, whatever the run finds when it comes back."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.handlers.stamping import RuledShop


def doubtful(ruled: RuledShop, folder: Path, when: str) -> tuple[str, str]:
    """A payment, and a receipt of its client that it does not name, whose stamp has an unknown outcome."""
    ruled.stamp(folder, 'scope = "client"')
    paid = ruled.paid(receipts=1)
    ruled.sandbox.call("DELETE", f"/receipts/{paid['receipts'][0]}")
    receipt = ruled.receipt(paid["client"])
    ruled.fault(op="receipts.stamp", kind="500", times=1, when=when)
    ruled.announce("payment.succeeded", paid["payment"])
    ruled.work()
    assert ruled.run().reason_code == "unknown"
    return paid["payment"], receipt


def come_back(ruled: RuledShop) -> Any:
    """Let the checks be made, and look at the result."""
    for seconds in (121, 11, 11):
        ruled.work(seconds=seconds)
    assert ruled.run().state == "done", ruled.run().reason
    return json.loads(ruled.run().result)


@pytest.mark.parametrize("when", ["before", "after"])
def test_receipt_that_is_not_listed_any_more_is_looked_at(
    ruled: RuledShop, tmp_path: Path, when: str
) -> None:
    """Once it has its CFDI neither the list of pending receipts nor the payment names it."""
    _, receipt = doubtful(ruled, tmp_path, when)
    assert come_back(ruled)["stamped"] == ruled.cfdis() == [receipt]
    assert sorted(ruled.effect_states()) == ["done", "not_done"]  # the other one is cancelled


@pytest.mark.parametrize(("when", "state"), [("before", "not_done"), ("after", "done")])
def test_payment_that_was_given_back_since_does_not_leave_a_doubt(
    ruled: RuledShop, tmp_path: Path, when: str, state: str
) -> None:
    """Nothing is stamped any more, and the ledger knows what had been: no person has to look."""
    payment, receipt = doubtful(ruled, tmp_path, when)
    total = ruled.sandbox.call("GET", f"/payments/{payment}")["data"]["total"]
    ruled.sandbox.call("POST", f"/payments/{payment}/refund", {"amount": total, "reason": "devuelto"})
    told = come_back(ruled)
    assert "skipped" in told
    assert told.get("stamped", []) == ruled.cfdis() == ([receipt] if when == "after" else [])
    assert sorted(ruled.effect_states()) == sorted([state, "not_done"])
