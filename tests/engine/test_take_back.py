"""The ledger's `go` never came: nothing was sent, and whoever knows that says so while it can."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from gigstack_events import Retry
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.records import Claim
from tests.engine.conftest import Bench
from tests.engine.outside import Outside
from tests.engine.stand_in import answering


class Losing(Ledger):
    """A ledger whose answer to `started` is lost on the way; `before` is what happens then."""

    def __init__(self, client: redis.Redis, before: Callable[[], object]) -> None:
        super().__init__(client)
        self.before: Callable[[], object] | None = before

    def effect_start(self, *args: Any, **how: Any) -> list[Any]:
        """Do it, and lose the answer once."""
        reply = super().effect_start(*args, **how)
        if self.before is not None:
            self.before()
            self.before = None
            raise redis.ConnectionError("lost")
        return reply


def bench_of(url: str, ledger: Ledger, outside: Outside) -> Bench:
    """A bench with a handler that cannot look."""
    bench = Bench(url, ledger)
    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r"))
    bench.deliver()
    return bench


def test_lost_go_ahead_is_taken_back(redis_url: str) -> None:
    """An effect without a check is carried out later, instead of waiting for a person."""
    with redis.Redis.from_url(redis_url) as client:
        outside = Outside()
        bench = bench_of(redis_url, Losing(client, lambda: None), outside)
        bench.work()
        assert (bench.run().state, bench.run().reason_code, outside.acts) == ("waiting", "redis", 0)
        assert bench.effect_states() == ["not_done"]
        bench.work(seconds=6)
        assert (bench.run().state, outside.acts) == ("done", 1)


def test_nothing_is_taken_back_from_another(redis_url: str) -> None:
    """A claim that is over meanwhile settles nothing any more."""
    with redis.Redis.from_url(redis_url) as client:
        outside = Outside()
        lose = lambda: client.hset(next(client.scan_iter("gs:run:*")), "token", "another")  # noqa: E731  # short
        bench = bench_of(redis_url, Losing(client, lose), outside)
        bench.work()
        assert bench.effect_states() == ["started"]
        assert outside.acts == 0


def test_lost_answer_to_the_record_of_an_act(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The act is done and the record may be: it is written again, and the run ends without any doubt."""
    outside, real, answers = Outside(), Ledger.effect_end, [True, False]

    def losing(ledger: Ledger, *args: Any) -> None:
        if answers and answers.pop():  # the first is lost on its way there, the second on its way back
            real(ledger, *args)
            raise redis.TimeoutError("late")
        if answers:
            raise redis.ConnectionError("lost")
        real(ledger, *args)

    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r"))
    bench.deliver()
    monkeypatch.setattr(Ledger, "effect_end", losing)
    bench.work()
    assert (bench.run().state, bench.effect_states(), outside.acts) == ("done", ["done"], 1)


class Forgetful(Ledger):
    """A ledger that is away when it is told what the API said."""

    def confirm(self, claim: Claim, body: bytes) -> None:
        """Be away."""
        raise redis.ConnectionError("gone for a moment")


def test_confirmation_that_redis_does_not_take_is_no_failure(redis_url: str) -> None:
    """The handler has not begun: its run waits, whatever its retry policy says of failures."""
    with redis.Redis.from_url(redis_url) as client:
        bench = Bench(redis_url, Forgetful(client))
        bench.keys.answer = answering(id="payment_1", status="succeeded", livemode=True)
        bench.handler(lambda e, ctx: "handled", retry=Retry(attempts=1))
        bench.deliver(trust="none", status="succeeded")
        bench.work()
        assert (bench.run().state, bench.run().reason_code, bench.run().failures) == ("waiting", "redis", 0)
