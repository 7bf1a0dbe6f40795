"""The audit: open work stands in exactly one index, and whatever does not is named."""

from collections.abc import Callable
from threading import Thread

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.audit import audit
from gigstack_events.ledger.records import Claim
from gigstack_events.ledger.views import texts
from tests.making import accept, body_of, claimed, plan_of, rule, take_event, take_run


def busy(ledger: Ledger, url: str) -> Claim:
    """A ledger with work in every index and at rest."""
    ended = claimed(ledger, url, id="ended")
    ledger.finish(ended.run.id, ended.token, "done")
    waits = claimed(ledger, url, id="waits")
    ledger.finish(waits.run.id, waits.token, "waiting", delay_ms=60_000)
    claimed(ledger, url, id="holder", key="k")
    accept(url, body_of(id="held"))
    event = take_event(ledger).event
    ledger.dispatch(event, [plan_of(event.id, rule(), key="k")])
    assert take_run(ledger) is None
    accept(url, body_of(id="queued"))
    return ended


def test_healthy_ledger_adds_up(ledger: Ledger, redis_url: str) -> None:
    """Work that is queued, running, waiting, held and done gives no problem."""
    busy(ledger, redis_url)
    audited = audit(ledger.redis)
    assert audited.problems == ()
    assert (audited.open, audited.events, audited.complete) == (4, 5, True)


def queued(ledger: Ledger) -> str:
    (id,) = texts(ledger.redis.zrange("gs:queued:live", 0, 0))
    return id


def lose(ledger: Ledger, done: Claim) -> str:
    id = queued(ledger)
    ledger.redis.zrem("gs:queued:live", id)
    return f"{id} says that it stands in queued:live, which lacks it"


def lose_place(ledger: Ledger, done: Claim) -> str:
    id = queued(ledger)
    ledger.redis.zrem("gs:queued:live", id)
    ledger.redis.hdel(f"gs:event:{id}", "at")
    return f"{id} is accepted but stands in no index"


def list_twice(ledger: Ledger, done: Claim) -> str:
    id = queued(ledger)
    ledger.redis.zadd("gs:attention", {id: 9e15})
    return f"{id} is listed in attention but stands in queued:live"


def list_done(ledger: Ledger, done: Claim) -> str:
    ledger.redis.zadd("gs:attention", {done.run.id: 9e15})
    return f"attention lists {done.run.id}, which is done"


def list_nothing(ledger: Ledger, done: Claim) -> str:
    ledger.redis.zadd("gs:queued:live", {"r" * 26: 1})
    return f"queued:live lists {'r' * 26}, which is not there any more"


@pytest.mark.parametrize("break_it", [lose, lose_place, list_twice, list_done, list_nothing])
def test_what_does_not_add_up_is_named(
    ledger: Ledger, redis_url: str, break_it: Callable[[Ledger, Claim], str]
) -> None:
    """Each way in which work can be lost or listed wrongly is found, once, by the id concerned."""
    done = busy(ledger, redis_url)
    expected = break_it(ledger, done)
    assert audit(ledger.redis).problems == (expected,)


def test_looking_is_bounded(ledger: Ledger, redis_url: str) -> None:
    """Of very many events the newest are looked at, and that is said."""
    accept(redis_url, *(body_of(id=f"evt_{number}") for number in range(501)))
    audited = audit(ledger.redis, look_at=500)
    assert (audited.events, audited.complete) == (500, False)


def test_moving_work_raises_no_false_alarm(ledger: Ledger, redis_url: str) -> None:
    """While a worker carries out hundreds of runs, audit after audit finds nothing wrong."""
    accept(redis_url, *(body_of(id=f"evt_{number}") for number in range(300)))
    audits = []

    def work() -> None:
        busy = Ledger.at(redis_url)
        for _ in range(300):
            event = take_event(busy).event
            busy.dispatch(event, [plan_of(event.id, rule(), key="k"), plan_of(event.id, rule("other"))])
        while claim := take_run(busy):
            busy.finish(claim.run.id, claim.token, "done")
        busy.redis.close()

    worker = Thread(target=work)
    worker.start()
    while worker.is_alive():
        audits.append(audit(ledger.redis))
    worker.join()
    assert len({audited.open for audited in audits}) > 1
    assert [audited.problems for audited in audits if audited.problems] == []
