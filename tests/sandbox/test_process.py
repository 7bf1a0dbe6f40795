"""The sandbox as a program."""

import queue
import socket
import subprocess
import sys
import time

import pytest

from gigstack_events.api import Gigstack
from gigstack_events.sandbox.process import SandboxProcess
from tests.api.stand_in import raw_server


def test_it_ends_within_a_second_of_sigterm_even_in_the_middle_of_a_stamp() -> None:
    """An open connection and a running stamp do not keep it."""
    with SandboxProcess(stamp_delay=(20, 20)) as sandbox:
        [id] = sandbox.pay(receipts=1, late=0)["receipts"]
        port = int(sandbox.url.rsplit(":", 1)[1])
        request = (
            f"POST /receipts/{id}/stamp HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_live_sandbox\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(request.encode())
            until = time.monotonic() + 10
            while not any(call["op"] == "receipts.stamp" for call in sandbox.journal()["calls"]):
                assert time.monotonic() < until
            process = sandbox.process
            assert process is not None
            started = time.monotonic()
            sandbox.stop()
            assert time.monotonic() - started < 1
            assert process.returncode == 0


def test_it_ends_with_the_program_that_started_it() -> None:
    """A killed test run leaves no sandbox behind."""
    sandbox = SandboxProcess().start()
    process = sandbox.process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=10) == 0
    sandbox.stop()


def test_it_can_be_killed_and_started_again() -> None:
    """Its state is in memory and ends with it."""
    sandbox = SandboxProcess()
    with sandbox:
        sandbox.pay(receipts=1, late=0)
        sandbox.kill()
        sandbox.start()
        assert sandbox.summary()["receipts"] == 0


def test_a_port_in_use_is_told_in_one_sentence() -> None:
    """No traceback for an everyday mistake."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "gigstack_events.sandbox", "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr.strip() == f"The sandbox cannot listen on 127.0.0.1:{port}: Address already in use"


def test_calls_after_the_end_say_so() -> None:
    """Not an obscure connection error."""
    with pytest.raises(RuntimeError, match="does not run"):
        SandboxProcess().summary()


def test_waiting_until_all_is_through() -> None:
    """Late receipts and deliveries come to an end, also those that nobody takes."""
    with SandboxProcess(delivery_attempts=2, delivery_backoff=0.05) as sandbox:
        sandbox.call("POST", "/webhooks", {"url": "http://127.0.0.1:9", "events": ["payment.succeeded"]})
        sandbox.pay(receipts=2, late=0.1)
        with pytest.raises(TimeoutError, match="still has work"):
            sandbox.wait_until_quiet(within=0)
        counts = sandbox.wait_until_quiet()
        assert (counts["receipts"], counts["deliveries"]) == (2, 2)


def test_an_endpoint_that_does_not_answer_in_time_is_tried_again() -> None:
    """A delivery waits for its answer only so long, as the real sender does."""
    asked: queue.Queue[bytes] = queue.Queue()

    def answer(connection: socket.socket, request: bytes) -> None:
        asked.put(request)
        connection.recv(1_000_000)
        connection.recv(1)  # returns when the sender hangs up

    impatient = SandboxProcess(delivery_timeout=0.2, delivery_backoff=0.01, delivery_attempts=2)
    with raw_server(answer) as url, impatient as sandbox:
        sandbox.call("POST", "/webhooks", {"url": url, "events": ["payment.succeeded"]})
        sandbox.pay(receipts=1, late=0)
        asked.get(timeout=10)
        asked.get(timeout=10)
        sandbox.wait_until_quiet()
        errors = [row["error"] for row in sandbox.journal()["deliveries"]]
    assert errors == ["TimeoutError", "TimeoutError"]


def test_null_rows_can_be_asked_for() -> None:
    """The real API's lists may hold null rows; the client must not stumble over them."""
    with SandboxProcess(null_rows=1.0, stamp_delay=(0, 0)) as sandbox:
        sandbox.pay(receipts=3, late=0)
        assert None in sandbox.call("GET", "/receipts")["data"]
        with Gigstack("sk_live_sandbox", base_url=sandbox.url) as gigstack:
            assert len(list(gigstack.receipts.list(limit=2))) == 3
