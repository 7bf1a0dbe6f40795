"""Confirmed events: the API is asked once, and what it said is what every handler sees from then on."""

from typing import Any

import pytest

from gigstack_events import RetryLater
from gigstack_events.ledger.details import EventDetail
from gigstack_events.ledger.records import text
from gigstack_events.ledger.views import Views
from tests.engine.conftest import Bench
from tests.engine.stand_in import answering

TRUTH: dict[str, Any] = {
    "id": "payment_1",
    "status": "succeeded",
    "total": 116,
    "livemode": True,
    "receipts": ["r1"],
}
TOLD: dict[str, Any] = {"status": "succeeded", "total": 116, "receipts": ["somebody_elses"]}


def receipts(event: Any, ctx: Any) -> Any:
    """Say what the handler saw, to be compared with what the API said."""
    return event.object["receipts"]


def twice(event: Any, ctx: Any) -> Any:
    """Come back once, then say what the handler saw."""
    if ctx.attempt == 1:
        raise RetryLater(60)
    return event.object["receipts"]


def test_event_is_the_same_when_it_is_confirmed_and_later(bench: Bench) -> None:
    """What was not signed, and told of something else than a lie before, has one identity at each try."""
    seen: list[str] = []

    def identify(event: Any, ctx: Any) -> None:
        seen.append(event.identity)
        if ctx.attempt == 1:
            raise RetryLater(60)

    bench.keys.answer = answering(**TRUTH)
    bench.handler(identify, trust="signed")
    bench.deliver(trust="none", thing={"id": "payment_forged"})
    bench.deliver(trust="secret", **TOLD)
    bench.work()
    bench.work(seconds=61)
    assert seen == [seen[0]] * 2


def detail(bench: Bench) -> EventDetail:
    """The only event, as an operator sees it."""
    views = Views(bench.ledger.redis)
    (event,) = views.events().rows
    found = views.event(event.id)
    assert found
    return found


def test_the_api_is_asked_once_for_an_event(bench: Bench) -> None:
    """Two rules and a second attempt share one confirmation, and none sees the sender's object."""
    bench.keys.answer = answering(**TRUTH)
    bench.handler(receipts, name="one", trust="signed")
    bench.handler(twice, name="two", trust="secret")
    bench.deliver(trust="none", **TOLD)
    bench.work()
    bench.work(seconds=61)
    assert [(run.state, run.result) for run in bench.runs()] == [("done", '["r1"]')] * 2
    assert len(bench.keys.requests) == 1


def test_confirmation_is_shown(bench: Bench) -> None:
    """The operator sees that it is confirmed, what handlers see, and no other variant than was delivered."""
    bench.keys.answer = answering(**TRUTH)
    bench.handler(receipts, trust="signed")
    bench.deliver(trust="none", **TOLD)
    bench.work()
    shown = detail(bench)
    assert (shown.event.confirmed, shown.event.trust) == (True, "none")
    assert [variant.used for variant in shown.variants] == [True]
    assert b'"r1"' in (Views(bench.ledger.redis).body(shown.event.id) or b"")


def test_event_without_an_id_of_its_own_keeps_its_identity(bench: Bench) -> None:
    """The kept object is under the id that the delivery was given, so that a second run finds its event."""
    seen: list[str] = []
    bench.keys.answer = answering(**TRUTH)
    for name in ("one", "two"):
        bench.handler(lambda e, ctx: seen.append(e.id), name=name, trust="signed")
    bench.deliver(trust="none", id=None, created=bench.ledger.now(), **TOLD)
    bench.work()
    assert seen == [detail(bench).event.raw_id] * 2


def test_stronger_delivery_needs_its_own_confirmation(bench: Bench) -> None:
    """What was confirmed for an unsigned delivery does not vouch for one with a secret."""
    bench.keys.answer = answering(**TRUTH)
    bench.handler(twice, trust="signed")
    bench.deliver(trust="none", **TOLD)
    bench.work()
    bench.deliver(trust="secret", **TOLD)
    assert not detail(bench).event.confirmed
    bench.keys.answer = answering(**{**TRUTH, "receipts": ["r2"]})
    bench.work(seconds=61)
    assert (bench.run().result, len(bench.keys.requests)) == ('["r2"]', 2)


def test_signed_delivery_needs_no_confirmation(bench: Bench) -> None:
    """Its own body is what handlers see, also where an unsigned one was confirmed before."""
    bench.keys.answer = answering(**TRUTH)
    bench.handler(twice, trust="signed")
    bench.deliver(trust="none", **TOLD)
    bench.work()
    bench.deliver(trust="signed", **{**TOLD, "receipts": ["r3"]})
    bench.work(seconds=61)
    assert (bench.runs()[0].result, len(bench.keys.requests)) == ('["r3"]', 1)
    (body,) = bench.ledger.redis.scan_iter("gs:body:*")
    assert not [name for name in bench.ledger.redis.hkeys(body) if text(name).startswith("c:")]


def test_forged_duplicate_does_not_displace_what_is_confirmed(bench: Bench) -> None:
    """Another body of the same weak trust neither stops the run nor lends it anything."""
    bench.keys.answer = answering(**TRUTH)
    bench.handler(twice, trust="signed")
    bench.deliver(trust="none", **TOLD)
    bench.work()
    bench.deliver(trust="none", **{**TOLD, "total": 1, "receipts": ["forged"]})
    bench.work(seconds=61)
    assert (bench.run().state, bench.run().result) == ("done", '["r1"]')
    assert len(bench.keys.requests) == 1


def test_newer_body_before_any_confirmation_is_the_one_that_is_asked_about(bench: Bench) -> None:
    """A confirmation belongs to one body: another that replaced it meanwhile is not covered."""
    bench.handler(receipts, trust="signed")
    bench.deliver(trust="none", **TOLD)
    claim = bench.take_run()
    bench.deliver(trust="none", **{**TOLD, "total": 1, "receipts": ["forged"]})
    bench.keys.answer = answering(**TRUTH)
    bench.carry(claim)
    assert bench.run().result == '["r1"]'
    assert not detail(bench).event.confirmed


def test_mark_of_the_version_before_is_no_confirmation(bench: Bench) -> None:
    """It kept a mark and no object: such an event is asked about again, never taken as it was sent."""
    bench.keys.answer = answering(**TRUTH)
    bench.handler(receipts, trust="signed")
    bench.deliver(trust="none", **TOLD)
    (key,) = bench.ledger.redis.scan_iter("gs:event:*")
    variant = text(bench.ledger.redis.hget(key, "variant") or "")
    bench.ledger.redis.hset(key, "confirmed", variant)
    assert not detail(bench).event.confirmed
    bench.work()
    assert (bench.run().result, len(bench.keys.requests)) == ('["r1"]', 1)
    assert detail(bench).variants[0].size > 0


def test_lost_object_of_a_confirmed_event_is_not_replaced_by_the_senders(bench: Bench) -> None:
    """Without what the API said the run waits for a person."""
    bench.keys.answer = answering(**TRUTH)
    bench.handler(twice, trust="signed")
    bench.deliver(trust="none", **TOLD)
    bench.work()
    (body,) = bench.ledger.redis.scan_iter("gs:body:*")
    bench.ledger.redis.hdel(
        body, *[name for name in bench.ledger.redis.hkeys(body) if text(name).startswith("c:")]
    )
    bench.work(seconds=61)
    assert (bench.run().state, bench.run().reason_code) == ("parked", "unreadable")


@pytest.mark.parametrize(
    "truth",
    [{**TRUTH, "total": 1.0}, {**TRUTH, "livemode": False}, {**TRUTH, "id": "payment_2"}],
)
def test_disagreement_is_skipped_for_trust(bench: Bench, truth: dict[str, Any]) -> None:
    """Another amount, mode or object than the event's: not acted on, and not marked as confirmed."""
    bench.keys.answer = answering(**truth)
    bench.handler(receipts, trust="signed")
    bench.deliver(trust="none", **TOLD)
    bench.work()
    assert (bench.run().state, bench.run().reason_code) == ("skipped", "trust")
    assert not detail(bench).event.confirmed


def test_what_cannot_be_read_back_says_so(bench: Bench) -> None:
    """No call is made, and the operator reads why an unsigned delivery of this type is never believed."""
    bench.handler(receipts, "sat.invoice.synced", trust="signed")
    bench.deliver(trust="none", type="sat.invoice.synced")
    bench.work()
    assert (bench.run().reason_code, bench.keys.requests) == ("trust", [])
    assert "nothing is published about what such an event holds" in bench.run().reason


def test_moved_on_has_a_reason_of_its_own(bench: Bench) -> None:
    """A payment that was refunded since is skipped as such, and a delivery that needs no proof re-opens it.

    One that would have to be read back again does not.
    """
    bench.keys.answer = answering(**{**TRUTH, "status": "refunded"})
    bench.handler(receipts, trust="signed")
    bench.deliver(trust="none", **TOLD)
    bench.work()
    run = bench.run()
    assert (run.state, run.reason_code) == ("skipped", "moved_on")
    assert run.reason.endswith("its status is 'refunded' by now")
    bench.deliver(trust="secret", **TOLD)
    bench.work()
    assert (bench.run().state, bench.run().attempt, len(bench.keys.requests)) == ("skipped", 1, 1)
    bench.deliver(trust="signed", **TOLD)
    bench.work()
    assert (bench.run().state, bench.run().result) == ("done", '["somebody_elses"]')


def test_refusal_for_trust_is_looked_at_again_with_any_stronger_delivery(bench: Bench) -> None:
    """The weaker body may have been forged: the stronger one is read back, and then acted on."""
    bench.keys.answer = answering(**TRUTH)
    bench.handler(receipts, trust="signed")
    bench.deliver(trust="none", **{**TOLD, "total": 1})
    bench.work()
    assert bench.run().reason_code == "trust"
    bench.deliver(trust="secret", **TOLD)
    bench.work()
    assert [(run.state, run.result) for run in bench.runs()] == [("skipped", ""), ("done", '["r1"]')]
