"""Faults on request, through a real server."""

import time
from typing import Any

import pytest

from gigstack_events.api import Gigstack, NoAnswer, RateLimited, ServerFault
from gigstack_events.errors import ApiError
from gigstack_events.sandbox.process import SandboxProcess
from tests.stack import eventually


@pytest.fixture
def receipt(sandbox: SandboxProcess, team: str) -> str:
    return str(sandbox.pay(team=team, receipts=1, late=0)["receipts"][0])


def _switch_on(sandbox: SandboxProcess, **fault: Any) -> None:
    sandbox.call("POST", "/_sandbox/faults", {"op": "receipts.stamp", **fault})


@pytest.mark.parametrize(
    ("fault", "error", "outcome", "cfdis"),
    [
        ({"kind": "429", "retry_after": 3}, RateLimited, "not_done", 0),
        ({"kind": "500", "body": "json"}, ServerFault, "unknown", 0),
        ({"kind": "500", "body": "html"}, ServerFault, "unknown", 0),
        ({"kind": "500", "when": "after"}, ServerFault, "unknown", 1),
        ({"kind": "lost"}, NoAnswer, "unknown", 1),
        ({"kind": "reset"}, NoAnswer, "unknown", 0),
    ],
)
def test_a_fault_hits_the_next_call_and_no_other(
    sandbox: SandboxProcess,
    gigstack: Gigstack,
    receipt: str,
    fault: dict[str, Any],
    error: type[ApiError],
    outcome: str,
    cfdis: int,
) -> None:
    """The client sees the error; whether the act happened is in the books, not in the error."""
    _switch_on(sandbox, times=1, **fault)
    with pytest.raises(ApiError) as caught:
        gigstack.receipts.stamp(receipt)
    assert (type(caught.value), caught.value.outcome) == (error, outcome)
    assert caught.value.retry_after == fault.get("retry_after")
    assert len(gigstack.receipts.get(receipt).invoices) == cfdis
    gigstack.receipts.stamp(receipt)
    assert len(gigstack.receipts.get(receipt).invoices) == cfdis + 1


def test_the_journal_shows_what_was_never_answered(
    sandbox: SandboxProcess, gigstack: Gigstack, receipt: str
) -> None:
    """A lost answer has no status, but its CFDI counts."""
    _switch_on(sandbox, kind="lost", times=1)
    with pytest.raises(NoAnswer):
        gigstack.receipts.stamp(receipt)
    call = next(call for call in reversed(sandbox.journal()["calls"]) if receipt in call["path"])
    assert (call["status"], call["fault"]) == (None, "lost")
    assert [cfdi["call"] for cfdi in sandbox.journal()["cfdis"] if cfdi["receipt"] == receipt] == [call["n"]]


def test_an_act_may_come_long_after_the_connection_was_lost(
    sandbox: SandboxProcess, gigstack: Gigstack, receipt: str
) -> None:
    """Whoever looks at once sees that nothing happened, and is wrong."""
    _switch_on(sandbox, kind="lost", when="before", seconds=0.3, times=1)
    with pytest.raises(NoAnswer):
        gigstack.receipts.stamp(receipt)
    assert gigstack.receipts.get(receipt).is_pending
    eventually(lambda: gigstack.receipts.get(receipt).is_stamped, within=10)


def test_a_slow_call_outlasts_the_clients_patience_and_acts_all_the_same(
    sandbox: SandboxProcess, gigstack: Gigstack, receipt: str, team: str
) -> None:
    """The nastiest case: the act happens after the caller has given up."""
    _switch_on(sandbox, kind="slow", seconds=0.6, times=1)
    hasty = Gigstack("sk_live_sandbox", base_url=sandbox.url, team=team, timeout=0.2)
    with hasty, pytest.raises(NoAnswer):
        hasty.receipts.stamp(receipt)
    assert gigstack.receipts.get(receipt).is_pending
    until = time.monotonic() + 10
    while gigstack.receipts.get(receipt).is_pending:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_probability_is_drawn_from_the_seed() -> None:
    """Two sandboxes with one seed fail the same calls."""
    drawn = []
    for _ in range(2):
        with SandboxProcess(seed=5, stamp_delay=(0, 0)) as sandbox:
            _switch_on(sandbox, kind="429", op="receipts.*", probability=0.5)
            with Gigstack("sk_live_sandbox", base_url=sandbox.url) as gigstack:
                drawn.append([_refused(gigstack) for _ in range(20)])
    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == {True, False}


def _refused(gigstack: Gigstack) -> bool:
    try:
        gigstack.receipts.cancel("receipt_none")
    except RateLimited:
        return True
    except ApiError:
        pass
    return False


def test_other_operations_go_on(sandbox: SandboxProcess, gigstack: Gigstack, receipt: str) -> None:
    """A fault for one operation leaves the others alone, and clearing ends it."""
    _switch_on(sandbox, kind="500")
    assert gigstack.receipts.get(receipt).is_pending
    with pytest.raises(ServerFault):
        gigstack.receipts.stamp(receipt)
    sandbox.call("DELETE", "/_sandbox/faults")
    gigstack.receipts.stamp(receipt)


@pytest.mark.parametrize("fault", [{"kind": "flood"}, {"kind": "500", "unheard": 1}, {}])
def test_a_fault_that_does_not_exist_is_refused(sandbox: SandboxProcess, fault: dict[str, Any]) -> None:
    """A typo must not make a test pass."""
    with pytest.raises(RuntimeError, match="validation_failed"):
        sandbox.call("POST", "/_sandbox/faults", fault)
