"""Effects and the limiter: the turn of a write is taken before the ledger says go, and is not lost."""

from typing import Any

import httpx
import pytest
import redis

from gigstack_events import Happened, Retry
from gigstack_events.ledger import Ledger
from gigstack_events.limiter import Limiter, Limiters
from tests.engine.conftest import Bench
from tests.engine.stand_in import answering

SLOW = 0.5  # one and a half at once, and one more every two seconds of the tests' clock


class Limited(Bench):
    """A bench whose calls are limited."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        super().__init__(url, ledger)
        self.limiters = Limiters(ledger.redis, SLOW, "live")

    @property
    def limiter(self) -> Limiter:
        """That of live mode."""
        limiter = self.limiters.of(True) if self.limiters else None
        assert limiter
        return limiter

    @property
    def tokens_left(self) -> float:
        """What the bucket holds."""
        return float(self.ledger.redis.hget("gs:rate:live", "all") or 0)

    def exhaust(self, retry_after: float | None = None) -> None:
        """Use all tokens up; with `retry_after`, as the API has asked for silence."""
        while self.limiter.take() == 0:
            pass
        if retry_after:
            self.limiter.refused(retry_after)

    def round_trips(self) -> int:
        """Scripts that Redis has run."""
        return int(self.ledger.redis.info("commandstats")["cmdstat_evalsha"]["calls"])


@pytest.fixture
def limited(redis_url: str) -> Any:
    """A limited bench on an empty Redis."""
    ledger = Ledger.at(redis_url)
    yield Limited(redis_url, ledger)
    ledger.redis.close()


def stamp(event: Any, ctx: Any) -> Any:
    """One effect with one write."""
    write = lambda key: ctx.gigstack.receipts.stamp("receipt_1").id  # noqa: E731  # short
    return ctx.effect("stamp", write, on="receipt_1")


def test_a_write_without_a_turn_is_not_begun(limited: Limited) -> None:
    """The run waits, uncounted and with a reason of its own; the ledger has no record of the act."""
    limited.keys.answer = answering(id="receipt_1")
    limited.handler(stamp, retry=Retry(attempts=1))
    limited.exhaust(retry_after=30)
    limited.deliver()
    limited.work()
    run = limited.run()
    assert (run.state, run.reason_code, run.failures) == ("waiting", "rate", 0)
    assert not limited.effect_states() + limited.keys.requests
    limited.work(seconds=29)
    assert limited.run().state == "waiting"
    limited.work(seconds=40)
    assert (limited.run().state, len(limited.keys.requests)) == ("done", 1)


def test_a_handler_cannot_swallow_the_wait(limited: Limited) -> None:
    """Whatever it catches, an act that was not begun is no act that is done."""

    def swallow(event: Any, ctx: Any) -> str:
        try:
            return str(stamp(event, ctx))
        except Exception:
            return "fine"

    limited.handler(swallow)
    limited.exhaust(retry_after=30)
    limited.deliver()
    limited.work()
    assert (limited.run().state, limited.run().reason_code) == ("waiting", "rate")


def test_nothing_waits_between_the_record_and_the_write(limited: Limited) -> None:
    """All turns are gone once the effect has its own: a read and the write of the act go at once."""
    limited.keys.answer = answering(id="receipt_1")

    def act(event: Any, ctx: Any) -> Any:
        def do(key: str) -> Any:
            limited.exhaust(retry_after=600)
            ctx.gigstack.receipts.get("receipt_1")
            return ctx.gigstack.receipts.stamp("receipt_1").id

        return ctx.effect("stamp", do, on="receipt_1")

    limited.handler(act)
    limited.deliver()
    limited.work()
    assert limited.run().state == "done"
    assert [request.method for request in limited.keys.requests] == ["GET", "POST"]


class Dying(Ledger):
    """A ledger before whose `started` the worker dies, once."""

    alive = True

    def effect_start(self, *args: Any, **how: Any) -> list[Any]:
        """Die, or do it."""
        if self.alive:
            self.alive = False
            raise SystemExit("killed")
        return super().effect_start(*args, **how)


def test_a_turn_taken_by_a_worker_that_ends_is_given_back(redis_url: str) -> None:
    """It ends between turn and record: nothing is on record, nothing was sent, and the act is done later."""
    with redis.Redis.from_url(redis_url) as client:
        limited = Limited(redis_url, Dying(client))
        limited.keys.answer = answering(id="receipt_1")
        limited.handler(stamp)
        limited.deliver()
        limited.work()
        assert (limited.effect_states(), limited.keys.requests, limited.tokens_left) == ([], [], 1.5)
        limited.work(seconds=10)
        assert (limited.run().state, len(limited.keys.requests)) == ("done", 1)


def test_a_killed_worker_costs_one_turn_and_no_more(limited: Limited) -> None:
    """What it held comes back with time, as any other token."""
    limited.keys.answer = answering(id="receipt_1")
    limited.limiter.take()  # a worker took it, and is gone
    limited.handler(stamp)
    limited.deliver()
    limited.work()
    assert limited.run().reason_code == "rate"
    limited.work(seconds=3)
    assert (limited.run().state, len(limited.keys.requests)) == ("done", 1)


def test_a_refused_write_slows_all_and_is_tried_again(limited: Limited) -> None:
    """The API's 429 is an outcome (not done) and a sign: nobody calls before the time that it named."""
    limited.limiters = Limiters(limited.ledger.redis, 4, "live")
    limited.keys.answer = lambda request: httpx.Response(429, headers={"retry-after": "30"})
    limited.handler(stamp)
    limited.deliver()
    limited.work()
    assert (limited.run().state, limited.effect_states()) == ("waiting", ["not_done"])
    assert 2 <= float(limited.ledger.redis.hget("gs:rate:live", "rate") or 0) < 3
    limited.deliver(id="evt_2", thing={"id": "payment_2"})
    limited.work(seconds=1)
    assert len(limited.keys.requests) == 1
    limited.keys.answer = answering(id="receipt_1")
    for _ in range(3):
        limited.work(seconds=30)
    assert ([run.state for run in limited.runs()], len(limited.keys.requests)) == (["done", "done"], 2)


def test_an_act_that_is_done_already_gives_its_turn_back(limited: Limited) -> None:
    """A second event about the same thing sends nothing, and takes nothing from others."""
    limited.keys.answer = answering(id="receipt_1")
    limited.handler(stamp)
    limited.deliver()
    limited.work()
    assert limited.tokens_left < 1
    limited.deliver(id="evt_2")
    limited.work(seconds=5)
    assert [run.state for run in limited.runs()] == ["done", "done"]
    assert (limited.tokens_left, len(limited.keys.requests)) == (1.5, 1)


def test_an_act_that_cannot_write_to_gigstack_asks_nobody(limited: Limited) -> None:
    """A rule that writes nothing there, or has no key, acts while gigstack wants no calls."""
    limited.exhaust(retry_after=600)
    limited.handler(lambda e, ctx: ctx.effect("mail", lambda key: "sent"), writes=False)
    limited.deliver()
    limited.keys.modes.clear()
    limited.deliver(id="evt_2")
    limited.work()
    assert [run.state for run in limited.runs()] == ["done", "done"]


def test_an_effect_costs_one_round_trip_more(limited: Limited) -> None:
    """Taking the turn is all: the write does not ask again."""
    limited.keys.answer = answering(id="receipt_1")

    def act(event: Any, ctx: Any) -> Any:
        return ctx.effect("stamp", lambda key: ctx.gigstack.receipts.stamp(event.object["id"]).id)

    limited.handler(act)
    costs = []
    for number, limiters in enumerate((None, limited.limiters)):
        limited.limiters = limiters
        limited.deliver(id=f"evt_{number}")
        before = limited.round_trips()
        limited.work(seconds=1)
        costs.append(limited.round_trips() - before)
    assert [run.state for run in limited.runs()] == ["done", "done"]
    assert costs[1] - costs[0] == 1


def looking(reads: int) -> Any:
    """A handler whose check makes some reads."""

    def act(event: Any, ctx: Any) -> Any:
        def check() -> Happened:
            return Happened([ctx.gigstack.receipts.get("receipt_1").id for _ in range(reads)])

        write = lambda key: ctx.gigstack.receipts.stamp("receipt_1").id  # noqa: E731  # short
        return ctx.effect("stamp", write, on="receipt_1", check=check)

    return act


@pytest.mark.parametrize(("reads", "state"), [(1, "done"), (2, "waiting")])
def test_a_check_uses_the_turn_that_is_held(limited: Limited, reads: int, state: str) -> None:
    """At the slowest rate there is no second one; that a question was not asked is no failure of it."""
    limited.limiters = Limiters(limited.ledger.redis, 0.01, "live")
    limited.keys.answer = lambda request: httpx.Response(500)
    limited.handler(looking(reads))
    limited.deliver()
    limited.work()
    assert limited.effect_states() == ["started"]
    limited.keys.answer = answering(id="receipt_1")
    limited.work(seconds=125)
    if state == "done":  # two answers are needed
        limited.work(seconds=125)
    assert (limited.run().state, limited.run().failures) == (state, 0)
    assert [request.method for request in limited.keys.requests[:2]] == ["POST", "GET"]
