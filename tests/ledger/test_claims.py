"""Claims: compare-and-set, tokens, serialisation keys, rest."""

import pytest

from gigstack_events.errors import StaleToken
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.ids import run_id
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import Claim, text
from tests.making import (
    LEASE_MS,
    accept,
    ask,
    body_of,
    claimed,
    pass_time,
    plan_of,
    rule,
    sweep,
    take_event,
    take_run,
)


def run_field(ledger: Ledger, run: str, name: str) -> str:
    return text(ledger.redis.hget(f"gs:run:{run}", name) or "")


def index_sizes(ledger: Ledger) -> dict[str, int]:
    names = [name.decode() for name in ledger.redis.scan_iter("gs:*") if ledger.redis.type(name) == b"zset"]
    skip = {"gs:events", "gs:stuck"}
    return {name.removeprefix("gs:"): ledger.redis.zcard(name) for name in names if name not in skip}


def dispatched(ledger: Ledger, url: str, id: str, *, key: str, lane: str = "live") -> str:
    """One event with one run on a key; returns the run's id."""
    accept(url, body_of(id))
    work = take_event(ledger)
    chosen = rule(lane=lane)
    ledger.dispatch(work.event, [plan_of(work.event.id, chosen, key=key)])
    return run_id(work.event.id, chosen.name, 1)


def test_dispatch_happens_once(ledger: Ledger, redis_url: str) -> None:
    """A second dispatch of the same event creates nothing."""
    accept(redis_url, body_of())
    work = take_event(ledger)
    plans = [plan_of(work.event.id, rule())]
    assert ledger.dispatch(work.event, plans)[0] == 1
    assert ledger.dispatch(work.event, plans)[0] == -1


def test_event_without_a_rule_settles_as_unmatched(ledger: Ledger, redis_url: str) -> None:
    """No rule is no error: the event comes to rest and says why."""
    accept(redis_url, body_of())
    work = take_event(ledger)
    assert ledger.dispatch(work.event, [])[0] == 0
    state, reason = ledger.redis.hmget(f"gs:event:{work.event.id}", "state", "reason")
    assert (state, reason) == (b"settled", b"unmatched")


def test_run_is_handed_out_once(ledger: Ledger, redis_url: str) -> None:
    """Two workers never claim one run."""
    claim = claimed(ledger, redis_url)
    assert claim.run.attempt == 1
    assert take_run(ledger, "other") is None


def test_repeated_hint_claims_nothing(ledger: Ledger, redis_url: str) -> None:
    """An RQ job that comes twice points to nothing the second time."""
    accept(redis_url, body_of())
    hint = ledger.redis.lindex("rq:queue:gigstack-live", 0)
    assert hint
    ledger.redis.rpush("rq:queue:gigstack-live", hint, hint)
    take_event(ledger)
    assert take_run(ledger) is None


def test_foreign_entries_are_removed_and_reported(ledger: Ledger, redis_url: str) -> None:
    """A job that is not ours is taken off the queue and never run."""
    ledger.redis.rpush("rq:queue:gigstack-live", "somebody-elses-job", "e" + "a" * 25 + "-1-1")
    accept(redis_url, body_of())
    taken = ledger.take(ask())
    assert taken.work is not None
    assert taken.foreign == ("somebody-elses-job", "e" + "a" * 25 + "-1-1")


@pytest.mark.parametrize("outcome", ["done", "skipped", "failed", "parked"])
def test_rest_settles_the_event(ledger: Ledger, redis_url: str, outcome: str) -> None:
    """An event whose only run is at rest is settled, and nothing is left in an index."""
    claim = claimed(ledger, redis_url)
    ledger.finish(claim.run.id, claim.token, outcome, reason="why")
    assert run_field(ledger, claim.run.id, "state") == outcome
    assert ledger.redis.hget(f"gs:event:{claim.event.id}", "state") == b"settled"
    assert index_sizes(ledger) == {}


@pytest.mark.parametrize(("outcome", "kept"), [("done", False), ("failed", True), ("parked", True)])
def test_retention_spares_what_needs_a_person(
    ledger: Ledger, redis_url: str, outcome: str, kept: bool
) -> None:
    """Bodies end 30 days and ids 400 days after rest, unless a person has to look."""
    claim = claimed(ledger, redis_url)
    ledger.finish(claim.run.id, claim.token, outcome)
    body, event = (ledger.redis.ttl(f"gs:{kind}:{claim.event.id}") for kind in ("body", "event"))
    assert (body, event) == (-1, -1) if kept else (body, event) == (30 * 86400, 400 * 86400)
    assert (ledger.redis.zscore("gs:stuck", claim.run.id) is not None) == kept


@pytest.mark.parametrize("outcome", ["failed", "skipped", "cancelled"])
@pytest.mark.parametrize(
    ("ended", "harmless", "state"),
    [("", False, "parked"), ("", True, ""), ("done", False, ""), ("not_done", False, "")],
)
def test_no_end_hides_an_unknown_outcome(
    ledger: Ledger, redis_url: str, outcome: str, ended: str, harmless: bool, state: str
) -> None:
    """A run that has begun an act which nobody may repeat waits for a person, whatever else ends it."""
    claim = claimed(ledger, redis_url)
    run, token = claim.run.id, claim.token
    ledger.effect_start(run, token, "f1", "receipt:stamp", "receipt_1", again=False, harmless=harmless)
    if ended:
        ledger.effect_end(run, token, "f1", ended, "null")
    assert ledger.finish(run, token, outcome, reason="why")[0] == (state or outcome)
    more = "; nobody knows whether receipt:stamp happened: look, then say it with `runs resolve`"
    assert run_field(ledger, run, "reason") == f"why{more if state else ''}"


def test_stale_token_is_refused_everywhere(ledger: Ledger, redis_url: str) -> None:
    """Whoever has lost its claim can neither act nor write."""
    claim = claimed(ledger, redis_url)
    pass_time(ledger, LEASE_MS + 1)
    sweep(ledger)
    run = claim.run.id
    assert ledger.finish(run, claim.token, "done")[0] == "stale"
    with pytest.raises(StaleToken):
        ledger.effect_start(run, claim.token, "f1", "name", "on", again=False)
    with pytest.raises(StaleToken):
        ledger.effect_end(run, claim.token, "f1", "done", "null")
    with pytest.raises(StaleToken):
        ledger.effect_answer(run, claim.token, "f1", "happened", "null", delay_ms=0, apart_ms=0)
    assert ledger.renew([(run, claim.token)], LEASE_MS) == [False]
    assert run_field(ledger, run, "state") == "queued"


def test_renewed_lease_holds(ledger: Ledger, redis_url: str) -> None:
    """A lease that is renewed is not swept."""
    claim = claimed(ledger, redis_url)
    for _ in range(3):
        pass_time(ledger, LEASE_MS - 1000)
        assert ledger.renew([(claim.run.id, claim.token)], LEASE_MS) == [True]
        assert not sweep(ledger)


def test_one_claim_at_a_time_per_key(ledger: Ledger, redis_url: str) -> None:
    """The second run of a key waits in the key's list and costs no worker; another key passes it."""
    first = dispatched(ledger, redis_url, "evt_1", key="live:client_1")
    holder = take_run(ledger, "a")
    second = dispatched(ledger, redis_url, "evt_2", key="live:client_1")
    assert take_run(ledger, "b") is None
    other = dispatched(ledger, redis_url, "evt_3", key="live:client_2")
    passing = take_run(ledger, "c")
    assert holder
    assert passing
    assert (holder.run.id, passing.run.id) == (first, other)
    assert run_field(ledger, second, "at") == "held:key:live:client_1"


def test_end_of_a_claim_hands_the_key_on(ledger: Ledger, redis_url: str) -> None:
    """The worker that ends a claim gets the key's next waiter in the same call; live goes before bulk."""
    dispatched(ledger, redis_url, "evt_1", key="k")
    holder = take_run(ledger, "a")
    bulk = dispatched(ledger, redis_url, "evt_2", key="k", lane="bulk")
    live = dispatched(ledger, redis_url, "evt_3", key="k")
    assert take_run(ledger, "b", lane="bulk") is None
    assert take_run(ledger, "b") is None
    assert holder
    second = ledger.finish(holder.run.id, "a", "done", ask=ask("n1"), waiter=True)[1].work
    assert isinstance(second, Claim)
    assert (second.run.id, second.token) == (live, "n1")
    ledger.finish(live, "n1", "waiting", delay_ms=60_000)  # snoozing frees the key too
    third = take_run(ledger, "c", lane="bulk")
    assert third
    assert third.run.id == bulk


@pytest.mark.parametrize("outcome", ["waiting", "parked", "crashed", "handed_back", "failed", "skipped"])
def test_every_end_frees_the_key(ledger: Ledger, redis_url: str, outcome: str) -> None:
    """However a claim ends, the next run of its key gets its turn."""
    first = dispatched(ledger, redis_url, "evt_1", key="k")
    assert take_run(ledger, "a")
    second = dispatched(ledger, redis_url, "evt_2", key="k")
    assert take_run(ledger, "b") is None
    ledger.finish(first, "a", outcome, delay_ms=60_000)
    runs = {claim.run.id for token in ("c", "d") if (claim := take_run(ledger, token))}
    assert runs & {first, second}
    assert len(runs) == 1


def test_handing_back_is_not_counted(ledger: Ledger, redis_url: str) -> None:
    """A shutdown costs a run no attempt."""
    claim = claimed(ledger, redis_url)
    ledger.finish(claim.run.id, claim.token, "handed_back")
    again = take_run(ledger, "b")
    assert again
    assert again.run.attempt == 1


def test_paused_rule_is_held_and_released(ledger: Ledger, redis_url: str) -> None:
    """The kill switch stops starts, drops nothing, and the sweep releases what was held."""
    Operator(ledger.redis).pause("act")
    run = dispatched(ledger, redis_url, "evt_1", key="k")
    assert take_run(ledger) is None
    assert run_field(ledger, run, "at") == "held:pause:act"
    sweep(ledger)
    assert take_run(ledger) is None
    Operator(ledger.redis).resume("act")
    sweep(ledger)
    assert take_run(ledger)


def test_pause_of_a_waiter_passes_the_key_on(ledger: Ledger, redis_url: str) -> None:
    """A paused rule's waiter does not keep the key from another rule's run."""
    accept(redis_url, body_of("evt_1"))
    work = take_event(ledger)
    rules = [rule("first"), rule("second"), rule("third")]
    ledger.dispatch(work.event, [plan_of(work.event.id, each, key="k") for each in rules])
    first = take_run(ledger, "a")
    assert take_run(ledger, "b") is None
    Operator(ledger.redis).pause("second")
    assert first
    third = ledger.finish(first.run.id, "a", "done", ask=ask("c"), waiter=True)[1].work
    assert isinstance(third, Claim)
    assert third.run.rule == "third"


def test_pause_all_stops_everything(ledger: Ledger, redis_url: str) -> None:
    """`all` stands for every rule."""
    Operator(ledger.redis).pause("all")
    dispatched(ledger, redis_url, "evt_1", key="")
    assert take_run(ledger) is None
    Operator(ledger.redis).resume("all")
    sweep(ledger)
    assert take_run(ledger)
