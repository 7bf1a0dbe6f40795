"""One line per call: what an operator finds in the log, and what nobody ever does."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from structlog.contextvars import bound_contextvars

from gigstack_events.api import NotFound, ServerFault, Tries
from gigstack_events.logs import configure_logs
from tests.api.stand_in import KEY, Api, ok
from tests.stack import ROOT

PERSON = "Ana Torres"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """The log of this process, at the most talkative level."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    stream = io.StringIO()
    configure_logs("debug", stream=stream)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    """What was logged of calls."""
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    return [line for line in found if line["message"] == "gigstack.call"]


def test_a_line_tells_how_a_call_went(out: io.StringIO) -> None:
    """Which call, how it ended, how long it took, for whom."""
    gigstack = Api(ok({"id": "receipt_1"})).gigstack(team="team_a").bound(event_id="evt_1")
    gigstack.receipts.stamp("receipt_1")
    [line] = lines(out)
    assert line.pop("ms") >= 0
    assert line.pop("timestamp")
    assert line == {
        "message": "gigstack.call",
        "level": "info",
        "method": "POST",
        "path": "/receipts/receipt_1/stamp",
        "status": 200,
        "tries": 1,
        "outcome": "done",
        "mode": "live",
        "team": "team_a",
        "event": "evt_1",
    }


def test_a_failure_names_its_error_and_what_it_means(out: io.StringIO) -> None:
    """Many tries are one line; the outcome says what a write may assume."""
    gigstack = Api(httpx.Response(503)).gigstack("sk_test_x", tries=Tries(sleep=lambda seconds: None))
    with pytest.raises(ServerFault):
        gigstack.receipts.get("receipt_1")
    with pytest.raises(ServerFault):
        gigstack.receipts.stamp("receipt_1")
    read, write = lines(out)
    assert (read["error"], read["status"], read["tries"], read["outcome"]) == (
        "ServerFault",
        503,
        3,
        "not_done",
    )
    assert (write["error"], write["tries"], write["outcome"], write["mode"]) == (
        "ServerFault",
        1,
        "unknown",
        "test",
    )


def test_reads_are_told_at_debug_only(out: io.StringIO) -> None:
    """A list may be a hundred calls; writes and failures are few, and what is looked for."""
    api = Api(ok({"id": "x"}), ok({"id": "x"}), httpx.Response(404))
    gigstack = api.gigstack()
    gigstack.receipts.get("x")
    gigstack.receipts.cancel("x")
    with pytest.raises(NotFound):
        gigstack.receipts.get("x")
    assert [line["level"] for line in lines(out)] == ["debug", "info", "info"]


def test_a_worker_s_context_is_on_the_line(out: io.StringIO) -> None:
    """Event and run are bound by the engine, and stand there once."""
    with bound_contextvars(event="e123", run="r456"):
        Api(ok({})).gigstack().bound(event_id="e123").receipts.stamp("receipt_1")
    [line] = lines(out)
    assert (line["event"], line["run"], "event_id" in line) == ("e123", "r456", False)


def test_no_key_no_person_no_query_is_logged(out: io.StringIO) -> None:
    """Not what was sent, not what came back, not what an error quotes."""
    refusal = httpx.Response(400, json={"error": "validation_failed", "message": f"{PERSON} {KEY}"})
    gigstack = Api(ok({"id": "c", "name": PERSON}), ok([], found=0), refusal).gigstack()
    gigstack.clients.create(name=PERSON, email="ana@example.com")
    list(gigstack.clients.search("ana@example.com"))
    with pytest.raises(Exception, match="validation_failed"):
        gigstack.clients.create(name=PERSON)
    assert len(lines(out)) == 3
    for secret in (KEY, PERSON, "ana@example.com"):
        assert secret not in out.getvalue()


def test_what_others_add_to_a_line_stays_out(out: io.StringIO) -> None:
    """Only the fields of a call are taken over from the standard library's lines."""
    logging.getLogger("some.library").warning("x", extra={"payload": PERSON, "path": "/ok"})
    assert PERSON not in out.getvalue()


def test_a_guard_s_objection_is_a_line_too(out: io.StringIO) -> None:
    """Whatever ended a call is named."""

    def object_to(safe: bool) -> None:
        raise PermissionError

    with pytest.raises(PermissionError):
        Api(ok({})).gigstack().bound(guard=object_to).receipts.stamp("receipt_1")
    [line] = lines(out)
    assert (line["error"], "outcome" in line) == ("PermissionError", False)


def test_a_lone_script_prints_nothing() -> None:
    """Who sets no logging up sees none, not even of failures; and structlog is not loaded for it."""
    program = """
import sys
from gigstack_events.api import ApiError, Gigstack
try:
    Gigstack("sk_live_x", base_url="http://127.0.0.1:1").receipts.stamp("receipt_1")
except ApiError as error:
    print(type(error).__name__, "structlog" in sys.modules, "redis" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("NotSent False False\n", "")
