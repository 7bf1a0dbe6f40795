"""The client under fire: a short form of `benchmarks.faults`, and proof that its judge is awake."""

import re
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.caller import Noted
from benchmarks.verdict import judge
from tests.stack import ROOT

SHORT = ["--calls", "200", "--limit", "120", "--rate", "600", "--recovery", "6"]


def test_under_fire_nothing_is_done_twice_and_nothing_unexpected_comes_out() -> None:
    """Four processes, every kind of fault: all errors are of the tree, and all that they say is true."""
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.faults", "--seed", "3", *SHORT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for line in ("unexpected errors", "duplicated writes", "wrong outcomes"):
        assert re.search(rf"^{line} +0$", ended.stdout, re.MULTILINE), ended.stdout
    assert re.search(r"^all +200 ", ended.stdout, re.MULTILINE), ended.stdout


def call(tag: str, **facts: Any) -> dict[str, Any]:
    """A line of the journal."""
    entry = {"op": "receipts.create", "method": "POST", "acted": True, "key": None, "made": None}
    return {**entry, "event_id": tag, "status": 200, "fault": None, **facts}


@pytest.mark.parametrize(
    "calls",
    [
        [call("a", made="receipt_1"), call("a", made="receipt_2")],
        [call("a", op="clients.update", method="PUT")] * 2,
        [call("a", key="k", made="receipt_1"), call("a", key="k", made="receipt_2")],
        [call("a", key="k", made="receipt_1"), call("a", key="other", made=None)],
    ],
)
def test_a_write_that_was_done_twice_is_found(calls: list[dict[str, Any]]) -> None:
    """With a key or without one."""
    verdict = judge([Noted("a", "create receipt", "unknown", "NoAnswer")], calls, [])
    assert len(verdict.duplicates) == 1
    assert not verdict.holds


def test_a_repeated_key_is_no_second_write() -> None:
    """The API answered again with what it had made."""
    calls = [call("a", key="k", made="receipt_1"), call("a", key="k")]
    assert judge([Noted("a", "create receipt", "done")], calls, []).holds


def test_a_receipt_with_two_cfdis_is_found() -> None:
    """Whatever the calls looked like."""
    cfdis = [{"type": "I", "made_from": ["receipt_1"]}] * 2
    assert judge([], [], cfdis).duplicates == ["receipt_1 has 2 CFDIs"]


@pytest.mark.parametrize(
    ("outcome", "acted", "true"),
    [
        ("done", True, True),
        ("done", False, False),
        ("not_done", False, True),
        ("not_done", True, False),
        ("unknown", True, True),
        ("unknown", False, True),
    ],
)
def test_what_an_error_says_of_the_outcome_is_checked(outcome: str, acted: bool, true: bool) -> None:
    """`not_done` was not done, and `done` was; of the unknown nothing is claimed."""
    noted = Noted("a", "stamp", outcome, "" if outcome == "done" else "RateLimited")
    assert judge([noted], [call("a", acted=acted)], []).holds is true


def test_an_error_that_nobody_documented_is_found() -> None:
    """Every exception is an `ApiError`."""
    noted = Noted("a", "stamp", "unknown", "KeyError: 'id'", expected=False)
    assert judge([noted], [], []).unexpected == ["stamp a: KeyError: 'id'"]


def test_only_the_rate_limits_own_429s_are_counted() -> None:
    """Those that are drawn as faults come as often at the end as at the start."""
    refused = call("a", status=429, acted=False)
    drawn = call("b", status=429, acted=False, fault="429")
    fine = call("c", method="GET")
    assert judge([], [refused, fine, drawn, fine, fine, fine, fine, fine], []).over_limit == [0.5, 0, 0, 0]
