"""One call to the API: the request out, its answer back within a total time, or the right error."""

import threading
import time
from collections.abc import Mapping
from typing import Any

import httpx

from gigstack_events.api import errors
from gigstack_events.api.call_log import Progress, quiet_httpx
from gigstack_events.api.calls import Call
from gigstack_events.api.replies import Answer, read_answer
from gigstack_events.api.responses import TooLarge, content_of, retry_after
from gigstack_events.api.tries import Tries
from gigstack_events.api_keys import key_livemode
from gigstack_events.errors import ApiError, Outcome

# These come before the first byte of a request, on any transport.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


class Connection:
    """The one `httpx.Client` behind a `Gigstack` and all its bound copies, built on first use."""

    def __init__(
        self,
        key: str,
        base_url: str,
        timeout: float,
        transport: httpx.BaseTransport | None,
        may_write: bool,
        tries: Tries,
    ) -> None:
        self._key = key
        self._livemode = key_livemode(key)
        self._tries = tries
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._transport = transport
        self._may_write = may_write
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def request(self, call: Call) -> dict[str, Any]:
        """Make the call and return the reply's JSON object; what may be repeated is tried again."""
        with Progress(call, self._livemode) as progress:
            if not (call.safe or self._may_write):
                raise errors.WriteRefused(
                    f"{call.name}: refused, for the mode of this API key cannot be told and it may only "
                    "read. Use a key that says whether it is live or test",
                    outcome="not_done",
                )
            return self._persist(call, progress)

    def _persist(self, call: Call, progress: Progress) -> dict[str, Any]:
        until = time.monotonic() + (call.timeout or self._timeout)
        while True:
            try:
                self._await_turn(call, until)
                progress.tries += 1
                return self._once(call, until, progress)
            except ApiError as error:
                pause = self._next_try(call, error, progress, until)
                if pause is None:
                    raise
            self._tries.sleep(pause)

    def _next_try(self, call: Call, error: ApiError, progress: Progress, until: float) -> float | None:
        """What an error means for the limiter and for the call: the pause before its next try, if any."""
        if call.limiter and isinstance(error, errors.RateLimited) and error.status is not None:
            call.limiter.refused(error.retry_after)
        if progress.in_doubt and error.outcome == "not_done":
            error.outcome = "unknown"
            error.args = (f"{error}; whether an earlier try was carried out is not known",)
        progress.in_doubt = error.outcome == "unknown"
        if not call.may_be_repeated(error):
            return None
        return self._tries.pause(error, progress.tries, until - time.monotonic())

    def _await_turn(self, call: Call, until: float) -> None:
        """Wait until the limiter lets the call go; at most half of its time, so that it can be answered."""
        while call.limiter and (wait := call.limiter.take(write=not call.safe)) > 0:
            if wait > (until - time.monotonic()) / 2:
                raise errors.HeldBack(
                    f"{call.name}: not sent, for the calls of all processes are at their limit",
                    outcome="not_done",
                    transient=True,
                    retry_after=wait,
                )
            self._tries.sleep(wait)

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

    def _once(self, call: Call, until: float, progress: Progress) -> dict[str, Any]:
        departure = _Departure(call, until)
        try:
            return self._answered(call, departure, progress)
        except ApiError as error:
            error.of_write = departure.left and not call.safe
            raise

    def _answered(self, call: Call, departure: "_Departure", progress: Progress) -> dict[str, Any]:
        try:
            with quiet_httpx():
                answer = self._exchange(call, departure)
        except httpx.HTTPError as error:
            raise _lost(call, error, departure.left) from None
        progress.status = answer.status
        try:
            may_be_empty = call.method == "DELETE"
            secrets = (self._key, *call.secrets)
            return read_answer(answer, safe=call.safe, may_be_empty=may_be_empty, secrets=secrets)
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
            content = content_of(response, departure.until)
            return Answer(response.status_code, content, retry_after(response))
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
            # What JSON cannot say is told by its type; other texts may quote what was to be sent.
            why = str(error) if isinstance(error, TypeError) else type(error).__name__
            message = f"{call.name}: cannot be written as a request ({why})"
            raise errors.NotSent(message, outcome="not_done") from None

    def _open(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    transport=self._transport or _transport(self._base_url),
                    headers={"Authorization": f"Bearer {self._key}", "User-Agent": "gigstack-events"},
                    follow_redirects=False,
                )
            return self._client


def _transport(base_url: str) -> httpx.BaseTransport:
    from gigstack_events.api.deadlines import DeadlineTransport  # a tenth of this package's import time

    return DeadlineTransport(base_url)


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


def _lost(call: Call, error: httpx.HTTPError, left: bool) -> ApiError:
    """Only the text of connection errors is told: others may quote headers, and with them the key."""
    if not left or isinstance(error, _BEFORE_SENDING):
        why = f": {error}" if isinstance(error, httpx.ConnectError) else ""
        return errors.NotSent(
            f"{call.name}: not sent ({type(error).__name__}{why}). Check the API's address and the network",
            outcome="not_done",
            transient=not isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError)),
        )
    outcome: Outcome = "not_done" if call.safe else "unknown"
    if isinstance(error, TooLarge):
        return errors.UnexpectedAnswer(f"{call.name}: {error}", outcome=outcome)
    lost = errors.NoAnswer(
        f"{call.name}: sent, but no whole answer came ({type(error).__name__})",
        outcome=outcome,
        transient=True,
    )
    lost.timed_out = isinstance(error, httpx.TimeoutException)
    return lost
