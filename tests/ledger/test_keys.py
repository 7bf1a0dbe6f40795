"""Keys: runs that wait for one keep their place."""

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.records import Claim
from tests.making import accept, ask, body_of, claimed, plan_of, record_of, rule, take_run

KEY = "live:client_1"


def queue_one(ledger: Ledger, url: str, id: str) -> None:
    """A run of the key, with its hint."""
    (accepted,) = accept(url, body_of(id))
    ledger.dispatch(record_of(ledger, accepted.id), [plan_of(accepted.id, rule(), key=KEY)])


def test_waiter_that_came_too_late_keeps_its_place(ledger: Ledger, redis_url: str) -> None:
    """One that was woken, and found the key taken by a newcomer, is still before those that came after it."""
    first = claimed(ledger, redis_url, key=KEY, id="evt_1")
    for waiter in ("evt_2", "evt_3"):
        queue_one(ledger, redis_url, waiter)
        assert take_run(ledger) is None
    queue_one(ledger, redis_url, "evt_4")
    ledger.finish(first.run.id, first.token, "done")  # wakes the second, whose hint is behind the fourth's
    fourth = take_run(ledger, "fourth")
    assert fourth
    assert fourth.event.raw_id == "evt_4"
    assert take_run(ledger) is None
    _, taken = ledger.finish(fourth.run.id, fourth.token, "done", ask=ask("next"), waiter=True)
    assert isinstance(taken.work, Claim)
    assert taken.work.event.raw_id == "evt_2"
