"""Which calls the client repeats by itself, after which pauses, and what it says when it gives up."""

import random
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gigstack_events.api import Gigstack, HeldBack, NoAnswer, NotSent, RateLimited, ServerFault, Tries
from gigstack_events.errors import ApiError
from tests.api.stand_in import Api, ok

ITEMS: Any = [{"id": "service_1", "quantity": 1}]


class Pauses:
    """Notes the pauses instead of making them."""

    def __init__(self, **options: Any) -> None:
        self.taken: list[float] = []
        self.tries = Tries(rng=random.Random(1), sleep=self.taken.append, **options)


def create(gigstack: Gigstack, key: str | None = "order-1") -> str:
    """A write that may carry an idempotency key."""
    fields: Any = {"client": "client_1", "items": ITEMS} | ({"idempotency_key": key} if key else {})
    return gigstack.receipts.create(**fields).id


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(500),
        httpx.Response(429),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("cut"),
        httpx.ConnectError("refused"),
    ],
)
def test_a_write_with_an_idempotency_key_is_tried_again(failure: Any) -> None:
    """The key makes the API do it once, however often it is asked."""
    api, pauses = Api(failure, ok({"id": "receipt_1"})), Pauses()
    assert create(api.gigstack(tries=pauses.tries)) == "receipt_1"
    assert [request.content for request in api.requests] == [api.last.content] * 2
    assert len(pauses.taken) == 1


def test_a_key_in_the_header_counts_too() -> None:
    """Some operations take it there."""
    api, pauses = Api(httpx.Response(503), ok({"id": "x"})), Pauses()
    session = api.gigstack(tries=pauses.tries)._session
    session.call("POST", "/invoices/income/batch", body={"invoices": []}, idempotency_key="a-key-of-8")
    assert [request.headers["idempotency-key"] for request in api.requests] == ["a-key-of-8"] * 2


@pytest.mark.parametrize(
    "failure", [httpx.Response(500), httpx.Response(429), httpx.ReadError("x"), httpx.ConnectError("x")]
)
def test_a_write_without_a_key_is_sent_once(failure: Any) -> None:
    """Whatever went wrong: only the caller can know whether it may be repeated."""
    api, pauses = Api(failure, ok({"id": "receipt_1"})), Pauses()
    with pytest.raises(ApiError):
        create(api.gigstack(tries=pauses.tries), key=None)
    assert (len(api.requests), pauses.taken) == (1, [])


def test_a_get_that_costs_money_is_sent_once() -> None:
    """It is a write, whatever its method."""
    api, pauses = Api(httpx.Response(500), ok({})), Pauses()
    with pytest.raises(ServerFault) as caught:
        api.gigstack(tries=pauses.tries)._session.call("GET", "/sat/requests/1/package", safe=False)
    assert (len(api.requests), caught.value.outcome) == (1, "unknown")


def test_a_write_that_timed_out_is_never_repeated() -> None:
    """It may still be under way, key or not."""
    api, pauses = Api(httpx.ReadTimeout("late"), ok({"id": "receipt_1"})), Pauses()
    with pytest.raises(NoAnswer) as caught:
        create(api.gigstack(tries=pauses.tries))
    assert (caught.value.outcome, len(api.requests)) == ("unknown", 1)


def test_a_guarded_write_is_sent_once() -> None:
    """Inside an effect the engine repeats, not the client, even where there is a key."""
    api, pauses = Api(httpx.Response(429, headers={"retry-after": "0"}), ok({"id": "receipt_1"})), Pauses()
    with pytest.raises(RateLimited):
        create(api.gigstack(tries=pauses.tries).bound(guard=lambda safe: None))
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    "last", [httpx.Response(400, json={"error": "validation_failed"}), httpx.ConnectError("refused")]
)
def test_a_refusal_after_a_doubtful_try_leaves_the_doubt(last: Any) -> None:
    """The first try may have been carried out: that the second was refused says nothing about it."""
    api, pauses = Api(httpx.ReadError("reset"), last), Pauses()
    with pytest.raises(ApiError, match="earlier try") as caught:
        create(api.gigstack(tries=pauses.tries))
    assert caught.value.outcome == "unknown"


def test_no_doubt_without_a_doubtful_try() -> None:
    """Two refusals are two refusals."""
    api, pauses = Api(httpx.Response(429), httpx.Response(400)), Pauses()
    with pytest.raises(ApiError) as caught:
        create(api.gigstack(tries=pauses.tries))
    assert caught.value.outcome == "not_done"


def test_pauses_grow_and_differ() -> None:
    """Each is about double the one before, and two clients do not keep step."""
    seen = []
    for seed in (1, 2):
        pauses: list[float] = []
        tries = Tries(most=5, rng=random.Random(seed), sleep=pauses.append)
        with pytest.raises(ServerFault):
            Api(httpx.Response(503)).gigstack(tries=tries).receipts.get("receipt_1")
        for number, pause in enumerate(pauses):
            assert 0.1 * 2**number <= pause <= 0.2 * 2**number
        seen.append(pauses)
    assert len(seen[0]) == 4
    assert seen[0] != seen[1]


def test_retry_after_is_waited_for() -> None:
    """Never less than the API asked for."""
    api, pauses = Api(httpx.Response(429, headers={"retry-after": "3"}), ok({})), Pauses()
    api.gigstack(tries=pauses.tries).receipts.get("receipt_1")
    assert 3 < pauses.taken[0] < 3.3


@pytest.mark.parametrize(("told", "timeout", "longest"), [("9", 5.0, 30.0), ("9", 100.0, 2.0)])
def test_a_pause_that_is_too_long_ends_the_call(told: str, timeout: float, longest: float) -> None:
    """Longer than the call's time, or than whoever pays for the waiting likes."""
    api, pauses = Api(httpx.Response(429, headers={"retry-after": told}), ok({})), Pauses(longest=longest)
    with pytest.raises(RateLimited) as caught:
        api.gigstack(tries=pauses.tries, timeout=timeout).receipts.get("receipt_1")
    assert (caught.value.retry_after, pauses.taken) == (9.0, [])


class Turns:
    """A limiter that a test steers: the waits it tells, one after the other, and what it is told."""

    def __init__(self, *waits: float) -> None:
        self.waits = list(waits)
        self.asked: list[bool] = []
        self.refusals: list[float | None] = []

    def take(self, *, write: bool) -> float:
        self.asked.append(write)
        return self.waits.pop(0) if self.waits else 0.0

    def refused(self, retry_after: float | None) -> None:
        self.refusals.append(retry_after)


def limited(turns: Turns, *replies: Any, **options: Any) -> tuple[Api, Gigstack, Pauses]:
    api, pauses = Api(*replies), Pauses()
    return api, api.gigstack(tries=pauses.tries, **options).bound(limiter=turns), pauses


def test_each_try_waits_for_its_turn() -> None:
    """A repeated call counts as two, and a 429 is told to all who share the limiter."""
    turns = Turns(1.0, 0.5)
    api, gigstack, pauses = limited(turns, httpx.Response(429, headers={"retry-after": "2"}), ok({}))
    gigstack.receipts.get("receipt_1")
    assert (turns.asked, turns.refusals) == ([False] * 4, [2.0])
    assert pauses.taken[:2] == [1.0, 0.5]
    assert len(api.requests) == 2


@pytest.mark.parametrize("act", [lambda g: g.receipts.get("r"), lambda g: g.receipts.stamp("r"), create])
def test_no_turn_in_time_means_nothing_was_sent(act: Callable[[Gigstack], object]) -> None:
    """The error says when to come back, and is not answered with a try of our own."""
    api, gigstack, pauses = limited(Turns(6.0), ok({}), timeout=10)
    with pytest.raises(HeldBack) as caught:
        act(gigstack)
    error = caught.value
    assert (error.outcome, error.transient, error.retry_after) == ("not_done", True, 6.0)
    assert isinstance(error, RateLimited)
    assert (api.requests, pauses.taken) == ([], [])


def test_a_lone_client_has_no_limiter() -> None:
    """A script with a key asks nobody."""
    gigstack = Api(ok({})).gigstack()
    assert gigstack._session.limiter is None
    assert gigstack.bound(team="team_a")._session.limiter is None


def test_a_limiter_stays_with_bound_copies() -> None:
    """A copy for another team uses the same key, so it shares the limit."""
    turns = Turns()
    _, gigstack, _ = limited(turns, ok({}))
    gigstack.bound(team="team_a").receipts.stamp("r")
    assert turns.asked == [True]


def test_what_was_never_sent_needs_no_turn() -> None:
    """An empty id is refused before the limiter is asked."""
    turns = Turns()
    _, gigstack, _ = limited(turns, ok({}))
    with pytest.raises(NotSent):
        gigstack.receipts.get("")
    assert turns.asked == []
