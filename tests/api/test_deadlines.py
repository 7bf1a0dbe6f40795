"""A call ends when its time is over, on real sockets."""

import queue
import socket
import time
from collections.abc import Callable

import httpx
import pytest

from gigstack_events.api import Gigstack, NoAnswer, NotSent, UnexpectedAnswer
from gigstack_events.errors import ApiError
from tests.api.stand_in import KEY, http, raw_server

Answer = Callable[[socket.socket, bytes], None]

_ACCEPTED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def _drip(connection: socket.socket, start: bytes, drop: bytes) -> None:
    """Send one drop every 50 ms until the client hangs up; each arrives well before a read timeout."""
    connection.sendall(start)
    connection.settimeout(0.05)
    while True:
        try:
            connection.recv(1)
            return
        except TimeoutError:
            connection.sendall(drop)


def _silent(connection: socket.socket, request: bytes) -> None:
    connection.recv(1)  # returns when the client hangs up


def _late(connection: socket.socket, request: bytes) -> None:
    """Answer after 0.3 s, unless the client hangs up before."""
    connection.settimeout(0.3)
    try:
        connection.recv(1)
    except TimeoutError:
        connection.sendall(http({"data": {"id": "receipt_1"}}))


def _dripping_headers(connection: socket.socket, request: bytes) -> None:
    _drip(connection, b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n")


def _dripping_body(connection: socket.socket, request: bytes) -> None:
    _drip(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" ")


@pytest.mark.parametrize("answer", [_silent, _dripping_headers, _dripping_body])
def test_an_answer_that_does_not_end_is_cut_off(answer: Answer) -> None:
    """The timeout is the whole call's: a trickle of headers or body does not prolong it."""
    with raw_server(answer) as url, Gigstack(KEY, base_url=url, timeout=0.4) as gigstack:
        started = time.monotonic()
        with pytest.raises(NoAnswer) as caught:
            gigstack.receipts.stamp("receipt_1")
        assert time.monotonic() - started < 2
    assert caught.value.outcome == "unknown"


def test_the_total_time_holds_for_a_body_on_any_transport() -> None:
    """Whoever brings a transport of their own gets at least this much."""
    with raw_server(_dripping_body) as url, httpx.HTTPTransport() as transport:
        gigstack = Gigstack(KEY, base_url=url, timeout=0.4, transport=transport)
        with pytest.raises(NoAnswer):
            gigstack.receipts.stamp("receipt_1")


def test_a_connection_cut_without_an_answer_leaves_the_outcome_open() -> None:
    """The API may have acted before it went away."""
    with raw_server(lambda connection, request: None) as url, pytest.raises(NoAnswer) as caught:
        Gigstack(KEY, base_url=url).receipts.stamp("receipt_1")
    assert caught.value.outcome == "unknown"


def test_a_refused_connection_means_nothing_was_sent() -> None:
    """Nobody listens: the write was certainly not done, and the error says where to look."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    gigstack = Gigstack(KEY, base_url=f"http://127.0.0.1:{port}")
    with pytest.raises(NotSent, match="address") as caught:
        gigstack.receipts.stamp("receipt_1")
    assert (caught.value.outcome, caught.value.transient) == ("not_done", True)


def test_a_name_without_an_address_means_nothing_was_sent() -> None:
    """A wrong host name is told as such."""
    with pytest.raises(NotSent) as caught:
        Gigstack(KEY, base_url="http://nowhere.invalid").receipts.stamp("receipt_1")
    assert caught.value.outcome == "not_done"


def test_the_guard_is_asked_once_and_when_the_connection_stands() -> None:
    """As late as can be: after connecting, before the first byte."""
    accepted: list[bytes] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        accepted.append(request)
        connection.sendall(http({"data": {"id": "receipt_1"}}))

    asked: list[bool] = []
    with raw_server(answer) as url, Gigstack(KEY, base_url=url) as gigstack:
        assert gigstack.bound(guard=asked.append).receipts.stamp("receipt_1").id == "receipt_1"
    assert asked == [False]
    assert accepted[0].startswith(b"POST /receipts/receipt_1/stamp HTTP/1.1\r\n")


def test_what_the_guard_holds_back_never_reaches_the_api() -> None:
    """The connection is closed without a byte, and the guard's own error comes out."""
    received: queue.Queue[bytes] = queue.Queue()

    def object_to(safe: bool) -> None:
        raise PermissionError(safe)

    with raw_server(lambda connection, request: received.put(request)) as url:
        with pytest.raises(PermissionError):
            Gigstack(KEY, base_url=url).bound(guard=object_to).receipts.stamp("receipt_1")
        assert received.get(timeout=10) == b""


def test_bound_copies_share_one_connection() -> None:
    """Opening connections is dear; all copies use the same ones, and a closed client opens anew."""
    connections: list[socket.socket] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        connections.append(connection)
        reply = http({"data": {}}).replace(b"Connection: close\r\n", b"")
        while request:
            connection.sendall(reply)
            request = connection.recv(65_536)

    with raw_server(answer) as url, Gigstack(KEY, base_url=url) as gigstack:
        for number in range(3):
            gigstack.bound(event_id=f"evt_{number}").receipts.get("receipt_1")
        assert len(connections) == 1
        gigstack.close()
        gigstack.receipts.get("receipt_1")
        assert len(connections) == 2


def test_no_time_left_means_nothing_was_sent() -> None:
    """Time that ran out before the first byte left is not an unknown outcome."""
    with raw_server(_silent) as url, pytest.raises(ApiError) as caught:
        Gigstack(KEY, base_url=url, timeout=0.0).receipts.stamp("receipt_1")
    assert (type(caught.value), caught.value.outcome) == (NotSent, "not_done")


def test_a_proxy_from_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only a proxy leads out, calls go through it as those of other programs do."""
    asked: list[bytes] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        asked.append(request.split(b"\r\n")[0])
        connection.sendall(http({"data": {"id": "receipt_1"}}))

    with raw_server(answer) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.delenv("no_proxy", raising=False)
        with Gigstack(KEY, base_url="http://api.example/v2") as gigstack:
            assert gigstack.receipts.get("receipt_1").id == "receipt_1"
    assert asked == [b"GET http://api.example/v2/receipts/receipt_1 HTTP/1.1"]


@pytest.mark.parametrize("answer", [_silent, lambda connection, request: connection.sendall(_ACCEPTED)])
def test_a_proxy_that_leads_nowhere_means_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    """What is said to the proxy is not yet the call: the guard is not asked, nothing was done."""
    asked: list[bool] = []
    with raw_server(answer) as proxy:
        monkeypatch.setenv("https_proxy", proxy)
        monkeypatch.delenv("no_proxy", raising=False)
        gigstack = Gigstack(KEY, base_url="https://api.example/v2", timeout=0.4)
        with gigstack, pytest.raises(NotSent) as caught:
            gigstack.bound(guard=asked.append).receipts.stamp("receipt_1")
    assert (caught.value.outcome, asked) == ("not_done", [])


def test_a_sandbox_on_this_machine_is_called_past_any_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to exempt it from the proxy that their network needs, for the kit's tests neither."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with raw_server(_late) as url, Gigstack(KEY, base_url=url, timeout=30) as gigstack:
        assert gigstack.receipts.get("receipt_1").id == "receipt_1"


def test_one_call_may_have_more_or_less_time_than_the_rest() -> None:
    """`bound(timeout=)` is for the calls of the copy; the first keeps its own."""
    with raw_server(_silent) as url, Gigstack(KEY, base_url=url, timeout=30) as gigstack:
        started = time.monotonic()
        with pytest.raises(NoAnswer):
            gigstack.bound(timeout=0.3).receipts.stamp("receipt_1")
        assert time.monotonic() - started < 5
    with raw_server(_late) as url, Gigstack(KEY, base_url=url, timeout=0.05) as gigstack:
        assert gigstack.bound(timeout=30).receipts.get("receipt_1").id == "receipt_1"
        with pytest.raises(NoAnswer):
            gigstack.receipts.stamp("receipt_1")


def test_the_key_does_not_travel_with_a_redirect() -> None:
    """Neither to another host nor on the same one: where a redirect leads is told by whoever answers."""
    reached: list[bytes] = []
    with raw_server(lambda connection, request: reached.append(request)) as elsewhere:
        head = f"HTTP/1.1 307 Moved\r\nLocation: {elsewhere}/v2\r\n"
        answer = f"{head}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
        with raw_server(lambda connection, request: connection.sendall(answer)) as url:
            gigstack = Gigstack(KEY, base_url=url)
            for act in (gigstack.receipts.get, gigstack.receipts.stamp):
                with pytest.raises(UnexpectedAnswer):
                    act("receipt_1")
    assert reached == []
