"""A ledger of the version before: read as it is, carried on, and marked as ours."""

from typing import Any

from gigstack_events.events import TRUST_RANK
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.audit import audit
from gigstack_events.ledger.ids import event_id, run_id
from gigstack_events.ledger.ledger import SCHEMA
from gigstack_events.ledger.records import Claim, DispatchWork
from gigstack_events.plans import rule_hash
from tests.making import ask, body_of, plan_of, record_of, rule, take_run

ACT = rule("act")


def write_event(ledger: Ledger, name: str, state: str, **more: str) -> str:
    """An event as schema 1 wrote it: every field, the empty ones too, and its body as it came."""
    id, variant, now = event_id("body", name), "v" * 16, ledger.now()
    facts: dict[Any, Any] = {
        "rank": TRUST_RANK["signed"], "trust": "signed", "variant": variant, "type": "payment.succeeded",
        "mode": "live", "team": "", "object": "payment_1", "created": "", "id": name, "source": "body",
        "state": state, "received": now, "seen": 1, "nonce": "n", "variants": 1, f"v:{variant}": 2,
        "round": 0, "open": 0, "reason": "", "gen": 1, **more,
    }  # fmt: skip
    ledger.redis.hset(f"gs:event:{id}", mapping=facts)
    ledger.redis.hset(f"gs:body:{id}", variant, body_of(name))
    ledger.redis.zadd("gs:events", {id: now})
    return id


def queue(ledger: Ledger, id: str, ticket: int) -> None:
    """Work in the live lane as schema 1 queued it: nothing was counted by rule."""
    key = f"gs:event:{id}" if id.startswith("e") else f"gs:run:{id}"
    place: dict[Any, Any] = {"at": "queued:live", "ticket": ticket, "pushed": ledger.now(), "gen": 1}
    ledger.redis.hset(key, mapping=place)
    ledger.redis.zadd("gs:queued:live", {id: ticket})
    ledger.redis.sadd("gs:lanes", "live")
    ledger.redis.rpush("rq:queue:gigstack-live", f"{id}-1-{ticket}")


def write_run(ledger: Ledger, event: str, **more: str) -> str:
    """A run as schema 1 wrote it."""
    id, snapshot = run_id(event, "act", 1), ACT.snapshot()
    fields: dict[Any, Any] = {
        "event": event, "rule": "act", "handler": "act", "rule_hash": rule_hash(snapshot), "n": 1,
        "lane": "live", "key": "live:client_1", "state": "queued", "created": ledger.now(), "attempt": 0,
        "failures": 0, **more,
    }  # fmt: skip
    ledger.redis.hset(f"gs:run:{id}", mapping=fields)
    ledger.redis.set(f"gs:rule:{rule_hash(snapshot)}", snapshot)
    return id


def test_work_of_the_version_before_is_carried_on(ledger: Ledger) -> None:
    """An event to dispatch and a run to carry out come to rest; nothing of them is left in an index."""
    fresh = write_event(ledger, "fresh", "accepted")
    old = write_event(
        ledger, "old", "dispatched", open="1", round="1", runs=run_id(event_id("body", "old"), "act", 1)
    )
    queue(ledger, fresh, 1)
    queue(ledger, write_run(ledger, old), 2)
    ledger.redis.set("gs:ticket", 2)
    work = ledger.take(ask("a")).work
    assert isinstance(work, DispatchWork)
    assert work.body == body_of("fresh")
    ledger.dispatch(work.event, [plan_of(fresh, ACT)])
    claims = [take_run(ledger, "b"), take_run(ledger, "c")]
    for claim in claims:
        assert isinstance(claim, Claim)
        assert claim.body == body_of(claim.event.raw_id)
        assert ledger.finish(claim.run.id, claim.token, "done")[0] == "done"
    assert [record_of(ledger, id).state for id in (fresh, old)] == ["settled", "settled"]
    assert audit(ledger.redis).problems == ()
    assert not ledger.redis.exists("gs:load:live", "gs:running:live:act", "gs:queued:live")


def test_older_ledger_is_marked_as_ours(ledger: Ledger) -> None:
    """From then on a program of the version before refuses it, instead of misreading it."""
    ledger.redis.set("gs:schema", SCHEMA - 1)
    ledger.check_schema()
    assert int(ledger.redis.get("gs:schema") or 0) == SCHEMA
