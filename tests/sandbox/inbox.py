"""An endpoint for the sandbox's deliveries."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Delivered:
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)


class Inbox:
    """Takes deliveries and answers each with the next of `statuses`, then with 202."""

    def __init__(self, *statuses: int) -> None:
        self.delivered: list[Delivered] = []
        self._statuses = list(statuses)
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, count: int) -> list[Delivered]:
        with self._arrived:
            arrived = self._arrived.wait_for(lambda: len(self.delivered) >= count, timeout=15)
        assert arrived, f"{len(self.delivered)} of {count} deliveries came"
        return self.delivered[:count]

    def take(self, delivered: Delivered) -> int:
        with self._arrived:
            self.delivered.append(delivered)
            self._arrived.notify_all()
            return self._statuses.pop(0) if self._statuses else 202

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(inbox.take(Delivered(headers, body)))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler
