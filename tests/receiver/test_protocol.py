"""The bounds below the application, over raw sockets: what is too large, too slow, too many or not HTTP."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import structlog

from gigstack_events.ledger import AsyncLedger
from receiver.app import create_app
from receiver.protocol import BoundedProtocol
from receiver.server import create_server
from tests.receiver.conftest import Serve
from tests.receiver.making import BODY, TOKEN, settings, standard
from tests.stack import eventually

HEAD = f"POST /webhooks/gigstack/{TOKEN} HTTP/1.1\r\nHost: receiver\r\n".encode()
GOOD = HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BIG = b"X: " + b"x" * 20_000


@contextmanager
def connection(port: int) -> Iterator[socket.socket]:
    """A connection that fails the test instead of hanging in it."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        yield line


def rest(line: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    return b"".join(iter(lambda: line.recv(65536), b""))


def talk(port: int, *pieces: bytes) -> tuple[int, str]:
    """Say this, and give status and sentence of the answer, after which the server closes."""
    with connection(port) as line:
        for piece in pieces:
            line.sendall(piece)
        head, _, body = rest(line).partition(b"\r\n\r\n")
    assert b"application/json" in head
    assert b"connection: close" in head
    return int(head.split(b" ")[1]), json.loads(body)["error"]


@pytest.mark.parametrize(
    "said",
    [
        GOOD.replace(b"Host", BIG + b"\r\nHost"),
        HEAD + BIG,
        HEAD + b"X: x\r\n" * 4000 + b"\r\n",
        b"GET /" + b"x" * 20_000,
        # Behind a body the count begins with the next packet from the network, of which some are needed
        CHUNKED + b"1\r\n{\r\n0\r\n" + BIG * 30,
    ],
    ids=["one header", "an endless header", "many headers", "an endless path", "an endless trailer"],
)
def test_oversized_headers_are_431(serve: Serve, said: bytes) -> None:
    """More than 16 KiB that is not body is refused, also when it never ends."""
    assert talk(serve(), said) == (431, "The headers are larger than 16384 bytes.")


def test_large_headers_within_the_bound_are_taken(serve: Serve) -> None:
    """15 KiB of headers are unusual and legal, also in two pieces, and the connection goes on."""
    with connection(serve()) as line:
        for _ in range(2):
            line.sendall(GOOD.replace(b"Host", b"X: " + b"x" * 7_500 + b"\r\nHost")[:8000])
            line.sendall(GOOD.replace(b"Host", b"X: " + b"x" * 7_500 + b"\r\nHost")[8000:])
            assert line.recv(65536).startswith(b"HTTP/1.1 202")


def test_headers_that_stall_are_408(serve: Serve) -> None:
    """Nobody holds a connection open with half a head."""
    assert talk(serve(head_timeout=0.2), HEAD) == (408, "The request did not arrive in time.")


@pytest.mark.parametrize("said", [b"", b"\r\n\r\n"])
def test_a_silent_connection_is_closed(serve: Serve, said: bytes) -> None:
    """Nor with nothing at all."""
    with connection(serve(head_timeout=0.2)) as line:
        line.sendall(said)
        assert rest(line) == b""


@pytest.mark.parametrize("said", [GOOD[:-10], CHUNKED, CHUNKED + b"5\r\n{"])
def test_a_body_that_stalls_is_408(serve: Serve, said: bytes) -> None:
    """The sender of half a body hears why it is dropped."""
    assert talk(serve(body_timeout=0.2), said) == (408, "The body did not arrive within 0.2 s.")


def test_a_body_that_nobody_reads_is_bounded_too(serve: Serve) -> None:
    """A path that does not exist is no place to send a body to for ever."""
    said = GOOD.replace(b"/webhooks/gigstack", b"/nowhere")[:-10]
    with connection(serve(message_timeout=0.3)) as line:
        line.sendall(said)
        assert b"404 Not Found" in rest(line)


def test_a_chunked_body_over_the_limit_is_413(serve: Serve) -> None:
    """A body without an announced length is counted as it comes."""
    piece = b"3e8\r\n" + b"x" * 1000 + b"\r\n"
    assert talk(serve(), CHUNKED + piece * 12, b"0\r\n\r\n") == (413, "The body is larger than 10000 bytes.")
    assert talk(serve(), CHUNKED + piece * 41)[0] == 413


@pytest.mark.parametrize(
    "said", [b"good morning\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n", CHUNKED + b"zz\r\n"]
)
def test_what_is_not_http_is_400(serve: Serve, said: bytes) -> None:
    """The answer to noise is as civil as any, also in the middle of a body."""
    assert talk(serve(), said) == (400, "This is not a valid HTTP/1.1 request.")


@pytest.mark.parametrize("at", [0, len(BODY)])
def test_an_upgrade_is_refused_with_its_body(serve: Serve, at: int) -> None:
    """A delivery that also asks for HTTP/2 is not taken without its body, in one packet or in two."""
    said = GOOD.replace(b"Host", b"Connection: Upgrade\r\nUpgrade: h2c\r\nHost")
    status, sentence = talk(serve(), said[: len(said) - at], said[len(said) - at :])
    assert (status, "without an upgrade" in sentence) == (400, True)


def test_too_many_connections_are_503(serve: Serve) -> None:
    """One connection more than the bound is sent away, and taken when another has ended."""
    port = serve(most_connections=1)
    with connection(port) as first:
        first.sendall(GOOD)
        assert first.recv(65536).startswith(b"HTTP/1.1 202")
        assert talk(port) == (503, "There are too many connections; try again in a few seconds.")

    def taken() -> bool:
        with connection(port) as line:
            line.sendall(GOOD)
            return line.recv(65536).startswith(b"HTTP/1.1 202")

    eventually(taken)


def test_requests_that_come_at_once_are_answered_in_turn(serve: Serve) -> None:
    """Pipelined deliveries each get their answer, and the server does not say what it is."""
    with connection(serve()) as line:
        line.sendall(GOOD * 3 + GOOD.replace(b"Host", b"Connection: close\r\nHost"))
        answers = rest(line)
    assert answers.count(b"HTTP/1.1 202 Accepted") == 4
    assert b"server:" not in answers


def test_a_sender_that_goes_away_leaves_no_trace(serve: Serve, capfd: pytest.CaptureFixture[str]) -> None:
    """Half a delivery and a closed connection are everyday life, not an error."""
    port = serve()
    with structlog.testing.capture_logs() as lines:
        with connection(port) as line:
            line.sendall(GOOD[:-10])
        eventually(lambda: lines)
    assert lines[0]["reason"] == "the sender went away"
    assert "Traceback" not in capfd.readouterr().err


def fields(headers: dict[str, str]) -> bytes:
    """Headers as they look on the wire."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()


def test_a_trailer_proves_nothing(serve: Serve) -> None:
    """What stands behind the body never counts as a header, be the signature right."""
    head = CHUNKED.replace(f"/{TOKEN}".encode(), b"").replace(b"Host", b"Connection: close\r\nHost")
    body, signed = b"%x\r\n%b\r\n0\r\n" % (len(BODY), BODY), fields(standard(at=time.time()))
    port = serve(verify="standard")
    status, sentence = talk(port, head + body + signed + b"\r\n")
    assert (status, "Nothing proves" in sentence) == (401, True)
    with connection(port) as line:
        line.sendall(head[:-2] + signed + b"\r\n" + body + b"\r\n")
        assert line.recv(65536).startswith(b"HTTP/1.1 202")


def test_an_announced_body_over_the_limit_is_413_at_once(serve: Serve) -> None:
    """Nobody waits for a body that will not be taken, and a sender that does send it hears the same."""
    port = serve(body_timeout=60)
    announced = HEAD + b"Content-Length: 10001\r\n\r\n"
    assert talk(port, announced) == (413, "The body is larger than 10000 bytes.")
    assert talk(port, announced + b"x" * 10_001)[0] == 413


def test_slow_senders_do_not_keep_others_out(serve: Serve) -> None:
    """Hundreds of bodies that do not come take no place from one that does."""
    port = serve(body_timeout=60)
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(connection(port)).sendall(GOOD[:-10])
        line = stack.enter_context(connection(port))
        line.sendall(GOOD)
        assert line.recv(65536).startswith(b"HTTP/1.1 202")


def test_the_server_does_not_say_what_it_is(serve: Serve) -> None:
    """Once the server sends headers of its own, with the date, there is none among them with its name."""
    port = serve()

    def dated() -> bytes:
        with connection(port) as line:
            line.sendall(GOOD)
            answer = line.recv(65536)
            return answer if b"\r\ndate: " in answer else b""

    assert b"server:" not in eventually(dated).lower()


def test_bounds_unless_told_otherwise() -> None:
    """The bounds that a receiver has by default, and those that follow from its settings."""
    chosen = settings("token", max_body="777", body_timeout="7")
    app = create_app(chosen, AsyncLedger(chosen.redis_url))
    made = create_server(app, chosen, "127.0.0.1", 0).config.http
    assert isinstance(made, type)
    assert issubclass(made, BoundedProtocol)
    assert (made.head_limit, made.head_timeout, made.most_connections) == (16384, 10, 1024)
    assert (made.body_limit, made.message_timeout) == (777, 12)
