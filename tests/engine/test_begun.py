"""The limiter and runs of several calls: who has begun goes on before others begin."""

from typing import Any

from gigstack_events import Retry
from gigstack_events.fence import Fence
from gigstack_events.limiter import Limiters, Permits
from tests.engine.stand_in import answering
from tests.engine.test_turns import Limited, limited

__all__ = ["limited"]


def test_a_run_of_several_calls_ends_while_others_queue(limited: Limited) -> None:
    """Once it has begun it goes on: it does not read again and again, each time without a turn to write."""
    limited.limiters = Limiters(limited.ledger.redis, 3, "live")
    limited.keys.answer = answering(id="receipt_1")

    def act(event: Any, ctx: Any) -> Any:
        first, _ = (ctx.gigstack.receipts.get("receipt_1") for _ in range(2))
        limited.exhaust()
        for _ in range(30):  # so many runs wait for their first turn
            limited.limiter.take()
        return ctx.effect("stamp", lambda key: ctx.gigstack.receipts.stamp(first.id).id, on=first.id)

    limited.handler(act)
    limited.deliver()
    limited.work()
    assert (limited.run().state, limited.run().attempt) == ("done", 1)
    assert [request.method for request in limited.keys.requests] == ["GET", "GET", "POST"]


def test_what_was_booked_for_later_is_given_back(limited: Limited) -> None:
    """A handler that ends without its write leaves the next token to others."""
    permits = Permits(limited.limiter, Fence(5), sleep=lambda seconds: None)
    assert (permits.take(write=False), permits.take(write=False) > 0) == (0, True)
    owed = limited.tokens_left
    permits.give_back()
    assert (owed < 0, limited.tokens_left >= 0.5) == (True, True)


def test_a_read_without_a_turn_lets_the_run_wait(limited: Limited) -> None:
    """Nothing was asked, so nothing has failed, whatever the retry policy says of failures."""
    limited.keys.answer = answering(id="client_1")
    limited.handler(lambda e, ctx: ctx.gigstack.clients.get("client_1").id, retry=Retry(attempts=1))
    limited.exhaust(retry_after=30)
    limited.deliver()
    limited.work()
    run = limited.run()
    assert (run.state, run.reason_code, run.failures, limited.keys.requests) == ("waiting", "rate", 0, [])
    limited.work(seconds=35)
    assert limited.run().state == "done"
