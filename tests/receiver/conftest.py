"""A receiver behind its real server, in this process, for raw sockets to talk to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from gigstack_events.ledger import AsyncLedger
from receiver.app import create_app
from receiver.server import create_server
from tests.receiver.making import settings
from tests.stack import eventually

Serve = Callable[..., int]


@contextmanager
def running(redis_url: str, verify: str, body_timeout: float, **bounds: float) -> Iterator[int]:
    chosen = settings(verify, redis_url, body_timeout=str(body_timeout), max_body="10000")
    server = create_server(create_app(chosen, AsyncLedger(redis_url)), chosen, "127.0.0.1", 0, **bounds)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started)
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def serve(redis_url: str) -> Iterator[Serve]:
    """Start receivers with bounds of one's choice; each gives its port and ends with the test."""
    with ExitStack() as stack:

        def start(verify: str = "token", body_timeout: float = 5, **bounds: float) -> int:
            return stack.enter_context(running(redis_url, verify, body_timeout, **bounds))

        yield start
