"""The audit: open work stands in exactly one index, and whatever does not is named."""

from collections.abc import Callable
from threading import Thread

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.audit import audit
from gigstack_events.ledger.records import Claim, text
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


def forget_list(ledger: Ledger, done: Claim) -> str:
    (run,) = texts(ledger.redis.zrange("gs:held:key:k", 0, -1))
    ledger.redis.delete("gs:held")
    return f"{run} stands in held:key:k, which no sweep looks at"


def forget_lane(ledger: Ledger, done: Claim) -> str:
    ledger.redis.delete("gs:lanes")
    return f"{queued(ledger)} stands in queued:live, which no sweep looks at"


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


@pytest.mark.parametrize(
    "break_it", [lose, lose_place, forget_list, forget_lane, list_twice, list_done, list_nothing]
)
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


def drop_key(ledger: Ledger, done: Claim) -> str:
    ledger.redis.delete("gs:holder:k")
    (run,) = (id for id in texts(ledger.redis.zrange("gs:attention", 0, -1)) if is_running(ledger, id))
    return f"{run} runs without holding its key k"


def keep_key(ledger: Ledger, done: Claim) -> str:
    ledger.redis.set("gs:holder:other", f"{done.run.id} {done.token}")
    return f"key other is held by {done.run.id}, which does not run"


def keep_place(ledger: Ledger, done: Claim) -> str:
    ledger.redis.sadd("gs:running:live:act", done.run.id)
    return f"running:live:act counts {done.run.id}, which does not run"


def count_queued(ledger: Ledger, done: Claim) -> str:
    ledger.redis.hincrby("gs:load:live", "act", 2)
    return "load:live counts 2 queued runs of act, there are 0"


def count_open(ledger: Ledger, done: Claim) -> str:
    (run,) = (id for id in texts(ledger.redis.zrange("gs:attention", 0, -1)) if is_running(ledger, id))
    event = text(ledger.redis.hget(f"gs:run:{run}", "event") or b"")
    ledger.redis.hincrby(f"gs:event:{event}", "open", 1)
    return f"{event} counts 2 open runs, there are 1"


def hide(ledger: Ledger, done: Claim) -> str:
    ledger.redis.hset(f"gs:event:{done.event.id}", "state", "dispatched")
    ledger.redis.hset(f"gs:event:{done.event.id}", "open", 0)
    return f"{done.event.id} is dispatched, though all its runs are at rest"


def forget(ledger: Ledger, done: Claim) -> str:
    (run,) = (id for id in texts(ledger.redis.zrange("gs:attention", 0, -1)) if not is_running(ledger, id))
    ledger.redis.zadd("gs:stuck", {run: 1})
    return f"stuck lists {run}, which is waiting"


def is_running(ledger: Ledger, id: str) -> bool:
    return ledger.redis.hget(f"gs:run:{id}", "state") == b"running"


@pytest.mark.parametrize("break_it", [drop_key, keep_key, keep_place, count_queued, count_open, hide, forget])
def test_marks_that_have_drifted_are_named(
    ledger: Ledger, redis_url: str, break_it: Callable[[Ledger, Claim], str]
) -> None:
    """Keys, places of a quota, counts and the list of what is stuck: each that disagrees is found, once."""
    done = busy(ledger, redis_url)
    expected = break_it(ledger, done)
    assert audit(ledger.redis).problems == (expected,)


def test_parked_run_that_nobody_would_see_is_named(ledger: Ledger, redis_url: str) -> None:
    """A parked run that the list of what is stuck lacks is found, while its event is open."""
    claim = claimed(ledger, redis_url, rule(), rule("other"))
    ledger.finish(claim.run.id, claim.token, "parked")
    assert audit(ledger.redis).problems == ()
    ledger.redis.delete("gs:stuck")
    assert audit(ledger.redis).problems == (f"{claim.run.id} is parked, but stuck lacks it",)
