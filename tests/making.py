"""Making the values that tests need: events, deliveries, plans, claims."""

import asyncio
import json
from dataclasses import replace
from typing import Any

from gigstack_events.events import Event, Trust, normalise
from gigstack_events.ledger import Accepted, AsyncLedger, Ledger
from gigstack_events.ledger.ids import digest, run_id
from gigstack_events.ledger.records import Ask, Claim, DispatchWork, EventRecord, Plan
from gigstack_events.ledger.views import Views
from gigstack_events.plans import rule_hash
from gigstack_events.routing import Rule, on, rule_of

LEASE_MS = 20_000


def body_of(
    id: str | None = "evt_1",
    type: str = "payment.succeeded",
    *,
    created: int | None = None,
    livemode: bool | None = True,
    thing: dict[str, Any] | None = None,
    **object: Any,
) -> bytes:
    """The raw body of a delivery in the documented envelope; the object is `thing` or made of the rest."""
    envelope: dict[str, Any] = {"type": type, "data": {"object": thing or {"id": "payment_1", **object}}}
    if id is not None:
        envelope["id"] = id
    if created is not None:
        envelope["created"] = created
    if livemode is not None:
        envelope["livemode"] = livemode
    return json.dumps(envelope).encode()


def event_of(**fields: Any) -> Event:
    """The event that such a body holds."""
    return normalise(body_of(**fields), {})


def accept(url: str, *bodies: bytes, trust: Trust = "signed") -> list[Accepted]:
    """Accept deliveries one after the other, as the receiver does."""

    async def deliver() -> list[Accepted]:
        ledger = AsyncLedger(url, timeout=15)  # what a sender waits for is no matter here
        try:
            return [await ledger.accept(normalise(body, {}), body, trust) for body in bodies]
        finally:
            await ledger.close()

    return asyncio.run(deliver())


def rule(name: str = "act", *patterns: str, when: str = "", **fields: Any) -> Rule:
    """A rule of a handler that does nothing."""
    make = on(*(patterns or ("payment.succeeded",)), name=name, **fields)
    return replace(rule_of(make(lambda event, ctx: None), {}), when=when)


def plan_of(event: str, chosen: Rule, *, key: str = "", n: int = 1) -> Plan:
    """One run to create."""
    snapshot = chosen.snapshot()
    id = run_id(event, chosen.name, n)
    return Plan(id, chosen.name, chosen.handler, rule_hash(snapshot), snapshot, chosen.lane, key, n)


def record_of(ledger: Ledger, id: str) -> EventRecord:
    """An event's record, whoever has it in hand."""
    detail = Views(ledger.redis).event(id)
    assert detail
    return detail.event


def ask(token: str = "token", lane: str = "live") -> Ask:
    """What a free worker asks for."""
    return Ask(lane, token, "test", LEASE_MS)


def take_event(ledger: Ledger) -> DispatchWork:
    """The next thing in the live lane, which must be an event to dispatch."""
    work = ledger.take(ask("dispatch")).work
    assert isinstance(work, DispatchWork)
    return work


def take_run(ledger: Ledger, token: str = "token", lane: str = "live") -> Claim | None:
    """The next thing in a lane, which must be a run, or None when there is nothing to do."""
    work = ledger.take(ask(token, lane)).work
    assert work is None or isinstance(work, Claim)
    return work


def claimed(
    ledger: Ledger, url: str, *rules: Rule, key: str = "", token: str = "token", **fields: Any
) -> Claim:
    """Accept an event, dispatch it to the rules, and claim the first run."""
    accept(url, body_of(**fields))
    work = take_event(ledger)
    ledger.dispatch(work.event, [plan_of(work.event.id, each, key=key) for each in rules or (rule(),)])
    claim = take_run(ledger, token)
    assert claim is not None
    return claim


RECEIPTS = [digest("f", "live", "receipt:stamp", f"receipt_{n}") for n in range(2)]
"""The effects of stamping two receipts."""


def begin(ledger: Ledger, claim: Claim, effect: str = RECEIPTS[0]) -> list[str]:
    """Ask to act, and get the ledger's answer."""
    answer: list[str] = ledger.effect_start(
        claim.run.id, claim.token, effect, "receipt:stamp", effect, again=False
    )
    return answer


def pass_time(ledger: Ledger, ms: int) -> None:
    """Move the ledger's clock on."""
    ledger.redis.incrby("gs:clock:offset", ms)


def sweep(ledger: Ledger, *, lost_bound: int = 10) -> Any:
    """One sweep pass with the usual bounds."""
    return ledger.sweep(lost_after_ms=30_000, lost_bound=lost_bound)
