"""The sweep: due work, ended leases and lost hints are taken up again, at a bounded cost."""

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.operator import Operator
from tests.making import (
    LEASE_MS,
    accept,
    body_of,
    claimed,
    pass_time,
    plan_of,
    rule,
    sweep,
    take_event,
    take_run,
)


def test_nothing_to_do_is_nothing(ledger: Ledger, redis_url: str) -> None:
    """Fresh work is left alone."""
    claimed(ledger, redis_url)
    assert not sweep(ledger)


def test_waiting_run_comes_back_when_due(ledger: Ledger, redis_url: str) -> None:
    """A snoozed run is queued once its time has come, not before."""
    claim = claimed(ledger, redis_url)
    ledger.finish(claim.run.id, claim.token, "waiting", delay_ms=60_000)
    sweep(ledger)
    assert take_run(ledger, "b") is None
    pass_time(ledger, 60_001)
    assert sweep(ledger).due == 1
    again = take_run(ledger, "b")
    assert again
    assert (again.run.attempt, again.run.due) == (2, 0)


def test_resumed_rule_does_not_wait_for_the_lists_of_keys(ledger: Ledger, redis_url: str) -> None:
    """However many keys have waiters, what a pause held goes on at once."""
    ledger.redis.hset("gs:rules", "act", "{}")
    claim = claimed(ledger, redis_url)
    Operator(ledger.redis).pause("act")
    ledger.finish(claim.run.id, claim.token, "handed_back")
    assert take_run(ledger, "b") is None
    ledger.redis.sadd("gs:held", *(f"key:live:{n}" for n in range(50_000)))
    Operator(ledger.redis).resume("act")
    assert sweep(ledger).released == 1
    assert take_run(ledger, "b")


def test_dead_worker_loses_its_run(ledger: Ledger, redis_url: str) -> None:
    """A claim whose lease is over is handed out again, and the vanished worker is counted."""
    claim = claimed(ledger, redis_url)
    pass_time(ledger, LEASE_MS + 1)
    assert sweep(ledger).leases == 1
    again = take_run(ledger, "b")
    assert again
    assert (again.run.id, again.run.lost) == (claim.run.id, 1)


def test_dead_worker_frees_its_key(ledger: Ledger, redis_url: str) -> None:
    """The end of a lease hands the key on."""
    claimed(ledger, redis_url, key="k", id="evt_1")
    accept(redis_url, body_of("evt_2"))
    work = take_event(ledger)
    ledger.dispatch(work.event, [plan_of(work.event.id, rule(), key="k")])
    assert take_run(ledger, "b") is None
    pass_time(ledger, LEASE_MS + 1)
    sweep(ledger)
    assert take_run(ledger, "c")


def test_lost_leases_park_at_the_bound(ledger: Ledger, redis_url: str) -> None:
    """A run that makes every worker vanish waits for a person."""
    claim = claimed(ledger, redis_url)
    for turn in range(3):
        pass_time(ledger, LEASE_MS + 1)
        sweep(ledger, lost_bound=3)
        take_run(ledger, f"t{turn}")
    assert ledger.redis.hget(f"gs:run:{claim.run.id}", "state") == b"parked"


def test_worker_that_dies_while_dispatching(ledger: Ledger, redis_url: str) -> None:
    """An event whose dispatcher vanished is dispatched by the next."""
    accept(redis_url, body_of())
    first = take_event(ledger)
    pass_time(ledger, LEASE_MS + 1)
    sweep(ledger)
    second = take_event(ledger)
    assert second.event.id == first.event.id
    assert ledger.dispatch(first.event, [])[0] == -1
    assert ledger.dispatch(second.event, [])[0] == 0


@pytest.mark.parametrize("left", [0, 1])
def test_lost_hints_are_written_again(ledger: Ledger, redis_url: str, left: int) -> None:
    """Work whose RQ job vanished is found, whether the list is empty or others stand behind it."""
    accept(redis_url, body_of("evt_1"))
    lost = ledger.redis.lpop("rq:queue:gigstack-live")
    assert isinstance(lost, bytes)
    accept(redis_url, *(body_of(f"evt_{n + 2}") for n in range(left)))
    assert sweep(ledger).hints == 0  # perhaps somebody holds it just now
    pass_time(ledger, 31_000)
    assert sweep(ledger).hints == 1
    assert not ledger.redis.exists(f"rq:job:{lost.decode()}")
    assert {take_event(ledger).event.raw_id for _ in range(left + 1)} == {
        f"evt_{n + 1}" for n in range(left + 1)
    }


def test_flushed_rq_keys_cost_nothing(ledger: Ledger, redis_url: str) -> None:
    """With every key of RQ gone, all work is found again from the ledger alone."""
    accept(redis_url, *(body_of(f"evt_{n}") for n in range(5)))
    for key in ledger.redis.scan_iter("rq:*"):
        ledger.redis.delete(key)
    pass_time(ledger, 31_000)
    assert sweep(ledger).hints == 5
    assert len({take_event(ledger).event.id for _ in range(5)}) == 5


def test_queue_that_is_only_long_is_left_alone(ledger: Ledger, redis_url: str) -> None:
    """Hints that merely wait their turn are not written twice, however long they wait."""
    accept(redis_url, *(body_of(f"evt_{n}") for n in range(10)))
    pass_time(ledger, 3_600_000)
    assert not sweep(ledger)
    assert ledger.redis.llen("rq:queue:gigstack-live") == 10


def test_foreign_head_does_not_hide_lost_hints(ledger: Ledger, redis_url: str) -> None:
    """Somebody else's job at the head is removed and named."""
    accept(redis_url, body_of())
    ledger.redis.lpush("rq:queue:gigstack-live", "not-ours")
    assert sweep(ledger).foreign == ("not-ours",)
    take_event(ledger)


def test_pass_is_bounded(ledger: Ledger, redis_url: str) -> None:
    """One pass takes up at most its limit and says that there is more."""
    accept(redis_url, *(body_of(f"evt_{n}") for n in range(7)))
    ledger.redis.delete("rq:queue:gigstack-live")
    pass_time(ledger, 31_000)
    swept = ledger.sweep(lost_after_ms=30_000, lost_bound=10, limit=5)
    assert (swept.hints, swept.more) == (5, True)
    assert ledger.sweep(lost_after_ms=30_000, lost_bound=10, limit=5).hints == 2


def test_key_without_a_living_holder_is_released(ledger: Ledger, redis_url: str) -> None:
    """A key that a vanished program still seems to hold does not block its waiters for ever."""
    ledger.redis.set("gs:holder:k", "r-gone token")
    accept(redis_url, body_of())
    work = take_event(ledger)
    ledger.dispatch(work.event, [plan_of(work.event.id, rule(), key="k")])
    assert take_run(ledger) is None
    assert sweep(ledger).released == 1
    assert take_run(ledger, "b")


def test_expired_events_leave_the_list(ledger: Ledger, redis_url: str) -> None:
    """The list of events does not outgrow what is kept; an event that still exists stays in it."""
    claim = claimed(ledger, redis_url)
    ledger.redis.zadd("gs:events", {"e-expired": 1, claim.event.id: 2})
    sweep(ledger)
    assert ledger.redis.zrange("gs:events", 0, -1) == [claim.event.id.encode()]
