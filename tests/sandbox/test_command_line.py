"""Mistakes on the sandbox's command line, and what it says where the extra is not installed."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.types import Message

from gigstack_events.sandbox import bodies
from gigstack_events.sandbox.replies import Problem

_FORM = {"type": "http", "method": "POST", "headers": [(b"content-type", b"multipart/form-data; boundary=b")]}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "99999"], "--port is a number from 0 to 65535"),
        (["--port", "0", "--data", str(Path(__file__))], "cannot keep its state"),
        (["--sat-delay", "soon"], "soon is not FROM-TO in seconds"),
    ],
)
def test_a_mistake_is_told_in_a_line(arguments: list[str], told: str) -> None:
    """A wrong option ends the start with its reason, not with a traceback."""
    command = [sys.executable, "-m", "gigstack_events.sandbox", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_upload_names_the_extra_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package that reads forms, the answer says what to install."""
    monkeypatch.setattr(bodies, "find_spec", lambda name: None)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    with pytest.raises(Problem, match=r"gigstack-events\[sandbox\]"):
        asyncio.run(bodies.read_form(Request(_FORM, receive)))
