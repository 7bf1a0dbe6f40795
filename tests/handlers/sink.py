"""A local HTTP sink for notices: it can be down, slow to believe, and it tells what came and when."""

import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server(ThreadingHTTPServer):
    """Stays quiet when a client goes away."""

    daemon_threads = True
    allow_reuse_address = True
    sink: "Sink"


class Sink:
    """Answers with `status`; `got` is what it has taken, `at` the time of each by `clock`."""

    def __init__(self, clock: Callable[[], int] = lambda: 0, tls: ssl.SSLContext | None = None) -> None:
        self.clock = clock
        self.tls = tls
        self.status = 200
        self.got: list[dict[str, Any]] = []
        self.raw: list[tuple[dict[str, str], bytes]] = []
        self.at: list[int] = []
        self.asked = 0
        self._server: Server | None = None
        self.port = 0
        self.start()

    def start(self) -> None:
        """Come up, on the same port as before."""
        self._server = Server(("127.0.0.1", self.port), Taker)
        self._server.sink = self
        self.port = self._server.server_port
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Go down: nobody listens at the port."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def url(self) -> str:
        """Its address for Apprise."""
        return f"json://127.0.0.1:{self.port}/a-secret-token"

    @property
    def titles(self) -> list[str]:
        """The titles that came."""
        return [each["title"] for each in self.got]


class Taker(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_POST(self) -> None:
        """Take it, or refuse."""
        sink, body = self.server.sink, self.rfile.read(int(self.headers["content-length"]))
        sink.asked += 1
        if sink.status < 300:
            sink.got.append(json.loads(body))
            sink.raw.append(({name.lower(): value for name, value in self.headers.items()}, body))
            sink.at.append(sink.clock())
        self.send_response(sink.status)
        self.send_header("location", "http://127.0.0.1:9/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
