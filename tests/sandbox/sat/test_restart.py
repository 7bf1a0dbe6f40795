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
        counts = sandbox.summary()
        assert (counts["charges"], counts["charged_more_than_once"]) == (25, 0)
        taxpayer.get(f"/invoices/download/invoice/{taxpayer.mirrored()[0]['uuid']}")
        assert sandbox.summary()["charged_more_than_once"] == 1
        taxpayer.advance(days=1)
        schedule = taxpayer.get("/invoices/download/schedule")["schedule"]
        assert schedule["lastRunAt"] == pytest.approx(again["now"], abs=86_400_000)
        assert schedule["lastRunStatus"] == "success"


def test_a_kill_in_the_middle_charges_nothing_twice(tmp_path: Path) -> None:
    """A request whose end was half written is ended anew: each XML is mirrored and paid for once."""
    with SandboxProcess(seed=5, data=tmp_path) as sandbox:
        taxpayer = Taxpayer(sandbox, "team_half")
        taxpayer.steer(ready=True)
        id = taxpayer.request(*QUARTER[0])["request_id"]
        taxpayer.advance(seconds=300)
        sandbox.kill()
        file = tmp_path / "sandbox.jsonl"
        lines = file.read_text().splitlines(keepends=True)
        paid = [n for n, line in enumerate(lines) if '"kind":"charge"' in line]
        file.write_text("".join(lines[: paid[6] + 1]))
        sandbox.start()
        taxpayer.advance(seconds=300)
        uuids = [row["uuid"] for row in taxpayer.charges()]
        assert len(uuids) == len(set(uuids)) == len(taxpayer.mirrored()) == 12
        assert len(taxpayer.package(id)) == 12
