"""A person's verdicts: retry, cancel, resolve, replay, release, dismiss, rebuild."""

import json
import time

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.audit import audit
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import Claim, text
from gigstack_events.ledger.views import texts
from tests.making import (
    RECEIPTS,
    accept,
    begin,
    body_of,
    claimed,
    plan_of,
    record_of,
    rule,
    take_event,
    take_run,
)

EFFECT, OTHER = RECEIPTS


def parked(ledger: Ledger, url: str, *effects: str) -> Claim:
    """A run that was parked because nobody knows what became of its acts."""
    claim = claimed(ledger, url, key="live:client_1")
    for effect in effects:
        begin(ledger, claim, effect)
    ledger.finish(claim.run.id, claim.token, "parked", reason="outcome unknown")
    return claim


def field(ledger: Ledger, key: str, name: str) -> str:
    return text(ledger.redis.hget(f"gs:{key}", name) or "")


def test_what_happened_is_not_done_again(ledger: Ledger, redis_url: str, operator: Operator) -> None:
    """A person found the CFDI: the run goes on and finds the act done, with the person's result."""
    claim = parked(ledger, redis_url, EFFECT)
    assert operator.resolve(claim.run.id, EFFECT, happened=True, result='{"uuid": "A"}') == "queued"
    again = take_run(ledger, "second")
    assert again
    assert begin(ledger, again) == ["done", '{"uuid": "A"}']
    assert ledger.redis.zscore("gs:stuck", claim.run.id) is None
    assert audit(ledger.redis).problems == ()


def test_what_did_not_happen_is_done_under_another_key(
    ledger: Ledger, redis_url: str, operator: Operator
) -> None:
    """A person found nothing: the run acts, with an idempotency key that the lost try did not have."""
    claim = claimed(ledger, redis_url)
    first = begin(ledger, claim)
    ledger.finish(claim.run.id, claim.token, "parked")
    assert operator.resolve(claim.run.id, EFFECT, happened=False) == "queued"
    again = take_run(ledger, "second")
    assert again
    second = begin(ledger, again)
    assert (first[0], second[0]) == ("go", "go")
    assert first[1] != second[1]


def test_a_run_waits_until_each_of_its_acts_is_settled(
    ledger: Ledger, redis_url: str, operator: Operator
) -> None:
    """One answer of two lets nothing go on yet."""
    claim = parked(ledger, redis_url, EFFECT, OTHER)
    assert operator.resolve(claim.run.id, EFFECT, happened=True) == "more"
    assert take_run(ledger) is None
    assert operator.resolve(claim.run.id, OTHER, happened=False) == "queued"
    assert take_run(ledger)


def test_a_waiting_run_can_be_resolved_before_its_check(
    ledger: Ledger, redis_url: str, operator: Operator
) -> None:
    """Who knows already need not wait for two checks."""
    claim = claimed(ledger, redis_url)
    begin(ledger, claim)
    ledger.finish(claim.run.id, claim.token, "waiting", code="unknown", delay_ms=120_000)
    assert operator.resolve(claim.run.id, EFFECT, happened=True) == "queued"
    assert take_run(ledger)
    assert audit(ledger.redis).problems == ()


@pytest.mark.parametrize(
    ("outcome", "told"), [("done", "done"), ("parked", "settled"), ("running", "running")]
)
def test_there_must_be_something_to_resolve(
    ledger: Ledger, redis_url: str, operator: Operator, outcome: str, told: str
) -> None:
    """A run that is over or under way, and an act that is known, take no verdict."""
    claim = claimed(ledger, redis_url)
    begin(ledger, claim)
    if outcome != "running":
        ledger.effect_end(claim.run.id, claim.token, EFFECT, "done", "1")
        ledger.finish(claim.run.id, claim.token, outcome)
    assert operator.resolve(claim.run.id, EFFECT, happened=False) == told
    assert operator.resolve("r-nowhere", EFFECT, happened=False) == "unknown"


def test_an_act_under_way_is_not_resolved(ledger: Ledger, redis_url: str, operator: Operator) -> None:
    """While a live claim of another run is at it, nobody else may say what came of it."""
    first = parked(ledger, redis_url, EFFECT)
    ledger.redis.hset(f"gs:effect:{EFFECT}", "state", "not_done")
    other = claimed(ledger, redis_url, token="other", id="evt_2")
    begin(ledger, other)
    assert operator.resolve(first.run.id, EFFECT, happened=True) == "busy"


@pytest.mark.parametrize("state", ["queued", "waiting", "held", "parked", "failed"])
def test_cancel_takes_a_run_out(ledger: Ledger, redis_url: str, operator: Operator, state: str) -> None:
    """A cancelled run is at rest for good, wherever it stood; its event settles and its retention begins."""
    claim = claimed(ledger, redis_url, key="live:client_1")
    run = claim.run.id
    if state == "held":
        accept(redis_url, body_of("evt_2"))
        work = take_event(ledger)
        ledger.dispatch(work.event, [plan_of(work.event.id, rule(), key="live:client_1")])
        assert take_run(ledger) is None
        (run,) = texts(ledger.redis.zrange("gs:held:key:live:client_1", 0, -1))
    else:
        ledger.finish(run, claim.token, "handed_back" if state == "queued" else state, delay_ms=60_000)
    assert operator.cancel(run) == ""
    assert field(ledger, f"run:{run}", "state") == "cancelled"
    event = field(ledger, f"run:{run}", "event")
    assert field(ledger, f"event:{event}", "state") == "settled"
    assert ledger.redis.ttl(f"gs:event:{event}") > 0
    assert ledger.redis.zscore("gs:stuck", run) is None
    assert audit(ledger.redis).problems == ()


@pytest.mark.parametrize("state", ["running", "done", "skipped"])
def test_cancel_leaves_what_runs_or_is_over(
    ledger: Ledger, redis_url: str, operator: Operator, state: str
) -> None:
    """There is nothing to take out of a run that is over, and a claim is nobody's to end."""
    claim = claimed(ledger, redis_url)
    if state != "running":
        ledger.finish(claim.run.id, claim.token, state)
    assert operator.cancel(claim.run.id) == state
    assert operator.cancel("r-nowhere") == "unknown"


def test_an_unknown_outcome_outlives_its_cancelled_run(
    ledger: Ledger, redis_url: str, operator: Operator
) -> None:
    """The next run about the same receipt still has to find out; the record ends with all others."""
    claim = parked(ledger, redis_url, EFFECT)
    operator.cancel(claim.run.id)
    assert 0 < ledger.redis.ttl(f"gs:effect:{EFFECT}") <= 400 * 86_400
    other = claimed(ledger, redis_url, token="other", id="evt_2")
    assert begin(ledger, other)[0] == "unknown"


@pytest.mark.parametrize("verdict", ["release", "dismiss"])
def test_event_too_old_to_know_gets_a_verdict(
    ledger: Ledger, redis_url: str, operator: Operator, verdict: str
) -> None:
    """A parked event is dispatched after all, or left for good; it does not wait for ever."""
    long_ago = (int(time.time()) - 500 * 86_400) * 1000
    (accepted,) = accept(redis_url, body_of(created=long_ago))
    assert record_of(ledger, accepted.id).state == "parked"
    assert operator.judge(accepted.id, verdict) == ""
    assert ledger.redis.zscore("gs:stuck", accepted.id) is None
    if verdict == "release":
        assert take_event(ledger).event.id == accepted.id
    else:
        assert record_of(ledger, accepted.id).state == "settled"
        assert ledger.redis.ttl(f"gs:event:{accepted.id}") > 0
    assert operator.judge(accepted.id, verdict) != ""
    assert audit(ledger.redis).problems == ()


def test_hints_are_rebuilt_from_the_ledger(ledger: Ledger, redis_url: str, operator: Operator) -> None:
    """After the loss of all of RQ's keys every queued piece of work is handed out, once, in its order."""
    accept(redis_url, *(body_of(f"evt_{n}") for n in range(1200)))
    for key in ledger.redis.scan_iter("rq:*"):
        ledger.redis.delete(key)
    assert operator.rebuild_queue() == 1200
    seen = [take_event(ledger).event.raw_id for _ in range(1200)]
    assert seen == [f"evt_{n}" for n in range(1200)]
    assert take_run(ledger) is None
    assert ledger.redis.llen("rq:queue:gigstack-live") == 0


def test_rebuilt_hints_leave_no_job_behind(ledger: Ledger, redis_url: str, operator: Operator) -> None:
    """Rebuilding a queue that lacks nothing makes the earlier hints stale and removes their jobs."""
    accept(redis_url, body_of())
    assert operator.rebuild_queue() == 1
    jobs = list(ledger.redis.scan_iter("rq:job:*"))
    assert [text(job).rsplit("-", 2)[1] for job in jobs] == ["2"]
    assert json.loads(ledger.redis.hget(jobs[0], "data") or "")[2][2] == 2


def test_dismissed_event_can_be_replayed(ledger: Ledger, redis_url: str, operator: Operator) -> None:
    """Who dismissed an event and thinks again may run a rule for it all the same."""
    long_ago = (int(time.time()) - 500 * 86_400) * 1000
    (accepted,) = accept(redis_url, body_of(created=long_ago))
    operator.judge(accepted.id, "dismiss")
    assert operator.replay(record_of(ledger, accepted.id), [plan_of(accepted.id, rule())]) == ""
    assert take_run(ledger)


def test_rebuilding_passes_over_what_is_not_there(ledger: Ledger, redis_url: str, operator: Operator) -> None:
    """An entry without its record stops nobody else's hint."""
    accept(redis_url, body_of("one"), body_of("two"))
    ledger.redis.zadd("gs:queued:live", {"e" + "a" * 25: 1.5})
    assert operator.rebuild_queue() == 3
    assert {take_event(ledger).event.raw_id, take_event(ledger).event.raw_id} == {"one", "two"}


def test_a_full_redis_lets_work_be_taken_out(ledger: Ledger, redis_url: str, operator: Operator) -> None:
    """Where memory is short, cancelling is no new work: it is not refused."""
    run = parked(ledger, redis_url).run.id
    ledger.redis.config_set("maxmemory", "1")
    try:
        assert operator.cancel(run) == ""
    finally:
        ledger.redis.config_set("maxmemory", "0")
    assert field(ledger, f"run:{run}", "state") == "cancelled"


def test_a_run_behind_an_earlier_one_says_so(ledger: Ledger, redis_url: str, operator: Operator) -> None:
    """A replay that has to wait for the rule's earlier run names that run."""
    first = claimed(ledger, redis_url)
    again = plan_of(first.event.id, rule(), n=2)
    assert operator.replay(record_of(ledger, first.event.id), [again]) == ""
    assert take_run(ledger, "second") is None
    assert field(ledger, f"run:{again.id}", "reason") == f"an earlier run of its rule is open: {first.run.id}"
