"""Other sides to talk to: an API made of replies, and a server that speaks raw bytes."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from gigstack_events.api import Gigstack

KEY = "sk_live_0123456789abcdef"


class Api:
    """Answers with the given replies in turn, the last one again and again, and keeps what it was asked."""

    def __init__(self, *replies: httpx.Response | Exception) -> None:
        self.requests: list[httpx.Request] = []
        self._replies = list(replies)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    def gigstack(self, key: str = KEY, **options: Any) -> Gigstack:
        transport = httpx.MockTransport(self)
        return Gigstack(key, base_url="https://api.example/v2", transport=transport, **options)

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]


def ok(data: object = None, **beside: object) -> httpx.Response:
    return httpx.Response(200, json={"success": True, "message": "ok", "data": data, **beside})


def newer(status: int, code: str, message: str = "told", details: object = None) -> httpx.Response:
    error = {"code": code, "message": message, "details": details}
    return httpx.Response(status, json={"success": False, "error": error})


def documented(status: int, code: str, message: str = "told") -> httpx.Response:
    return httpx.Response(status, json={"message": message, "error": code})


@contextmanager
def raw_server(answer: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """Serve connections one after the other: `answer` gets each with its first bytes, then it is closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, answer), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


def _serve(listener: socket.socket, answer: Callable[[socket.socket, bytes], None]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                answer(connection, connection.recv(65_536))
            except OSError:
                continue  # the client hung up first, as it should


def http(body: object) -> bytes:
    content = json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(content) + content
