"""One call to the API: the request out, its answer back within a total time, or the right error."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from gigstack_events.api import errors
from gigstack_events.api.deadlines import DeadlineTransport
from gigstack_events.api.replies import Answer, read_answer
from gigstack_events.errors import ApiError

Guard = Callable[[bool], None]
"""Asked right before a request leaves whether it may; it is told whether the call is safe."""

_READS_TRIED = 3
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 2.0
# These come before the first byte of a request, on any transport.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of the API. `safe` calls change nothing there and may be repeated.

    `files` makes a form of it, `body` then holds its text fields. `timeout` is the call's total time in
    seconds, None: the connection's.
    """

    method: str
    path: str
    query: Mapping[str, Any]
    body: object
    headers: Mapping[str, str]
    safe: bool
    guard: Guard | None
    files: Mapping[str, tuple[str, bytes]] | None = None
    timeout: float | None = None

    @property
    def name(self) -> str:
        """Method and path, for messages; the query may hold personal data and stays out."""
        return f"{self.method} {self.path}"


class Connection:
    """The one `httpx.Client` behind a `Gigstack` and all its bound copies, built on first use."""

    def __init__(
        self, key: str, base_url: str, timeout: float, transport: httpx.BaseTransport | None, may_write: bool
    ) -> None:
        self._key = key
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._transport = transport
        self._may_write = may_write
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def request(self, call: Call) -> dict[str, Any]:
        """Make the call and return the reply's JSON object; reads are tried again, writes never."""
        if not (call.safe or self._may_write):
            raise errors.WriteRefused(
                f"{call.name}: refused, for the mode of this API key cannot be told and it may only read. "
                "Use a key that says whether it is live or test",
                outcome="not_done",
            )
        until = time.monotonic() + (call.timeout or self._timeout)
        for tried in range(1, _READS_TRIED + 1):
            try:
                return self._once(call, until)
            except ApiError as error:
                pause = _pause(error, tried, until)
                if not call.safe or pause is None:
                    raise
                time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    @property
    def ground(self) -> tuple[str, float, httpx.BaseTransport | None]:
        """The API's address, a call's total time, and a transport of the caller's own."""
        return self._base_url, self._timeout, self._transport

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _once(self, call: Call, until: float) -> dict[str, Any]:
        departure = _Departure(call, until)
        try:
            answer = self._exchange(call, departure)
        except httpx.HTTPError as error:
            raise _lost(call, error, departure.left) from None
        try:
            may_be_empty = call.method == "DELETE"
            return read_answer(answer, safe=call.safe, may_be_empty=may_be_empty, secret=self._key)
        except ApiError as error:
            error.args = (f"{call.name}: {error}",)
            raise

    def _exchange(self, call: Call, departure: "_Departure") -> Answer:
        client = self._open()
        request = self._build(client, call, departure)
        if self._transport is not None:
            departure.check()
        response = client.send(request, stream=True)
        try:
            return Answer(response.status_code, _content(response, departure.until), _retry_after(response))
        finally:
            response.close()

    def _build(self, client: httpx.Client, call: Call, departure: "_Departure") -> httpx.Request:
        seconds = max(departure.until - time.monotonic(), 0.001)
        # Our own transport takes moments, others durations, and only ours tells when bytes leave.
        ours = self._transport is None
        each = departure.until if ours else seconds
        timeout = httpx.Timeout(connect=each, read=each, write=each, pool=seconds)
        try:
            return client.build_request(
                call.method,
                self._base_url + call.path,
                params=dict(call.query),
                json=call.body if call.files is None else None,
                data=call.body if call.files is not None else None,  # type: ignore[arg-type]
                files=call.files,
                headers=dict(call.headers),
                timeout=timeout,
                extensions={"trace": departure} if ours else {},
            )
        except (TypeError, ValueError, httpx.InvalidURL) as error:
            message = f"{call.name}: cannot be written as a request ({type(error).__name__})"
            raise errors.NotSent(message, outcome="not_done") from None

    def _open(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    transport=self._transport or DeadlineTransport(self._base_url),
                    headers={"Authorization": f"Bearer {self._key}", "User-Agent": "gigstack-events"},
                    follow_redirects=False,
                )
            return self._client


class _Departure:
    """Lets a request go at the last moment, and knows whether it went. An httpcore trace callback."""

    def __init__(self, call: Call, until: float) -> None:
        self.until = until
        self.left = False
        self._call = call

    def __call__(self, name: str, info: Mapping[str, Any]) -> None:
        """Check when the connection stands and the first byte is about to leave."""
        if name.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.check()

    def check(self) -> None:
        """Ask the guard; raise instead of sending when it objects or time is over."""
        if time.monotonic() >= self.until:
            raise httpx.ConnectTimeout("the time for this call is over")
        if self._call.guard is not None:
            self._call.guard(self._call.safe)
        self.left = True


def _content(response: httpx.Response, until: float) -> bytes:
    parts = []
    try:
        for part in response.iter_bytes():
            parts.append(part)
            if time.monotonic() > until:
                raise httpx.ReadTimeout("the time for this call is over")
    except httpx.HTTPError:
        # A refusal is a refusal even where its text got lost.
        if response.status_code < 400:
            raise
        return b""
    return b"".join(parts)


def _lost(call: Call, error: httpx.HTTPError, left: bool) -> ApiError:
    """Only the text of connection errors is told: others may quote headers, and with them the key."""
    if not left or isinstance(error, _BEFORE_SENDING):
        why = f": {error}" if isinstance(error, httpx.ConnectError) else ""
        return errors.NotSent(
            f"{call.name}: not sent ({type(error).__name__}{why}). Check the API's address and the network",
            outcome="not_done",
            transient=not isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError)),
        )
    return errors.NoAnswer(
        f"{call.name}: sent, but no whole answer came ({type(error).__name__})",
        outcome="not_done" if call.safe else "unknown",
        transient=True,
    )


def _pause(error: ApiError, tried: int, until: float) -> float | None:
    if not error.transient or tried == _READS_TRIED:
        return None
    pause = error.retry_after if error.retry_after is not None else _FIRST_PAUSE * 2 ** (tried - 1)
    return pause if pause <= _LONGEST_PAUSE and time.monotonic() + pause < until else None


def _retry_after(response: httpx.Response) -> float | None:
    """Read seconds or a date; anything else counts as not said."""
    told = response.headers.get("retry-after", "")
    try:
        seconds = float(told)
    except ValueError:
        seconds = _seconds_until(told)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _seconds_until(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (TypeError, ValueError):
        return math.nan
