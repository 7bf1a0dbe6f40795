"""The sandbox's page of the manual: what it shows can be typed."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.stack import ROOT

SEED = 7
PAGE = (ROOT / "docs" / "sandbox.md").read_text()
LINES = re.findall(r"^curl .*$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def own() -> Iterator[SandboxProcess]:
    """A sandbox whose time and faults are nobody else's."""
    with SandboxProcess(seed=SEED) as sandbox:
        print(f"sandbox seed {SEED}")
        yield sandbox


@pytest.mark.parametrize("line", LINES)
def test_each_line_is_understood(own: SandboxProcess, line: str) -> None:
    """Every curl line of the page is answered with a success."""
    shell = {"PATH": os.environ["PATH"], "SANDBOX": own.url}
    command = ["bash", "-euc", line.replace("curl -s", "curl -sS --fail-with-body --max-time 10", 1)]
    done = subprocess.run(command, env=shell, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_python_lines_run() -> None:
    """The example of a sandbox in a test does what it says."""
    (text,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(text, {})  # noqa: S102 - the page's own text


def test_the_start_is_right() -> None:
    """The options of the first line exist."""
    (line,) = re.findall(r"^python -m (gigstack_events\.sandbox .*)$", PAGE, re.MULTILINE)
    command = [sys.executable, "-m", *line.split(), "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
