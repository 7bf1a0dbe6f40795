"""The quota: a rule keeps to a quarter of its lane's workers while others wait."""

import pytest
from redis.exceptions import OutOfMemoryError

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.audit import audit
from gigstack_events.ledger.records import Claim, text
from gigstack_events.ledger.views import texts
from tests.making import (
    LEASE_MS,
    accept,
    ask,
    body_of,
    pass_time,
    plan_of,
    record_of,
    rule,
    sweep,
    take_event,
    take_run,
)


@pytest.fixture
def lane(ledger: Ledger) -> Ledger:
    """A live lane with eight workers, and two rules that share it."""
    ledger.redis.hset("gs:rules", mapping={"busy": "{}", "other": "{}"})
    ledger.redis.zadd("gs:crew:live", {"here=6": ledger.now() + 60_000, "there=2": ledger.now() + 60_000})
    return ledger


def queue_runs(ledger: Ledger, url: str, name: str, count: int, key: str = "") -> None:
    """Runs of one rule, ready to be claimed."""
    for accepted in accept(url, *(body_of(f"{name}_{n}") for n in range(count))):
        ledger.dispatch(record_of(ledger, accepted.id), [plan_of(accepted.id, rule(name), key=key)])


def take_all(ledger: Ledger, most: int = 8) -> list[Claim]:
    """What so many idle workers get."""
    claims = (take_run(ledger, f"token-{n}") for n in range(most))
    return [claim for claim in claims if claim]


def rules_of(claims: list[Claim]) -> list[str]:
    return sorted(claim.run.rule for claim in claims)


def test_rule_gets_a_quarter_while_others_wait(lane: Ledger, redis_url: str) -> None:
    """Six of eight workers are left to the rule whose runs came later."""
    queue_runs(lane, redis_url, "busy", 10)
    queue_runs(lane, redis_url, "other", 7)
    claims = take_all(lane)
    assert rules_of(claims)[:2] == ["busy", "busy"]
    assert rules_of(claims)[2:] == ["other"] * 6
    assert audit(lane.redis).problems == ()


def test_rule_may_use_all_workers_when_nobody_waits(lane: Ledger, redis_url: str) -> None:
    """A quota never leaves a worker idle while there is work."""
    queue_runs(lane, redis_url, "busy", 10)
    assert rules_of(take_all(lane)) == ["busy"] * 8


def test_an_event_that_waits_counts_as_another(lane: Ledger, redis_url: str) -> None:
    """Nobody knows yet which rules an event is for, so it is dispatched before a third run of a rule."""
    queue_runs(lane, redis_url, "busy", 6)
    accept(redis_url, body_of("fresh"))
    assert len([claim for claim in (take_run(lane, "a"), take_run(lane, "b")) if claim]) == 2
    take_event(lane)


def test_what_was_put_aside_goes_on_in_order(lane: Ledger, redis_url: str) -> None:
    """The end of a run takes the next of its rule, the oldest first."""
    queue_runs(lane, redis_url, "busy", 5)
    queue_runs(lane, redis_url, "other", 8)
    busy = [claim for claim in take_all(lane) if claim.run.rule == "busy"]
    assert [claim.event.raw_id for claim in busy] == ["busy_0", "busy_1"]
    _, taken = lane.finish(busy[0].run.id, busy[0].token, "done", ask=ask("next"))
    assert isinstance(taken.work, Claim)
    assert taken.work.event.raw_id == "busy_2"


@pytest.mark.parametrize("slow", ["busy", "other"])
def test_what_was_put_aside_waits_too(lane: Ledger, redis_url: str, slow: str) -> None:
    """A rule whose runs do not end leaves their part of the lane to runs that stand aside."""
    both = (rule("busy"), rule("other"))
    for accepted in accept(redis_url, *(body_of(f"evt_{n}") for n in range(20))):
        lane.dispatch(record_of(lane, accepted.id), [plan_of(accepted.id, each) for each in both])
    slow_ones, ended, quick = 0, 0, list[Claim]()
    for turn in range(100):
        if slow_ones + len(quick) < 8:
            work = lane.take(ask(f"token-{turn}")).work
        elif quick and ended < 15:
            ended += 1
            claim = quick.pop(0)
            work = lane.finish(claim.run.id, claim.token, "done", ask=ask(f"token-{turn}"))[1].work
        else:
            break
        if isinstance(work, Claim):
            slow_ones += work.run.rule == slow
            quick += [work] * (work.run.rule != slow)
    assert slow_ones <= 4
    assert ended == 15
    assert audit(lane.redis).problems == ()


def test_stopping_worker_hands_its_place_on(lane: Ledger, redis_url: str) -> None:
    """A worker that takes nothing more leaves a hint for the run that may go on now."""
    queue_runs(lane, redis_url, "busy", 3)
    queue_runs(lane, redis_url, "other", 9)
    claims = take_all(lane)
    busy = next(claim for claim in claims if claim.run.rule == "busy")
    before = lane.redis.zcard("gs:held:quota:live:busy")
    lane.finish(busy.run.id, busy.token, "done")
    assert (before, lane.redis.zcard("gs:held:quota:live:busy")) == (1, 0)


def test_lost_lease_gives_its_place_back(lane: Ledger, redis_url: str) -> None:
    """Workers that vanish do not fill the quota for ever."""
    queue_runs(lane, redis_url, "busy", 4)
    queue_runs(lane, redis_url, "other", 9)
    take_all(lane)
    pass_time(lane, LEASE_MS + 1)
    sweep(lane)
    assert lane.redis.scard("gs:running:live:busy") == 0
    assert rules_of(take_all(lane)).count("busy") == 2
    assert audit(lane.redis).problems == ()


@pytest.mark.parametrize("code", ["timeout", "memory"])
def test_rule_that_had_to_be_killed_keeps_to_its_quarter(lane: Ledger, redis_url: str, code: str) -> None:
    """It may not fill an idle lane with runs that hang; ten minutes later it may again."""
    queue_runs(lane, redis_url, "busy", 12)
    first = take_run(lane)
    assert first
    lane.finish(first.run.id, first.token, "waiting", code=code, delay_ms=3_600_000)
    lane.redis.delete("gs:cooling:live:busy")
    assert len(take_all(lane)) == 2
    lane.redis.delete("gs:struck:busy")
    assert len(take_all(lane)) == 8


@pytest.mark.parametrize(("outcome", "code"), [("crashed", ""), ("waiting", "timeout")])
def test_rule_whose_run_ended_its_worker_has_a_second_off(
    lane: Ledger, redis_url: str, outcome: str, code: str
) -> None:
    """Else worker after worker would take a run that kills it, and the others would wait for new workers."""
    queue_runs(lane, redis_url, "busy", 3)
    first = take_run(lane)
    assert first
    lane.finish(first.run.id, first.token, outcome, code=code)
    assert take_all(lane) == []
    assert 0 < lane.redis.pttl("gs:cooling:live:busy") <= 1000
    lane.redis.delete("gs:cooling:live:busy")
    assert take_run(lane)


def test_waiters_of_a_key_respect_the_quota(lane: Ledger, redis_url: str) -> None:
    """A key hands itself on in a chain; the chain ends where the rule's part of the lane does."""
    queue_runs(lane, redis_url, "busy", 6, key="live:client_1")
    first = take_run(lane)
    assert first
    lane.redis.sadd("gs:running:live:busy", "r" + "a" * 25, "r" + "b" * 25)  # two more are at work elsewhere
    queue_runs(lane, redis_url, "other", 2)
    _, taken = lane.finish(first.run.id, first.token, "done", ask=ask("next"), waiter=True)
    assert isinstance(taken.work, Claim)
    assert taken.work.run.rule == "other"


def test_single_rule_knows_no_quota(lane: Ledger, redis_url: str) -> None:
    """With nothing else to protect, one rule has the whole lane, whatever became of its runs."""
    lane.redis.hdel("gs:rules", "other")
    queue_runs(lane, redis_url, "busy", 10)
    lane.redis.set("gs:struck:busy", 1)
    assert len(take_all(lane)) == 8


def test_queued_runs_are_counted_by_rule(lane: Ledger, redis_url: str) -> None:
    """What a quota is decided by agrees with the queue, through claims, lost hints and rest."""
    queue_runs(lane, redis_url, "busy", 5)
    queue_runs(lane, redis_url, "other", 3)
    claims = take_all(lane, most=3)
    lane.redis.delete("rq:queue:gigstack-live")
    pass_time(lane, 31_000)
    sweep(lane)
    for claim in claims:
        lane.finish(claim.run.id, claim.token, "done")
    ids = texts(lane.redis.zrange("gs:queued:live", 0, -1))
    rules = [text(lane.redis.hget(f"gs:run:{id}", "rule") or "") for id in ids]
    load = {text(name): int(count) for name, count in lane.redis.hgetall("gs:load:live").items()}
    assert load == {name: rules.count(name) for name in set(rules)}


def test_full_redis_hands_out_nothing_that_was_put_aside(lane: Ledger, redis_url: str) -> None:
    """Short of memory nothing is begun, whichever list it stands in."""
    queue_runs(lane, redis_url, "busy", 2)
    lane.redis.set("gs:cooling:live:busy", 1)
    assert take_run(lane) is None
    lane.redis.delete("gs:cooling:live:busy")
    lane.redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(OutOfMemoryError):
            take_run(lane)
    finally:
        lane.redis.config_set("maxmemory", 0)
    assert take_run(lane)
