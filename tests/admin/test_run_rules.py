"""`run` with rules and handlers of one's own, and events that are sent to it by hand."""

import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.admin.conftest import Admin
from tests.admin.story import Story
from tests.stack import ROOT, eventually

RULES = """
[[rule]]
name = "large"
handler = "mine"
on = ["receipt.created"]
when = 'object.total > 1000'

[[rule]]
name = "gone"
handler = "mine"
on = ["receipt.deleted"]
"""
HANDLER = """
from gigstack_events import on

@on("receipt.*")
def mine(event, ctx):
    return "seen"
"""


def sent(env_file: Path, words: str, cwd: Path) -> str:
    """Type `send` in a shell that has read the env file, then the line that it prints last."""
    python = f"PYTHONPATH={ROOT} {sys.executable}"
    script = f". {env_file} && {python} -m admin send {words}"
    done = subprocess.run(
        ["/bin/sh", "-ec", script], cwd=cwd, env={"PATH": os.environ["PATH"]},
        capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (id,) = re.findall(r"-m admin events show (\S+)$", done.stdout.strip())
    return str(id)


def test_rules_are_tried_on_the_sandbox(tmp_path: Path, redis_url: str, admin: Admin) -> None:
    """Only what the rules want happens; `send` needs the env file alone.

    As no rule wants payments, nobody waits for the event of the first one.
    """
    (tmp_path / "rules.toml").write_text(RULES)
    (tmp_path / "mine.py").write_text(HANDLER)
    own = {"GIGSTACK_RULES": str(tmp_path / "rules.toml"), "GIGSTACK_HANDLERS_DIR": str(tmp_path)}
    with Story(tmp_path, "run", "--data", str(tmp_path / "data"), REDIS_URL=redis_url, **own) as story:
        text = story.wait_for("Or deliver an event by hand", within=30)
        assert "registered for receipt.created, receipt.deleted;" in text
        env_file = tmp_path / "data" / "env"
        large = sent(env_file, "receipt.created --set object.total=5000", tmp_path)
        small = sent(env_file, "receipt.created --set object.total=5", tmp_path)
        gone = sent(env_file, "receipt.deleted --test-mode", tmp_path)
        shown = {
            id: eventually(partial(settled, admin, id), said=f"{id}: {story.text}")
            for id in (large, small, gone)
        }
        assert story.end(signal.SIGINT) == 0
    assert [line for line in shown[large].splitlines() if "large" in line and "done" in line]
    assert "large" not in shown[small]
    assert "test" in shown[gone]
    assert [line for line in shown[gone].splitlines() if "gone" in line and "done" in line]


def settled(admin: Admin, id: str) -> str:
    """What `events show` says of an event at rest, or ''."""
    said = admin("events", "show", id)
    return said.out if said.code == 0 and "settled" in said.out else ""


def test_a_mistake_in_the_rules_ends_the_start(tmp_path: Path) -> None:
    """As for any other setting: a message with the line and the nearest word, exit code 2."""
    (tmp_path / "rules.toml").write_text(RULES.replace('"mine"', '"notifi"'))
    rules = str(tmp_path / "rules.toml")
    with Story(tmp_path, "run", "--data", str(tmp_path / "data"), GIGSTACK_RULES=rules) as story:
        assert story.process.wait(30) == 2
        assert "rules.toml:4" in story.text
        assert 'no handler is called "notifi"; did you mean' in story.text
        assert "Traceback" not in story.text
