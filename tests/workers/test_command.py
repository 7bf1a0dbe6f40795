"""`python -m workers` as a user types it."""

import os
import subprocess
import sys

import pytest

from gigstack_events.errors import ConfigurationError
from tests.stack import ROOT
from tests.workers.crew import Crew
from workers.worker import wait_for

MISTYPED = {"GIGSTACK_HANDLERS": "*", "GIGSTACK_HANDLER_STAMP_RECEIPTS": '{"dryrun": true}'}
ABSENT = {"REDIS_URL": "redis://127.0.0.1:9"}


def run(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "workers", *args],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_list_shows_handlers_events_and_sources() -> None:
    """Each handler with its events and where it comes from, and whether it is on."""
    shown = run("--list", GIGSTACK_HANDLERS="stamp_receipts").stdout
    assert "on   stamp_receipts  payment.succeeded receipt.created  (handlers/stamp_receipts.py)" in shown


def test_list_without_any_says_what_to_do() -> None:
    """Nothing runs that is not named, and the list says how to name it."""
    shown = run("--list").stdout
    assert "off  stamp_receipts" in shown
    assert "name them in GIGSTACK_HANDLERS" in shown


def test_list_shows_what_is_broken(crew: Crew) -> None:
    """A module that does not load is listed with its error and its place."""
    (crew.handlers / "broken.py").write_text("\nimport nowhere\n")
    shown = run("--list", GIGSTACK_HANDLERS_DIR=str(crew.handlers)).stdout
    assert "broken.py: ModuleNotFoundError: No module named 'nowhere' (broken.py:2)" in shown


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, "REDIS_URL"),
        ({"REDIS_URL": "redis://127.0.0.1:6379", "GIGSTACK_LEASE": "soon"}, "GIGSTACK_LEASE"),
        ({**ABSENT, "GIGSTACK_HANDLERS": "stamp_receipt"}, "did you mean 'stamp_receipts'"),
        ({**ABSENT, **MISTYPED}, "did you mean 'dry_run'"),
    ],
)
def test_bad_configuration_is_told_without_a_traceback(env: dict[str, str], said: str) -> None:
    """Code 2, the variable's name, and what to do."""
    done = run(**env)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_newer_ledger_is_refused(crew: Crew) -> None:
    """A program does not work on a ledger that it does not understand."""
    crew.ledger.redis.set("gs:schema", 99)
    done = run(REDIS_URL=crew.url)
    assert done.returncode == 2
    assert "schema 99" in done.stderr


def test_worker_that_finds_redis_late_looks_at_the_schema_too(crew: Crew) -> None:
    """Where Redis was away at the start, each worker refuses what the start would have refused."""
    crew.ledger.redis.set("gs:schema", 99)
    with pytest.raises(ConfigurationError, match="schema 99"):
        wait_for(crew.ledger)


def test_missing_handler_is_listed(crew: Crew) -> None:
    """An enabled handler that may stand in a broken module is named, and the code says so."""
    (crew.handlers / "broken.py").write_text("import nowhere")
    done = run("--list", GIGSTACK_HANDLERS="thank", GIGSTACK_HANDLERS_DIR=str(crew.handlers))
    assert done.returncode == 1
    assert "MISSING  thank: enabled, but not found" in done.stdout
