"""Logs: what an operator and a log collector see."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.contextvars import bound_contextvars

from gigstack_events.logs import configure_logs, hide_secrets


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _undo() -> Iterator[None]:
    root, access = logging.getLogger(), logging.getLogger("uvicorn.access")
    before = (list(root.handlers), root.level, access.disabled)
    yield
    root.handlers[:], level, access.disabled = before
    root.setLevel(level)
    structlog.reset_defaults()


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_file_gets_one_json_object_per_line() -> None:
    """Each line has a name, a level, a time in UTC and its values."""
    out = io.StringIO()
    configure_logs(stream=out)
    structlog.get_logger().info("delivery.accepted", ms=3)
    [line] = written(out)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"message": "delivery.accepted", "level": "info", "ms": 3}


def test_a_terminal_gets_words_for_eyes() -> None:
    """On a terminal the same line is text, unless JSON is asked for."""
    out = Terminal()
    configure_logs(stream=out)
    structlog.get_logger().info("delivery.accepted", ms=3)
    assert "delivery.accepted" in out.getvalue()
    assert not out.getvalue().startswith("{")
    configure_logs(stream=out, force_json=True)
    structlog.get_logger().info("run.done")
    assert json.loads(out.getvalue().splitlines()[-1])["message"] == "run.done"


def test_the_event_at_hand_is_on_every_line() -> None:
    """The bound event id reaches our own lines and those of libraries."""
    out = io.StringIO()
    configure_logs(stream=out)
    with bound_contextvars(event="evt_1"):
        structlog.get_logger().info("run.started")
        logging.getLogger("some.library").warning("slow %s", "answer")
    structlog.get_logger().info("worker.idle")
    assert [line.get("event") for line in written(out)] == ["evt_1", "evt_1", None]
    assert written(out)[1]["message"] == "slow answer"


def test_levels_hold_for_libraries_too() -> None:
    """What is below the level is left out, and chatty libraries only warn."""
    out = io.StringIO()
    configure_logs("info", stream=out)
    structlog.get_logger().debug("a.detail")
    for name in ("httpx", "httpcore.connection", "rq.worker", "uvicorn.error"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("trouble")
    assert [line["message"] for line in written(out)] == ["trouble"] * 4


def test_access_logs_are_off() -> None:
    """A path may end with a secret token, so uvicorn's access log stays silent at every level."""
    out = io.StringIO()
    configure_logs("debug", stream=out)
    logging.getLogger("uvicorn.access").error("POST /webhooks/gigstack/hunter2")
    assert out.getvalue() == ""


def test_a_second_configuration_replaces_the_first() -> None:
    """Lines are not written twice, and the old stream is left alone."""
    first, second = io.StringIO(), io.StringIO()
    configure_logs(stream=first)
    configure_logs("error", stream=second)
    logging.getLogger("some.library").error("once")
    structlog.get_logger().error("once")
    assert (first.getvalue(), len(written(second))) == ("", 2)


@pytest.mark.parametrize("out", [io.StringIO(), Terminal()], ids=["file", "terminal"])
def test_tracebacks_hold_no_variables(out: io.StringIO) -> None:
    """An error shows where it happened, never the values that were at hand."""
    configure_logs(stream=out)
    try:
        password = "hunter" + "2"
        int([password][1])
    except IndexError:
        structlog.get_logger().exception("run.failed")
        logging.getLogger("some.library").exception("run.failed")
    assert out.getvalue().count("test_tracebacks_hold_no_variables") == 2
    assert "hunter2" not in out.getvalue()


@pytest.mark.parametrize(
    "key",
    [
        "authorization",
        "Authorization",
        "api_key",
        "test_api_key",
        "X-Api-Key",
        "webhook_secrets",
        "token",
        "body",
        "headers",
    ],
)
def test_values_that_look_secret_are_masked(key: str) -> None:
    """Should a secret or a payload be logged by mistake, its key gives it away, at any depth."""
    line: Any = {"message": "x", key: "hunter2", "deep": {"list": [{key: "hunter2"}, ("hunter1",)]}}
    shown = hide_secrets(None, "", line)
    assert "hunter2" not in repr(shown)
    assert "hunter1" in repr(shown)


def test_the_mask_is_on(capsys: pytest.CaptureFixture[str]) -> None:
    """Our lines and those of libraries pass it, on standard error where no stream is named."""
    configure_logs()
    structlog.get_logger().info("x", token="hunter2")
    logging.getLogger("some.library").warning("x", extra={"token": "hunter2"})
    with bound_contextvars(api_key="hunter2"):
        structlog.get_logger().info("x")
    shown = capsys.readouterr().err
    assert (len(shown.splitlines()), shown.count("[hidden]"), shown.count("hunter2")) == (3, 2, 0)


def test_sizes_and_names_are_not_masked() -> None:
    """Values about a body or a token that are no secrets stay readable."""
    line: Any = {"body_size": 3, "secret_file": "/run/secrets/x", "tokens_left": 2, "body": None}
    assert hide_secrets(None, "", line) == line


@given(
    st.dictionaries(
        st.text(), st.recursive(st.integers() | st.text(), lambda inner: st.lists(inner)), max_size=5
    )
)
def test_any_line_can_be_masked(line: dict[str, Any]) -> None:
    """The mask takes values as they come and drops no key."""
    assert list(hide_secrets(None, "", dict(line))) == list(line)


def test_lines_are_short() -> None:
    """A long text loses its middle, a line without end all but its names; it stays one object of JSON."""
    out = io.StringIO()
    configure_logs(stream=out)
    structlog.get_logger().info("x", text="a" * 600 + "b" * 600, small=1)
    structlog.get_logger().info("y", rule="act", many=["c" * 900] * 100)
    logging.getLogger("some.library").warning("d" * 1_000_000)
    first, second, third = written(out)
    half = 500
    assert first["text"] == "a" * half + " [200 characters left out] " + "b" * half
    assert (first["small"], second["rule"], "many" in second) == (1, "act", False)
    assert second["left_out"] > 90_000
    assert third["message"].startswith("d" * half + " [999000 characters")
    assert max(map(len, out.getvalue().splitlines())) < 4096
