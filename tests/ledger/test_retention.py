"""Retention: what is at rest goes in time, all of it; what is open or waits for a person stays, all of it."""

import json

from benchmarks.exempt import keys_of, leave
from benchmarks.history import accept_all, pass_days, payments, sweep_up, work_off
from gigstack_events import Context, Event, GiveUp, on
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import text
from gigstack_events.ledger.views import texts
from tests.making import RECEIPTS, accept, begin, body_of, claimed, take_run

# Counters, switches and what rules there were: none of these grows with events.
LASTING = {
    "gs:schema",
    "gs:ticket",
    "gs:replid",
    "gs:epoch",
    "gs:lanes",
    "gs:paused",
    "gs:clock:offset",
    "gs:held",
    "gs:trim",
}
# What an open run or event gains when it is swept: a new place in the queue, and nothing else.
MOVING = {"gen", "at", "ticket", "pushed", "state", "reason", "due", "lost"}


def keys(ledger: Ledger) -> set[str]:
    return {text(key) for key in ledger.redis.scan_iter("*", count=1000)}


def contents(ledger: Ledger, key: str) -> dict[str, bytes | str]:
    found = ledger.redis.hgetall(key)
    return {text(name): value for name, value in found.items() if text(name) not in MOVING}


def age(ledger: Ledger, days: float) -> None:
    pass_days(ledger.redis, days)
    sweep_up(ledger, 5)


def test_nothing_at_rest_outlives_the_retention(ledger: Ledger, redis_url: str) -> None:
    """400 days after the last run came to rest the ledger is as small as a new one."""
    ledger.check_schema()
    accept_all(redis_url, list(payments(150)))
    accept(redis_url, body_of(id="evt_unmatched", type="payment.expired", client={"id": "c"}))
    work_off(ledger)
    age(ledger, 31)
    assert not [key for key in keys(ledger) if key.startswith("gs:body:")]
    assert len([key for key in keys(ledger) if key.startswith(("gs:event:", "gs:effect:"))]) == 301
    age(ledger, 370)
    left = {key for key in keys(ledger) if not key.startswith(("gs:rule:", "rq:queues"))}
    assert left <= LASTING


def test_at_rest_nothing_is_kept_that_only_open_work_needs(ledger: Ledger, redis_url: str) -> None:
    """Neither places in queues nor tokens nor empty texts outlive the work; a retry makes them anew."""
    claim = claimed(ledger, redis_url)
    ledger.finish(claim.run.id, claim.token, "skipped")
    run, event = f"gs:run:{claim.run.id}", f"gs:event:{claim.event.id}"
    for key in (run, event):
        kept = ledger.redis.hgetall(key)
        assert not {text(name) for name in kept} & {
            "at",
            "ticket",
            "pushed",
            "token",
            "worker",
            "due",
            "nonce",
        }
        assert b"" not in {value for name, value in kept.items() if name != b"key"}
    assert Operator(ledger.redis).retry(claim.run.id) == ""
    assert ledger.redis.ttl(run) == ledger.redis.ttl(event) == -1
    again = take_run(ledger, "again")
    assert again
    assert again.run.id == claim.run.id
    assert ledger.finish(claim.run.id, "again", "done")[0] == "done"
    assert ledger.redis.ttl(run) > 0


def test_what_is_open_or_waits_for_a_person_stays_whole(ledger: Ledger, redis_url: str) -> None:
    """Parked, failed, unreadable, doubtful and open work keeps bodies and effects for as long as it takes."""
    events = leave(redis_url, ledger)
    before = {key: contents(ledger, key) for id in events.values() for key in keys_of(ledger, id)}
    assert len(before) == 26
    stuck = set(ledger.redis.zrange("gs:stuck", 0, -1))
    accept_all(redis_url, list(payments(3)))
    for days in (31, 370, 1000):
        age(ledger, days)
    assert {key: contents(ledger, key) for key in before} == before
    assert set(ledger.redis.zrange("gs:stuck", 0, -1)) == stuck
    assert set(texts(ledger.redis.zrange("gs:events", 0, -1))) >= set(events.values())


def test_an_effect_lasts_as_long_as_any_run_that_leans_on_it(ledger: Ledger, redis_url: str) -> None:
    """A failed run finds the effect that an event of long ago has done, and does not repeat it."""
    acts: list[str] = []
    cause = [GiveUp("the cause is not mended yet")]

    @on("payment.*", writes=False)
    def act(event: Event, ctx: Context) -> None:
        ctx.effect("shared:act", acts.append, on="one thing")
        if event.id == "evt_b" and cause:
            raise cause[0]

    accept(redis_url, body_of(id="evt_a"), body_of(id="evt_b"))
    work_off(ledger, act)
    age(ledger, 1000)
    (failed,) = texts(ledger.redis.zrange("gs:stuck", 0, -1))
    cause.clear()
    assert Operator(ledger.redis).retry(failed) == ""
    work_off(ledger, act)
    assert len(acts) == 1
    assert ledger.redis.zcard("gs:stuck") == 0
    age(ledger, 401)
    assert not [key for key in keys(ledger) if key.startswith("gs:effect:")]


def test_what_a_person_has_given_up_goes_in_time(ledger: Ledger, redis_url: str) -> None:
    """A cancelled run is at rest: it goes like any other, and so does the effect that nobody will settle."""
    events = leave(redis_url, ledger)
    given_up = set(keys_of(ledger, events["doubtful"]))
    run = next(key for key in given_up if key.startswith("gs:run:")).removeprefix("gs:run:")
    assert Operator(ledger.redis).cancel(run) == ""
    age(ledger, 399)
    assert keys(ledger) & given_up == {key for key in given_up if not key.startswith("gs:body:")}
    age(ledger, 2)
    assert not keys(ledger) & given_up


def test_act_that_may_be_repeated_is_not_kept_for_ever(ledger: Ledger, redis_url: str) -> None:
    """Nobody has to settle it, so it goes with its run, however that ended."""
    claim = claimed(ledger, redis_url)
    ledger.effect_start(claim.run.id, claim.token, RECEIPTS[0], "act", "it", again=False, harmless=True)
    assert ledger.finish(claim.run.id, claim.token, "done")[0] == "done"
    age(ledger, 401)
    assert not [key for key in keys(ledger) if key.startswith("gs:effect:")]


def test_doubt_goes_with_the_last_run_that_was_given_up(ledger: Ledger, redis_url: str) -> None:
    """An act whose own run was cancelled and is gone stays only for those that still lean on it."""
    first = claimed(ledger, redis_url, id="evt_1")
    begin(ledger, first)
    ledger.finish(first.run.id, first.token, "parked")
    second = claimed(ledger, redis_url, id="evt_2", token="second")
    assert begin(ledger, second)[0] == "unknown"
    ledger.finish(second.run.id, second.token, "parked")
    assert Operator(ledger.redis).cancel(first.run.id) == ""
    age(ledger, 401)
    assert [key for key in keys(ledger) if key.startswith("gs:effect:")]
    assert Operator(ledger.redis).cancel(second.run.id) == ""
    age(ledger, 401)
    assert not [key for key in keys(ledger) if key.startswith("gs:effect:")]


def test_the_list_of_events_is_trimmed_behind_those_that_are_kept(ledger: Ledger, redis_url: str) -> None:
    """However many old events wait for a person, the entries of expired ones behind them go."""
    old = [json.dumps({**json.loads(body), "created": 1}).encode() for body in payments(150)]
    accept_all(redis_url, old)
    accept_all(redis_url, list(payments(120, seed=2)))
    work_off(ledger)
    age(ledger, 401)
    assert ledger.redis.zcard("gs:events") == 150
