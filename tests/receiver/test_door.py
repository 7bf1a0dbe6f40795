"""The application on a real ledger: what is taken, what is refused, and what the sender is told."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import redis as redis_client
import structlog
from starlette.types import Message

from gigstack_events.ledger import AsyncLedger
from receiver.app import create_app
from tests.receiver.making import (
    BODY,
    KEY,
    NOW,
    OTHER,
    SECRET,
    TOKEN,
    deliver,
    legacy,
    send,
    settings,
    standard,
)

UNREADABLE = b"\xff not JSON"


def sentence(answer: httpx.Response) -> str:
    """The one sentence of a refusal."""
    content = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert set(content) == {"status", "error"}
    assert content["error"].endswith(".")
    return str(content["error"])


def events(redis_url: str) -> list[str]:
    """The internal ids of all events in the ledger."""
    with redis_client.Redis.from_url(redis_url, decode_responses=True) as client:
        return list(client.zrange("gs:events", 0, -1))


def test_a_signed_event_is_accepted_once(redis_url: str) -> None:
    """The same event twice is one event, and the sender hears the same both times."""
    first, again = deliver(redis_url), deliver(redis_url)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json() == {"status": "accepted", "event": events(redis_url)[0]}
    assert len(events(redis_url)) == 1


@pytest.mark.parametrize(
    ("headers", "path", "verify"),
    [
        (standard(), "", "standard"),
        (legacy(), "", "gigstack"),
        ({}, f"/{TOKEN}", "token"),
        ({"Authorization": KEY}, "", "header"),
        ({}, "", "none"),
    ],
)
def test_every_scheme_opens_the_door(redis_url: str, headers: dict[str, str], path: str, verify: str) -> None:
    """Each configured way in ends with an event in the ledger."""
    answer = deliver(redis_url, BODY, headers, path=path, verify=verify)
    assert answer.status_code == 202
    assert events(redis_url) == [answer.json()["event"]]


@pytest.mark.parametrize(
    ("headers", "path"),
    [({}, ""), (standard(secret=OTHER), ""), (standard(), "/guess"), ({}, "/guess"), ({}, "/%00%ff")],
)
def test_what_proves_nothing_is_401(redis_url: str, headers: dict[str, str], path: str) -> None:
    """An unproven delivery leaves nothing behind, readable or not."""
    for body in (BODY, UNREADABLE):
        assert sentence(answer := deliver(redis_url, body, headers, path=path, verify="standard,token"))
        assert answer.status_code == 401
    assert events(redis_url) == []


@pytest.mark.parametrize(
    ("verify", "headers", "path"), [("gigstack", legacy(UNREADABLE), ""), ("token", {}, f"/{TOKEN}")]
)
def test_authentic_but_unreadable_is_kept(
    redis_url: str, verify: str, headers: dict[str, str], path: str
) -> None:
    """What is certainly from the sender is stored for a person and answered 202, non-UTF-8 included."""
    answer = deliver(redis_url, UNREADABLE, headers, path=path, verify=verify)
    assert answer.status_code == 202
    with redis_client.Redis.from_url(redis_url, decode_responses=True) as client:
        state, reason = client.hmget(f"gs:event:{answer.json()['event']}", ["state", "reason"])
    assert (state, reason) == ("unreadable", "The body is not UTF-8.")


def test_unproven_and_unreadable_is_400(redis_url: str) -> None:
    """Where everybody is let in, what cannot be read is the sender's mistake."""
    answer = deliver(redis_url, UNREADABLE, {}, verify="none")
    assert (answer.status_code, sentence(answer)) == (400, "The body is not UTF-8.")
    assert events(redis_url) == []


@pytest.mark.parametrize("size", [1001, 3000, 9000])
def test_a_body_over_the_limit_is_413(redis_url: str, size: int) -> None:
    """The bound is a setting and holds for whatever comes, with a length announced or in pieces."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(0, size, 100):
            yield b"x" * 100

    for body in (b"x" * size, pieces()):
        answer = deliver(redis_url, body, {}, max_body="1000")  # type: ignore[arg-type] # httpx sends both
        assert (answer.status_code, sentence(answer)) == (413, "The body is larger than 1000 bytes.")


def test_a_body_at_the_limit_is_taken(redis_url: str) -> None:
    """The limit itself still fits, also in pieces."""
    assert deliver(redis_url, max_body=str(len(BODY))).status_code == 202


def asgi(redis_url: str, messages: list[Message], **more: str) -> list[Message]:
    """What the application sends when it receives these messages, and then nothing any more."""

    async def run() -> list[Message]:
        sent: list[Message] = []

        async def receive() -> Message:
            return messages.pop(0) if messages else await asyncio.Event().wait()  # type: ignore[return-value]

        async def send(message: Message) -> None:
            sent.append(message)

        app = create_app(settings("none", redis_url, **more), ledger := AsyncLedger(redis_url))
        scope = {"type": "http", "method": "POST", "path": "/webhooks/gigstack", "headers": []}
        await app(scope, receive, send)
        await ledger.close()
        return sent

    return asyncio.run(run())


@pytest.mark.parametrize("begun", [False, True])
def test_a_body_that_stalls_is_408(redis_url: str, begun: bool) -> None:
    """The sender has a limited time for the whole body; then the connection is closed."""
    piece: Message = {"type": "http.request", "body": b"{", "more_body": True}
    start, body = asgi(redis_url, [piece] if begun else [], body_timeout="0.05")
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]
    assert json.loads(body["body"])["error"] == "The body did not arrive within 0.05 s."


def test_a_sender_that_goes_away_gets_no_answer(redis_url: str) -> None:
    """Half a body is no delivery, and no error of ours either."""
    half: list[Message] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    with structlog.testing.capture_logs() as lines:
        assert asgi(redis_url, half) == []
    assert [line["log_level"] for line in lines] == ["info"]


def ask(redis_url: str, method: str, path: str) -> httpx.Response:
    """Ask something else of a receiver."""

    async def run() -> httpx.Response:
        app = create_app(settings("token", redis_url), ledger := AsyncLedger(redis_url))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
            answer = await client.request(method, path)
        await ledger.close()
        return answer

    return asyncio.run(run())


def test_alive_and_ready(redis_url: str) -> None:
    """Alive needs nothing; ready needs a ledger that can be written."""
    nowhere = "redis://127.0.0.1:1/0"
    assert ask(nowhere, "GET", "/healthz").json() == {"status": "alive"}
    assert ask(redis_url, "GET", "/readyz").json() == {"status": "ready"}
    answer = ask(nowhere, "GET", "/readyz")
    assert answer.status_code == 503
    assert "Redis cannot be reached" in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/webhooks/gigstack", 405),
        ("PUT", f"/webhooks/gigstack/{TOKEN}", 405),
        ("PUT", "/healthz", 405),
        ("POST", "/", 404),
        ("POST", "/webhooks/gigstack/", 404),
        ("POST", f"/webhooks/gigstack/{TOKEN}/", 404),
    ],
)
def test_other_requests_are_refused_in_json(redis_url: str, method: str, path: str, status: int) -> None:
    """Nothing else is served here, nothing is redirected, and the answer says where deliveries go."""
    answer = ask(redis_url, method, path)
    assert (answer.status_code, "POST /webhooks/gigstack" in sentence(answer)) == (status, True)
    methods = "GET and HEAD" if path == "/healthz" else "POST"
    assert (f"This address answers {methods} only" in sentence(answer)) is (status == 405)


def test_an_unreachable_ledger_is_503() -> None:
    """Nothing is stored, so the sender is asked to come again."""
    answer = deliver("redis://127.0.0.1:1/0")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "send it again" in sentence(answer)


def test_a_defect_of_ours_is_a_quiet_500() -> None:
    """Even a bug is answered in JSON, and neither answer nor log quotes what made it happen."""

    class Broken(AsyncLedger):
        async def accept(self, *values: Any) -> Any:
            raise ValueError(repr(values))

    app = create_app(settings(), Broken("redis://127.0.0.1:1/0"), clock=lambda: NOW)
    with structlog.testing.capture_logs() as lines:
        answer = asyncio.run(send(app, BODY, standard()))
    assert answer.status_code == 500
    assert "payment_1" not in sentence(answer) + repr(lines)


def test_one_line_for_each_delivery(redis_url: str) -> None:
    """The log tells what became of a delivery and holds nothing that was in it."""
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        for path in (f"/{TOKEN}", f"/{TOKEN}", "/guess"):
            deliver(redis_url, BODY, {"x-gigstack-signature": SECRET}, path=path, verify="token")
    names = ("trust", "type", "outcome")
    assert [tuple(line.get(name) for name in names) for line in lines] == [
        ("secret", "payment.succeeded", "new"),
        ("secret", "payment.succeeded", "duplicate"),
        (None, None, None),
    ]
    assert [line.get("status") for line in lines] == [None, None, 401]
    assert not any(word in repr(lines) for word in (TOKEN, SECRET, "guess", "payment_1", "evt_1"))
