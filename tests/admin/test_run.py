"""`run`: everything comes up, tells what happens, and ends cleanly however it ends."""

import json
import os
import re
import signal
import stat
import subprocess
from pathlib import Path

import httpx
import pytest

from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.views import Views
from tests.admin.conftest import Admin
from tests.admin.story import Story, url_of
from tests.making import accept, body_of, claimed
from tests.stack import ROOT, eventually

UP = "Or deliver an event by hand"


def lines_to_copy(text: str) -> list[str]:
    return re.findall(r"^(?:body=|id=|key=|signature=|curl ).*$", text, re.MULTILINE)


def test_run_stays_up_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    """The lines to copy work as printed; Ctrl-C ends all processes with 0, and the data stays."""
    with Story(tmp_path, "run", "--data", str(tmp_path / "data")) as story:
        text = story.wait_for("curl -i")
        assert text.count("stamped → CFDI") == 3
        assert httpx.get(url_of(text, "\\(also").rstrip(")"), timeout=5, trust_env=False).status_code == 200
        pay, *by_hand = lines_to_copy(text)
        for script in (pay, "\n".join(by_hand)):
            subprocess.run(["/bin/bash", "-ec", script], check=True, capture_output=True, timeout=20)
        eventually(lambda: story.text.count("stamp_receipts is done") >= 3, 20, story.text)
        assert story.text.count("stamped → CFDI") == 9
        assert "accepted  evt_by_hand" in story.text
        assert len(story.look()) >= 7
        operate = re.findall(r"operator +(.*)", text)[0]
        checked = subprocess.run(
            ["/bin/sh", "-ec", operate.replace("events list", "check")],
            cwd=ROOT, env={"PATH": os.environ["PATH"]},
            check=True, capture_output=True, text=True, timeout=20,
        )  # fmt: skip
        assert {line.split()[0] for line in checked.stdout.splitlines()} == {"OK"}
        assert stat.S_IMODE((tmp_path / "data" / "env").stat().st_mode) == 0o600
        assert story.end(signal.SIGINT) == 0
        assert story.alive() == set()
        assert "Everything has ended." in story.text
        assert "Traceback" not in story.text
    assert {path.name for path in (tmp_path / "data" / "logs").iterdir()} == {
        "sandbox.log",
        "receiver.log",
        "workers.log",
    }
    with EmbeddedRedis(tmp_path / "data" / "redis") as server:
        ledger = Ledger.at(server.url)
        assert [event.state for event in Views(ledger.redis).events().rows] == ["settled"] * 3
        ledger.redis.close()


def test_run_starts_again_on_its_data(tmp_path: Path) -> None:
    """A second start finds the first one's data; a third beside it is refused with a sentence."""
    data = str(tmp_path / "data")
    for turn in ("first", "second"):
        (tmp_path / turn).mkdir()
        with Story(tmp_path / turn, "run", "--data", data) as story:
            story.wait_for(UP)
            if turn == "second":
                with Story(tmp_path, "run", "--data", data) as beside:
                    assert beside.process.wait(20) == 2
                    assert "Another server works in" in beside.text
            assert story.end(signal.SIGTERM) == 0


@pytest.mark.parametrize(("words", "name"), [("-m receiver", "receiver"), ("-server", "Redis server")])
def test_death_of_a_part_ends_the_rest(tmp_path: Path, words: str, name: str) -> None:
    """When a part dies it is named, and nothing else is left running."""
    with Story(tmp_path, "run", "--data", str(tmp_path / "data")) as story:
        story.wait_for(UP)
        os.kill(story.child(words), signal.SIGKILL)
        assert story.process.wait(20) == 1
        assert f"The {name}" in story.text
        assert "Traceback" not in story.text
        assert story.alive() == set()


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"GIGSTACK_HANDLERS": "nobody"}, "no handler is called 'nobody'"),
        ({"GIGSTACK_HANDLER_STAMP_RECEIPTS": '{"most": 0}'}, "GIGSTACK_HANDLER_STAMP_RECEIPTS: most"),
        ({"GIGSTACK_LANES": "live"}, "GIGSTACK_LANES: write it like live=2,bulk=1"),
        ({"REDIS_URL": "redis://127.0.0.1:9"}, "Redis does not answer"),
    ],
)
def test_mistakes_end_the_start(tmp_path: Path, env: dict[str, str], told: str) -> None:
    """What the user's own environment gets wrong is told at once, and what ran already is ended."""
    with Story(tmp_path, "run", "--data", str(tmp_path / "data"), **env) as story:
        assert story.process.wait(30) == 2
        assert told in story.text
        assert "Traceback" not in story.text


def test_nothing_outlives_a_killed_story(tmp_path: Path) -> None:
    """SIGKILL leaves no time to clean up, and still no process stays behind."""
    with Story(tmp_path, "run", "--data", str(tmp_path / "data")) as story:
        story.wait_for(UP)
        story.end(signal.SIGKILL)
        eventually(lambda: not story.alive(), 10, "processes were left")


def test_real_events_are_left_alone(tmp_path: Path, redis_url: str) -> None:
    """A Redis with events that no sandbox sent is refused: its events would be acted on in the sandbox."""
    accept(redis_url, body_of())
    for command in (("run", "--data", str(tmp_path / "data")), ("demo",)):
        (tmp_path / command[0]).mkdir()
        with Story(tmp_path / command[0], *command, REDIS_URL=redis_url) as story:
            assert story.process.wait(20) == 2
            assert "not from a sandbox" in story.text


def test_runs_of_an_earlier_session_are_announced(tmp_path: Path, redis_url: str, ledger: Ledger) -> None:
    """What an earlier session left open cannot succeed, for its sandbox is gone; that is said at once."""
    claim = claimed(ledger, redis_url)
    ledger.finish(claim.run.id, claim.token, "waiting", reason="later", delay_ms=3_600_000)
    ledger.redis.set("gs:sandbox", 1)
    with Story(tmp_path, "run", "--data", str(tmp_path / "data"), REDIS_URL=redis_url) as story:
        text = story.wait_for(UP)
        assert "\n1 run of an earlier session is open; the sandbox of that session is gone: it will" in text
        assert story.end(signal.SIGINT) == 0


def test_own_redis_can_be_used(tmp_path: Path, redis_url: str, admin: Admin) -> None:
    """With REDIS_URL no server is started, `check` is content, and a second story beside it is refused.

    Handlers of one's own run beside the built-in one.
    """
    (tmp_path / "mine.py").write_text(
        "from gigstack_events import on\n@on('payment.succeeded')\ndef mine(event, ctx): ...\n"
    )
    own = {"REDIS_URL": redis_url, "GIGSTACK_HANDLERS_DIR": str(tmp_path), "GIGSTACK_HANDLERS": "mine"}
    with Story(tmp_path, "run", "--data", str(tmp_path / "data"), **own) as story:
        story.wait_for(UP)
        assert not (tmp_path / "data" / "redis").exists()
        checked = admin("check")
        assert checked.code == 0, checked.out
        assert "OK    lane live  workers alive: 2" in checked.out
        (tmp_path / "beside").mkdir()
        with Story(tmp_path / "beside", "demo", REDIS_URL=redis_url) as beside:
            assert beside.process.wait(20) == 2
            assert "Other workers serve" in beside.text
        journal = httpx.get(url_of(story.text, "its journal:").rstrip(")"), timeout=5, trust_env=False)
        assert len(json.loads(journal.content)["cfdis"]) == 3
        assert story.end(signal.SIGINT) == 0
