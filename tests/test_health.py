"""The container's health check."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gigstack_events.health import healthy, receiver_port


class Door(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python -m receiver --host 0.0.0.0 --port 9000", 9000),
        ("/sbin/docker-init -- python -m receiver --port=9000", 9000),
        ("python -m receiver", 8000),
        ("python -m workers", None),
        ("", None),
    ],
)
def test_the_command_tells_whether_there_is_a_door(command: str, expected: int | None) -> None:
    """One image serves several parts; only the receiver can be asked."""
    assert receiver_port(command.split()) == expected


def test_a_receiver_that_answers_is_healthy(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own word counts: 200 and nothing else."""
    assert healthy(port)
    monkeypatch.setattr(Door, "status", 500)
    assert not healthy(port)


def test_a_receiver_that_is_silent_is_not() -> None:
    """A connection without an answer is not enough."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as unserved:
        assert not healthy(unserved.server_address[1], timeout=0.1)


def test_what_has_no_door_counts_as_healthy() -> None:
    """Workers are watched by their supervisor."""
    assert healthy(None)
