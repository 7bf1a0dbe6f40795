"""The other side: takes notices and forwarded events, misbehaves by the seed, and writes all of it down.

What is in `seen` is evidence: one line for each request, with how it was answered. `unknown` says that
whoever sent it cannot tell whether it was taken.
"""

import json
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

PATIENCE_MS = 1500
"""What took longer may have been given up by its sender, who waits two seconds."""
UNKNOWN = ("500", "closed", "too slow")
LATE_S, TOO_LATE_S = 0.3, 2.6
REFUSED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Seen:
    """One request: `place` is the last part of its path, `at` and `ended` are epoch ms.

    `answer` is 200, 429, 400 (refused for good), 500, `late` (a 200), `closed` (read, never answered) or
    `too slow` (answered after its sender has given up). `signed`: by the secret of its place.
    """

    place: str
    answer: str
    at: int
    ended: int
    headers: Mapping[str, str]
    body: bytes
    signed: bool

    @property
    def taken(self) -> bool:
        """Whether its sender was told that it was taken."""
        return self.answer in ("200", "late")

    @property
    def unknown(self) -> bool:
        """Whether its sender cannot know."""
        return self.answer in UNKNOWN or self.ended - self.at > PATIENCE_MS


class Sink:
    """A server on a free port; `misbehave` is the share of requests that it answers badly.

    `secrets` are those of the places that get signed events.
    """

    def __init__(self, seed: int, misbehave: float, secrets: Mapping[str, str], log: Path) -> None:
        self.misbehaving = True
        self.seen: list[Seen] = []
        self._share = misbehave
        self._rng = random.Random(f"{seed}:sink")
        self._lock = threading.Lock()
        self._doubtful: set[tuple[str, bytes]] = set()
        self._log = log
        self._keys = {place: Webhook(secret) for place, secret in secrets.items()}
        self._server = _Server(("127.0.0.1", 0), _Taker)
        self._server.sink = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="sink").start()

    @property
    def host(self) -> str:
        """Its address."""
        return f"127.0.0.1:{self._server.server_port}"

    def choose(self, place: str, headers: Mapping[str, str], body: bytes) -> str:
        """How to answer; what a target refuses for good depends on the event alone.

        What was left in doubt is often refused when it comes again: that proves nothing about the first time.
        """
        if place == "crm" and _refused(headers.get("webhook-id", "")):
            return "400"
        with self._lock:
            if place == "witness" or not self.misbehaving:
                return "200"
            if (place, body) in self._doubtful and self._rng.random() < 0.5:
                return "429"
            if self._rng.random() >= self._share:
                return "200"
            answer = self._rng.choice(["500", "500", "429", "closed", "late", "late", "too slow"])
            if answer in UNKNOWN:
                self._doubtful.add((place, body))
            return answer

    def is_signed(self, place: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the library of the standard verifies it, with the secret of the place."""
        try:
            return place in self._keys and bool(self._keys[place].verify(body, dict(headers)))
        except WebhookVerificationError:
            return False

    def note(self, seen: Seen) -> None:
        """Keep a request."""
        with self._lock:
            self.seen.append(seen)

    def stop(self) -> None:
        """Go down, and write the log."""
        self._server.shutdown()
        self._server.server_close()
        with self._log.open("w", encoding="utf-8") as file:
            for seen in self.seen:
                row = {name: getattr(seen, name) for name in ("place", "answer", "at", "ended")}
                body = seen.body.decode(errors="replace")
                file.write(json.dumps({**row, "headers": dict(seen.headers), "body": body}) + "\n")


def _refused(id: str) -> bool:
    return random.Random(f"refused:{id}").random() < REFUSED_SHARE


class _Server(ThreadingHTTPServer):
    """Stays quiet when a client goes away."""

    daemon_threads = True
    request_queue_size = 128
    sink: Sink

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed client resets its connection."""


class _Taker(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take it, refuse it, or leave its sender in doubt."""
        at, sink = _now_ms(), self.server.sink
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        place = self.path.split("?")[0].strip("/")
        signed = sink.is_signed(place, headers, body)
        answer = sink.choose(place, headers, body)
        try:
            self._answer(answer)
        except OSError:
            answer = answer if answer in UNKNOWN else "closed"
        sink.note(Seen(place, answer, at, _now_ms(), headers, body, signed))

    def _answer(self, answer: str) -> None:
        if answer in ("late", "too slow"):
            time.sleep(LATE_S if answer == "late" else TOO_LATE_S)
        if answer == "closed":
            self.close_connection = True
            return
        self.send_response(int(answer) if answer.isdigit() else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
