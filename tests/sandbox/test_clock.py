"""Steerable time: what takes a month in gigstack takes a call here."""

from collections.abc import Iterator

import pytest

from gigstack_events.sandbox.process import SandboxProcess


@pytest.fixture
def sandbox() -> Iterator[SandboxProcess]:
    """A sandbox whose time is nobody else's."""
    with SandboxProcess() as sandbox:
        yield sandbox


def test_time_is_put_forward(sandbox: SandboxProcess, team: str) -> None:
    """What was to come by then has come, and new objects bear the new time."""
    before = sandbox.call("GET", "/_sandbox/clock")["now"]
    paid = sandbox.pay(team=team, receipts=1, late=3600, send=False)
    assert sandbox.summary()["receipts_to_come"] == 1
    after = sandbox.call("POST", "/_sandbox/clock", {"advance": 86_400})["now"]
    assert 86_400_000 <= after - before < 86_500_000
    assert sandbox.summary()["receipts_to_come"] == 0
    receipt = sandbox.call("GET", f"/v2/receipts/{paid['receipts'][0]}?team={team}")["data"]
    assert 3600 <= receipt["created_at"] - before // 1000 < 3700
