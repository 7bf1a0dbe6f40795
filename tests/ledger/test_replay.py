"""Replays: a rule runs again for a past event, and repeats nothing that is on record."""

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import Claim
from gigstack_events.plans import plan_runs
from tests.making import RECEIPTS, begin, claimed, pass_time, record_of, rule, sweep, take_run

EFFECT, OTHER = RECEIPTS


def settled(ledger: Ledger, url: str) -> Claim:
    """A run that has stamped its receipt."""
    claim = claimed(ledger, url)
    begin(ledger, claim)
    ledger.effect_end(claim.run.id, claim.token, EFFECT, "done", '"first"')
    ledger.finish(claim.run.id, claim.token, "done")
    return claim


def replayed(ledger: Ledger, operator: Operator, claim: Claim, *again: str) -> str:
    record = record_of(ledger, claim.event.id)
    return operator.replay(record, plan_runs([rule()], record, None, lane="bulk"), again)


def test_replay_runs_again_and_repeats_nothing(ledger: Ledger, redis_url: str, operator: Operator) -> None:
    """The second run, in the bulk lane, finds what the first has done."""
    claim = settled(ledger, redis_url)
    assert replayed(ledger, operator, claim) == ""
    assert record_of(ledger, claim.event.id).state == "dispatched"
    assert ledger.redis.ttl(f"gs:body:{claim.event.id}") == -1
    again = take_run(ledger, "second", lane="bulk")
    assert again
    assert (again.run.n, again.run.lane) == (2, "bulk")
    assert begin(ledger, again) == ["done", '"first"']
    ledger.finish(again.run.id, again.token, "done")
    assert record_of(ledger, claim.event.id).state == "settled"
    assert ledger.redis.ttl(f"gs:body:{claim.event.id}") > 0


def test_replay_repeats_an_effect_that_is_named(ledger: Ledger, redis_url: str, operator: Operator) -> None:
    """Only what the operator names is done once more, under a new idempotency key."""
    claim = settled(ledger, redis_url)
    assert replayed(ledger, operator, claim, EFFECT) == ""
    again = take_run(ledger, "second", lane="bulk")
    assert again
    assert begin(ledger, again)[0] == "go"


def test_replay_waits_for_the_run_before(ledger: Ledger, redis_url: str, operator: Operator) -> None:
    """n + 1 does not start while n is open."""
    claim = claimed(ledger, redis_url)
    assert replayed(ledger, operator, claim) == ""
    assert take_run(ledger, "second", lane="bulk") is None
    ledger.finish(claim.run.id, claim.token, "done")
    pass_time(ledger, 6000)
    sweep(ledger)
    assert take_run(ledger, "second", lane="bulk")


def test_replay_holds_to_the_plan_that_was_seen(ledger: Ledger, redis_url: str, operator: Operator) -> None:
    """A plan made before another replay, or for an act that is not done any more, is refused."""
    claim = settled(ledger, redis_url)
    record = record_of(ledger, claim.event.id)
    plans = plan_runs([rule()], record, None)
    assert operator.replay(record, plans, [OTHER]) == "changed"
    assert operator.replay(record, plans) == ""
    assert operator.replay(record, plans) == "changed"
    ledger.redis.delete(f"gs:body:{claim.event.id}")
    assert replayed(ledger, operator, claim) == "no body"
