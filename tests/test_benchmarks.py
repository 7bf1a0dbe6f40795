"""The benchmarks run and print what they promise; their figures are nobody's test."""

import subprocess
import sys

import pytest

from tests.stack import ROOT

DISPATCH = ["benchmarks.dispatch", "--events", "60", "--rounds", "1"]
ISOLATION = ["benchmarks.isolation", "--seconds", "0.5", "raises on import"]
MEMORY = ["benchmarks.memory", "--events", "300"]
SCALE = ["benchmarks.scale", "--events", "1000", "--queued", "1000", "--rounds", "2", "--batch", "50"]
SANDBOX = ["benchmarks.sandbox", "--requests", "100", "--rounds", "1"]
IMPORTS = ["benchmarks.imports", "--rounds", "1"]
RULES = ["benchmarks.rules", "--events", "20", "--rounds", "1"]
INGEST = ["benchmarks.ingest", "--requests", "320", "--rounds", "1"]


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        (DISPATCH, ["ours", "rq SimpleWorker", "rq Worker"]),
        (RULES, ["no other rules", "100 for other events", "100 with a condition"]),
        (ISOLATION, ["raises on import"]),
        (INGEST, ["bare Starlette", "HMAC", "the receiver"]),
        (SANDBOX, ["the sandbox, 20 clients", "calls to the sandbox"]),
        (IMPORTS, ["httpx and pydantic", "import gigstack_events", "the API client"]),
        (MEMORY, ["raw body", "in Redis, all in all", "after 31 days"]),
        (SCALE, ["accept,", "dispatch,", "sweep pass,"]),
    ],
)
def test_table_has_a_row_for_each_kind(command: list[str], rows: list[str]) -> None:
    """One run, one table, a ratio in each row."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    for row in rows:
        (line,) = [line for line in done.stdout.splitlines() if row in line]
        assert float(line.split()[-1]) > 0
