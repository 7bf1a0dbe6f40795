"""A sandbox that is killed between two months knows where it was, and what time it is."""

from pathlib import Path

import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.sat.taxpayer import QUARTER, Taxpayer


def test_downloads_go_on_after_a_kill(tmp_path: Path) -> None:
    """One request is fetched, one under way, one still to fail; a schedule waits for its hour."""
    with SandboxProcess(seed=5, data=tmp_path) as sandbox:
        taxpayer = Taxpayer(sandbox, "team_restart")
        taxpayer.steer(ready=True, invoices=[{"date": "2026-01-20"}])
        done = taxpayer.request(*QUARTER[0])["request_id"]
        taxpayer.advance(days=1)
        files = taxpayer.package(done)
        taxpayer.put("/invoices/download/schedule", {"enabled": True, "time": "21:00", "days_back": 1})
        taxpayer.steer(fail_next="No")
        failing = taxpayer.request(*QUARTER[1])["request_id"]
        open = taxpayer.request(*QUARTER[2])["request_id"]
        before = (taxpayer.history(), taxpayer.mirrored(), taxpayer.charges(), taxpayer.get("/sat-lists"))
        time = sandbox.call("GET", "/_sandbox/clock")
        sandbox.kill()
        sandbox.start()
        again = sandbox.call("GET", "/_sandbox/clock")
        assert again["ahead"] == time["ahead"] > 86_000_000
        assert again["now"] >= time["now"]
        after = (taxpayer.history(), taxpayer.mirrored(), taxpayer.charges(), taxpayer.get("/sat-lists"))
        assert after == before
        assert len(files) == 13
        assert taxpayer.package(done) == files
        assert taxpayer.request(*QUARTER[2]) == {"request_id": open, "duplicate": True, "status": "pending"}
        taxpayer.advance(seconds=300)
        assert taxpayer.status(failing)["status"] == "failed"
        assert len(taxpayer.package(open)) == 12
        assert len(taxpayer.charges()) == len(taxpayer.mirrored()) == 25
        taxpayer.advance(days=1)
        schedule = taxpayer.get("/invoices/download/schedule")["schedule"]
        assert schedule["lastRunAt"] == pytest.approx(again["now"], abs=86_400_000)
        assert schedule["lastRunStatus"] == "success"
