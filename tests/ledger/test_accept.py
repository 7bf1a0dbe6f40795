"""Accepting: one key is the event and its dedupe mark; trust belongs to what was delivered."""

import asyncio

import pytest

from gigstack_events.events import normalise
from gigstack_events.ledger import AsyncLedger, Ledger
from gigstack_events.ledger.audit import audit
from gigstack_events.ledger.ids import alias_id, event_id
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import text
from tests.making import accept, begin, body_of, plan_of, rule, take_event, take_run


def field(ledger: Ledger, id: str, name: str) -> str:
    return text(ledger.redis.hget(f"gs:event:{id}", name) or "")


def test_new_event_is_stored_with_a_hint(ledger: Ledger, redis_url: str) -> None:
    """A first delivery is kept, and a worker can dispatch it."""
    (first,) = accept(redis_url, body_of())
    assert first.outcome == "new"
    work = take_event(ledger)
    assert work.event.id == first.id
    assert work.body == body_of()


def test_repeated_delivery_is_counted_not_queued(ledger: Ledger, redis_url: str) -> None:
    """The second and third delivery of an event make no more work."""
    outcomes = [answer.outcome for answer in accept(redis_url, body_of(), body_of(), body_of())]
    assert outcomes == ["new", "duplicate", "duplicate"]
    work = take_event(ledger)
    assert work.event.seen == 3
    assert take_run(ledger) is None


def test_own_retry_of_the_call_is_not_counted(ledger: Ledger, redis_url: str) -> None:
    """A call that is sent twice with its nonce counts once."""

    async def twice() -> None:
        door = AsyncLedger(redis_url)
        body = body_of()
        accepted = await door.accept(normalise(body, {}), body, "signed")
        nonce = ledger.redis.hget(f"gs:event:{accepted.id}", "nonce")
        arguments = [accepted.id, nonce, 2, "signed", "v", body, "", 8, "accepted", "", *[""] * 7]
        await door._call(tuple(arguments))
        await door.close()
        assert take_event(ledger).event.seen == 1

    asyncio.run(twice())


def test_script_survives_a_flushed_script_cache(ledger: Ledger, redis_url: str) -> None:
    """A server that has forgotten the scripts is told them again, by the door and by the workers."""
    accept(redis_url, body_of("evt_1"))
    ledger.redis.script_flush()
    assert accept(redis_url, body_of("evt_2"))[0].outcome == "new"
    ledger.redis.script_flush()
    take_event(ledger)


def test_forged_delivery_neither_blocks_nor_replaces(ledger: Ledger, redis_url: str) -> None:
    """An unsigned body under a known id is kept as evidence; the signed one stays what is acted on."""
    signed, forged = body_of(total=100), body_of(total=999)
    accept(redis_url, signed, trust="signed")
    accept(redis_url, forged, trust="none")
    work = take_event(ledger)
    assert (work.event.trust, work.body) == ("signed", signed)


def test_forged_delivery_first_is_overruled_by_the_signed_one(ledger: Ledger, redis_url: str) -> None:
    """Whoever guesses an id before the true delivery arrives changes nothing."""
    accept(redis_url, body_of(total=999), trust="none")
    (answer,) = accept(redis_url, body_of(total=100), trust="signed")
    assert answer.outcome == "stronger"
    work = take_event(ledger)
    assert (work.event.trust, work.body) == ("signed", body_of(total=100))


def test_stronger_delivery_with_other_facts_dispatches_anew(ledger: Ledger, redis_url: str) -> None:
    """What a forged delivery had queued is cancelled when the true one names another type."""
    accept(redis_url, body_of(type="payment.succeeded"), trust="none")
    work = take_event(ledger)
    ledger.dispatch(work.event, [plan_of(work.event.id, rule("forged"))])
    accept(redis_url, body_of(type="payment.canceled"), trust="signed")
    forged_run = field(ledger, work.event.id, "runs")
    assert ledger.redis.hget(f"gs:run:{forged_run}", "state") == b"cancelled"
    assert take_event(ledger).event.type == "payment.canceled"
    assert take_run(ledger) is None


def test_higher_trust_reopens_what_was_refused(ledger: Ledger, redis_url: str) -> None:
    """A run skipped for lack of trust runs once a signed delivery of the same event arrives."""
    accept(redis_url, body_of(), trust="none")
    work = take_event(ledger)
    ledger.dispatch(work.event, [plan_of(work.event.id, rule())])
    claim = take_run(ledger)
    assert claim
    ledger.finish(claim.run.id, "token", "skipped", reason="trust", code="trust", rank=0)
    assert field(ledger, work.event.id, "state") == "settled"
    accept(redis_url, body_of(), trust="signed")
    assert field(ledger, work.event.id, "state") == "dispatched"
    again = take_run(ledger, "second")
    assert again
    assert (again.run.id, again.event.trust) == (claim.run.id, "signed")


@pytest.mark.parametrize("code", ["trust", "moved_on"])
def test_refusal_that_meets_risen_trust_queues_the_run(ledger: Ledger, redis_url: str, code: str) -> None:
    """A run that is being skipped while a signed delivery arrives is queued instead."""
    accept(redis_url, body_of(), trust="none")
    work = take_event(ledger)
    ledger.dispatch(work.event, [plan_of(work.event.id, rule())])
    claim = take_run(ledger)
    assert claim
    accept(redis_url, body_of(), trust="signed")
    state, _ = ledger.finish(
        claim.run.id, "token", "skipped", reason="trust", code=code, rank=claim.event.rank
    )
    assert state == "queued"
    assert take_run(ledger, "second")


def test_variants_are_bounded_and_the_strongest_is_kept(ledger: Ledger, redis_url: str) -> None:
    """A flood of forged texts keeps eight, and still lets the signed one in."""
    accept(redis_url, *(body_of(total=n) for n in range(50)), trust="none")
    (answer,) = accept(redis_url, body_of(total=1000), trust="signed")
    assert ledger.redis.hlen(f"gs:body:{answer.id}") == 8
    assert take_event(ledger).body == body_of(total=1000)


def test_equal_trust_with_other_facts_is_only_counted(ledger: Ledger, redis_url: str) -> None:
    """A second signed delivery of one id that names another object overrules nothing."""
    accept(redis_url, body_of(id="evt_1"))
    other = body_of(id="evt_1").replace(b"payment_1", b"payment_2")
    accept(redis_url, other)
    work = take_event(ledger)
    assert (work.body, work.event.object_id, work.event.conflicts) == (body_of(), "payment_1", 1)


def test_newest_text_of_the_same_facts_is_used(ledger: Ledger, redis_url: str) -> None:
    """The vendor renders some bodies at delivery: the newest of equal trust is handed out."""
    accept(redis_url, body_of(total=1), body_of(total=2))
    assert take_event(ledger).body == body_of(total=2)


@pytest.mark.parametrize("delivery", [body_of("evt_old", created=1_500_000_000_000), body_of(None)])
def test_too_old_to_know_is_parked(ledger: Ledger, redis_url: str, delivery: bytes) -> None:
    """An event older than the ids we keep, or with neither date nor id, waits for a person."""
    (answer,) = accept(redis_url, delivery)
    assert field(ledger, answer.id, "state") == "parked"
    assert field(ledger, answer.id, "reason").startswith("it ")
    assert ledger.redis.zscore("gs:stuck", answer.id) is not None
    assert ledger.redis.llen("rq:queue:gigstack-live") == 0


@pytest.mark.parametrize("outcome", [None, "skipped", "waiting", "running"])
def test_too_old_to_know_is_parked_whatever_came_before(
    ledger: Ledger, redis_url: str, operator: Operator, outcome: str | None
) -> None:
    """A weak delivery with a date of today does not let an old signed one in; a person decides."""
    accept(redis_url, body_of(), trust="none")
    work, claim = take_event(ledger), None
    if outcome:
        ledger.dispatch(work.event, [plan_of(work.event.id, rule())])
        claim = take_run(ledger)
        assert claim
        if outcome != "running":
            ledger.finish(claim.run.id, "token", outcome, code="trust", delay_ms=60_000)
    accept(redis_url, body_of(created=1_500_000_000_000))
    if claim and outcome == "running":
        assert ledger.finish(claim.run.id, "token", "skipped", code="trust")[0] == "skipped"
    assert (field(ledger, work.event.id, "state"), take_run(ledger)) == ("parked", None)
    assert ledger.dispatch(work.event, [])[0] == -1
    assert audit(ledger.redis).problems == ()
    assert operator.judge(work.event.id, "dismiss") == ""
    assert field(ledger, work.event.id, "state") == "settled"


def test_stronger_delivery_hides_no_act_in_doubt(ledger: Ledger, redis_url: str) -> None:
    """A run that was handed back uncounted in the middle of its act goes on, whatever the truth says."""
    accept(redis_url, body_of(), trust="none")
    work = take_event(ledger)
    ledger.dispatch(work.event, [plan_of(work.event.id, rule())])
    claim = take_run(ledger)
    assert claim
    assert begin(ledger, claim)[0] == "go"
    ledger.finish(claim.run.id, "token", "handed_back")
    accept(redis_url, body_of(thing={"id": "payment_2"}))
    assert ledger.redis.hget(f"gs:run:{claim.run.id}", "state") == b"queued"


def test_unreadable_is_kept_for_a_person(ledger: Ledger, redis_url: str) -> None:
    """What is authentic but cannot be read is stored as it came."""

    async def deliver() -> str:
        door = AsyncLedger(redis_url)
        stored = await door.accept_unreadable(b"\xff not json", "signed", "The body is not UTF-8.")
        await door.close()
        assert stored.outcome == "unreadable"
        return stored.id

    id = asyncio.run(deliver())
    assert field(ledger, id, "state") == "unreadable"
    assert ledger.redis.hvals(f"gs:body:{id}") == [b"\xff not json"]


def test_ids_from_body_and_header_do_not_collide() -> None:
    """The same text as a body id and as a header id names two events."""
    assert event_id("body", "evt_1") != event_id("header", "evt_1")
    assert len(event_id("body", "evt_1")) == 26


def test_one_shot_types_leave_an_alias(ledger: Ledger, redis_url: str) -> None:
    """Reconciliation can find the event of `payment.succeeded` by its object; recurring types leave none."""
    (first, second) = accept(redis_url, body_of("evt_1"), body_of("evt_2", type="payment.updated"))
    aliases = list(ledger.redis.scan_iter("gs:alias:*"))
    assert aliases == [f"gs:alias:{alias_id('live', '', 'payment.succeeded', 'payment_1')}".encode()]
    assert ledger.redis.get(aliases[0]) == first.id.encode()
    assert second.outcome == "new"
