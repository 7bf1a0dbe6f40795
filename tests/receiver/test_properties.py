"""Whatever arrives, the application answers with one of a few codes and never breaks."""

import asyncio
import json
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.types import Message

from gigstack_events.events import Event, Trust
from gigstack_events.ledger import Accepted
from receiver.app import create_app
from receiver.door import MOST_AT_ONCE
from tests.receiver.making import BODY, KEY, NOW, TOKEN, legacy, send, settings, standard

CODES = {202, 400, 401, 408, 413}
LIMIT = 2000


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """Keep thousands of lines out of a failing test's report."""
    with structlog.testing.capture_logs() as lines:
        yield lines


class Shelf:
    """A ledger that forgets: these tests are about what comes before it."""

    async def accept(self, event: Event, body: bytes, trust: Trust) -> Accepted:
        return Accepted("new", "e" * 26)

    async def accept_unreadable(self, body: bytes, trust: Trust, reason: str) -> Accepted:
        return Accepted("unreadable", "e" * 26)

    async def probe(self) -> None:
        return None

    async def close(self) -> None:
        return None


def receiver(verify: str) -> Starlette:
    chosen = settings(verify, max_body=str(LIMIT), body_timeout="5")
    return create_app(chosen, Shelf(), clock=lambda: NOW)


APPS = {verify: receiver(verify) for verify in ("standard,gigstack,header,token", "gigstack", "none")}
NAMES = [
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "x-gigstack-signature",
    "x-gigstack-timestamp",
    "x-gigstack-webhook-id",
    "authorization",
    "content-type",
]
VALUES = st.binary(max_size=80) | st.sampled_from(
    [b"v1,", b"v1a,AA== v1,", str(int(NOW)).encode(), KEY.encode()]
)
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=8)
BODIES = st.binary(max_size=300) | st.text(max_size=300).map(str.encode) | st.just(b"x" * (LIMIT + 1))
PATHS = st.sampled_from(["", "/" + TOKEN, "/guess"]) | st.text(max_size=20).map(lambda text: "/" + text)
VERIFY = st.sampled_from(sorted(APPS))
SIGNED = {"standard": standard(), "legacy": legacy(), "timed": legacy(timestamp=str(int(NOW)))}


def status(verify: str, body: bytes, headers: list[tuple[str, bytes]], path: str = "", cut: int = 0) -> int:
    """Send one delivery, its body in two pieces; the answer has to be whole and in JSON."""
    pieces: list[Message] = [
        {"type": "http.request", "body": body[:cut], "more_body": True},
        {"type": "http.request", "body": body[cut:], "more_body": False},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return pieces.pop(0)

    async def keep(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/webhooks/gigstack" + path,
        "headers": [(name.encode(), value) for name, value in headers],
    }
    asyncio.run(APPS[verify](scope, receive, keep))
    start, end = sent
    assert json.loads(end["body"])["status"] == ("accepted" if start["status"] == 202 else "refused")
    return int(start["status"])


@given(VERIFY, BODIES, HEADERS, st.integers(0, 300))
def test_random_deliveries(verify: str, body: bytes, headers: list[tuple[str, bytes]], cut: int) -> None:
    """Random bytes in body and headers are taken or refused, and nothing else."""
    assert status(verify, body, headers, cut=cut) in CODES


@given(VERIFY, BODIES, PATHS)
def test_random_paths(verify: str, body: bytes, path: str) -> None:
    """Whatever stands where the token belongs, the answer is the same kind; elsewhere there is nothing."""
    expected = CODES if path.count("/") < 2 and path != "/" else {404}
    assert status(verify, body, [], path) in expected


@given(st.sampled_from(sorted(SIGNED)), st.data())
def test_mutated_valid_deliveries(kind: str, data: st.DataObject) -> None:
    """One changed byte in what is signed, anywhere, and the delivery is not believed any more."""
    headers, body = dict(SIGNED[kind]), BODY
    name = data.draw(st.sampled_from(["body", *headers]))
    before = body if name == "body" else headers[name].encode()
    at, byte = data.draw(st.integers(0, len(before) - 1)), data.draw(st.integers(0, 255))
    after = before[:at] + bytes([byte]) + before[at + 1 :]
    changed = [(key, after if key == name else value.encode()) for key, value in headers.items()]
    code = status("standard,gigstack,header,token", after if name == "body" else body, changed)
    if after == before:
        assert code == 202
    elif after.strip().lower() != before.lower():  # a legacy signature may be in capitals
        assert code == 401


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_authentic_bodies_are_never_refused(body: bytes) -> None:
    """What carries a right signature is answered 202, whatever it says."""
    headers = [(name, value.encode()) for name, value in legacy(body).items()]
    assert status("gigstack", body, headers) == 202


def test_too_many_at_once_are_503() -> None:
    """Beyond the bound a delivery is sent away; the others are served."""

    async def run() -> list[int]:
        doors = asyncio.Event()

        class Slow(Shelf):
            async def accept(self, event: Event, body: bytes, trust: Trust) -> Accepted:
                await doors.wait()
                return await super().accept(event, body, trust)

        app = create_app(settings(), Slow(), clock=lambda: NOW)
        waiting = [asyncio.create_task(send(app, BODY, standard())) for _ in range(MOST_AT_ONCE)]
        while app.state.door.inside < MOST_AT_ONCE:
            await asyncio.sleep(0)
        answers = [await send(app, BODY, standard())]
        doors.set()
        answers += await asyncio.gather(*waiting)
        return [answer.status_code for answer in answers]

    assert asyncio.run(run()) == [503] + [202] * MOST_AT_ONCE
