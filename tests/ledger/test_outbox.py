"""A run that ends badly is told of: in the same step, once for each ending, and never in a circle."""

import json
from typing import Any

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.internal import deliver, listen
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import Claim
from gigstack_events.ledger.views import Views, texts
from tests.making import LEASE_MS, ask, claimed, pass_time, plan_of, rule, sweep, take_event, take_run

BOTH = ("run.failed", "run.parked")


def fail(ledger: Ledger, claim: Claim, outcome: str = "failed") -> None:
    """End a run badly."""
    ledger.finish(claim.run.id, claim.token, outcome, reason="no luck", code="luck", failures=1)


def outbox(ledger: Ledger) -> list[dict[str, Any]]:
    """What waits to be sent."""
    return [json.loads(entry) for entry in texts(ledger.redis.zrange("gs:outbox", 0, -1))]


def told(ledger: Ledger) -> list[str]:
    """The internal events there are, by the sender's id."""
    rows = Views(ledger.redis).events(limit=100).rows
    return sorted(row.raw_id for row in rows if row.id_source == "internal")


def test_a_failed_run_makes_an_event(ledger: Ledger, redis_url: str) -> None:
    """It tells which run failed, why, and of what; mode and team are those of the run's event."""
    listen(ledger.redis, BOTH, {})
    claim = claimed(ledger, redis_url, livemode=False, team="team_1")
    fail(ledger, claim)
    assert deliver(ledger, 10) == 1
    assert outbox(ledger) == []
    work = take_event(ledger)
    assert (work.event.type, work.event.mode, work.event.team) == ("run.failed", "test", "team_1")
    assert (work.event.trust, work.event.id_source) == ("signed", "internal")
    assert json.loads(work.body)["data"]["object"] == {
        "run": claim.run.id, "rule": "act", "handler": "act", "event": claim.event.id,
        "event_type": "payment.succeeded", "reason_code": "luck", "attempt": 1, "object_id": "payment_1",
        "reason": "no luck",
    }  # fmt: skip


def test_nothing_is_written_where_nobody_listens(ledger: Ledger, redis_url: str) -> None:
    """A ledger without such rules pays nothing; a rule that is gone is not listened for any more."""
    listen(ledger.redis, BOTH, {})
    listen(ledger.redis, ["run.parked"], {})
    fail(ledger, claimed(ledger, redis_url))
    assert outbox(ledger) == []


@pytest.mark.parametrize("deaths", ["before", "between", "after"])
def test_a_death_loses_nothing_and_doubles_nothing(ledger: Ledger, redis_url: str, deaths: str) -> None:
    """Whoever sends may die before the event is kept, before its entry is removed, or after."""
    listen(ledger.redis, BOTH, {})
    fail(ledger, claimed(ledger, redis_url))
    (entry,) = texts(ledger.redis.zrange("gs:outbox", 0, -1))
    if deaths != "before":
        deliver(ledger, 10)
    if deaths == "between":  # the entry is still there for the next one
        ledger.redis.zadd("gs:outbox", {entry: 1})
    deliver(ledger, 10)
    deliver(ledger, 10)
    assert len(told(ledger)) == 1
    assert outbox(ledger) == []
    take_event(ledger)
    assert ledger.take(ask()).work is None


def test_each_ending_is_told_of(ledger: Ledger, redis_url: str, operator: Operator) -> None:
    """A run that a person retries and that ends badly again makes another event."""
    listen(ledger.redis, BOTH, {})
    claim = claimed(ledger, redis_url)
    fail(ledger, claim)
    operator.retry(claim.run.id)
    again = take_run(ledger, "again")
    assert again
    fail(ledger, again, "parked")
    deliver(ledger, 10)
    assert told(ledger) == [f"{claim.run.id}-failed-1", f"{claim.run.id}-parked-2"]


def test_a_run_that_the_sweep_parks_is_told_of(ledger: Ledger, redis_url: str) -> None:
    """No worker has to live for that."""
    listen(ledger.redis, BOTH, {})
    claim = claimed(ledger, redis_url)
    pass_time(ledger, LEASE_MS + 1)
    sweep(ledger, lost_bound=1)
    (entry,) = outbox(ledger)
    assert (entry["run"], entry["state"], entry["reason_code"]) == (claim.run.id, "parked", "poison")


def test_a_run_that_crashes_too_often_is_told_of(ledger: Ledger, redis_url: str) -> None:
    """The supervisor's word is enough."""
    listen(ledger.redis, BOTH, {})
    claim = claimed(ledger, redis_url)
    ledger.finish(claim.run.id, claim.token, "crashed", crash_bound=1)
    assert [entry["state"] for entry in outbox(ledger)] == ["parked"]


def test_what_reacts_to_a_failure_makes_no_further_event(ledger: Ledger, redis_url: str) -> None:
    """There is no circle: a run made by such an event is never told of, whatever its rule."""
    listen(ledger.redis, BOTH, {})
    fail(ledger, claimed(ledger, redis_url))
    deliver(ledger, 10)
    work = take_event(ledger)
    ledger.dispatch(work.event, [plan_of(work.event.id, rule("notify", "run.*"))])
    reaction = take_run(ledger, "reaction")
    assert reaction
    fail(ledger, reaction)
    assert outbox(ledger) == []


def test_a_forged_failure_that_fails_is_told_of(ledger: Ledger, redis_url: str) -> None:
    """A delivery's word does not make its event an internal one; its id cannot meet one either."""
    listen(ledger.redis, BOTH, {})
    claim = claimed(ledger, redis_url, type="run.failed")
    fail(ledger, claim)
    assert [entry["event_type"] for entry in outbox(ledger)] == ["run.failed"]
    deliver(ledger, 10)
    (raw,) = told(ledger)
    ledger.dispatch(take_event(ledger).event, [])
    forged = claimed(ledger, redis_url, id=raw, type="run.failed")
    assert forged.event.id_source == "body"
    assert forged.event.raw_id == raw


def test_a_pass_is_bounded(ledger: Ledger, redis_url: str) -> None:
    """A thousand failures at once hold nobody up: each pass sends so many, the oldest first."""
    listen(ledger.redis, BOTH, {})
    for n in range(3):
        fail(ledger, claimed(ledger, redis_url, id=f"evt_{n}", token=f"t{n}"))
        pass_time(ledger, 1000)
    first = outbox(ledger)[0]["run"]
    assert deliver(ledger, 2) == 2
    assert len(outbox(ledger)) == 1
    assert f"{first}-failed-1" in told(ledger)
