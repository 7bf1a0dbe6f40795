"""The protocol below the application: bounds on headers, time and connections that uvicorn does not set.

httptools keeps as many header bytes as anybody cares to send, and uvicorn waits for them without end.
"""

import asyncio
import json
from typing import Any, Literal

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

LINGER = 1.0
"""Seconds from our last word to the close: closing on data that nobody read would take the word back."""

log = structlog.get_logger()


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol with bounds; sizes in bytes, times in seconds.

    `head_limit` bounds request line, headers and trailers, `body_limit` the length that a head announces;
    `head_timeout` bounds the time until the headers are complete, and `message_timeout` until the body is,
    should the application not read it.
    """

    head_limit = 16 * 1024
    body_limit = 1024 * 1024
    head_timeout = 10.0
    message_timeout = 60.0
    most_connections = 1024

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._place: Literal["idle", "head", "body"] = "idle"
        self._finished = False  # a message ended in the present chunk
        self._unread = 0  # bytes that came since and are neither whole headers nor body
        self._refused = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        """Start the clock, or send the caller away when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            self._refuse(503, "There are too many connections; try again in a few seconds.")
        else:
            self._set_deadline(self.head_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._clear_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse a chunk, then see whether the sender keeps within the bounds."""
        if self._over():
            return
        before, self._finished = self._place, False
        self._unread += len(data)
        super().data_received(data)
        if self._over():
            return
        if self._unread > self.head_limit:
            self._refuse_head()
            return
        if self._finished:
            self._clear_deadline()
            if self._place == "idle":
                return  # from here on uvicorn's keep-alive timeout counts
        if self._place == "body" and (self._finished or before != "body"):
            self._set_deadline(self.message_timeout)
        elif self._deadline is None:
            self._set_deadline(self.head_timeout)

    def on_message_begin(self) -> None:
        """Note that headers follow."""
        self._place = "head"
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a field of the head; one of the trailer comes too late to prove or change anything."""
        if self._place == "head":
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hand the request to the application unless its head, or the body it announces, is too large."""
        self._place, self._unread = "body", 0
        size = len(self.url) + sum([len(name) + len(value) + 4 for name, value in self.headers])
        if size > self.head_limit:
            self._refuse_head()
        elif any(int(value) > self.body_limit for name, value in self.headers if name == b"content-length"):
            self._refuse(413, f"The body is larger than {self.body_limit} bytes.")
        elif self.parser.should_upgrade():
            # The parser takes the body of such a request for another protocol: it would be lost
            self._refuse(400, "There is only HTTP/1.1 here; send the request without an upgrade.")
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass the body on."""
        self._unread = 0
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that a message is complete."""
        self._place, self._unread, self._finished = "idle", 0, True
        if not self._refused:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP as everything else is answered."""
        self._refuse(400, "This is not a valid HTTP/1.1 request.")

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: it has been refused by now, and logged."""

    def _refuse_head(self) -> None:
        self._refuse(431, f"The headers are larger than {self.head_limit} bytes.")

    def _too_slow(self) -> None:
        request = self._request()
        answered = request is not None and request.response_complete
        if self._place == "idle" or (self._place == "body" and answered):
            self.transport.close()
        else:
            self._refuse(408, "The request did not arrive in time.")

    def _refuse(self, status: int, why: str) -> None:
        """Answer in the application's place, once, and end the connection."""
        self._refused = True
        self._clear_deadline()
        self._unset_keepalive_if_required()
        if not self._may_answer():
            self.transport.close()
            return
        log.warning("connection.refused", status=status, reason=why)
        body = json.dumps({"status": "refused", "error": why}).encode()
        fields = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n" % len(body)
        retry = b"retry-after: 5\r\n" if status == 503 else b""
        self.transport.write(b"%b%b%b\r\n%b" % (STATUS_LINE[status], fields, retry, body))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._deadline = self.loop.call_later(LINGER, self.transport.close)

    def _may_answer(self) -> bool:
        """Take the answer over from a request that is still arriving; no other answer may be due."""
        request = self._request()
        if self.pipeline or self.transport.is_closing():
            return False
        if request is None or request.response_complete:
            return True
        if request.response_started or not request.more_body:
            return False
        request.disconnected = True  # the application is told that the sender is gone, and writes nothing
        request.message_event.set()
        return True

    def _request(self) -> RequestResponseCycle | None:
        return self.cycle  # uvicorn's own annotation leaves out that there is none at first

    def _over(self) -> bool:
        return self._refused or self.transport.is_closing()

    def _set_deadline(self, seconds: float) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(seconds, self._too_slow)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
