"""What no retention may touch: work that is open or waits for a person, one of each kind."""

import asyncio
import json
from collections.abc import Iterator

from benchmarks.history import SCOPE, accept_all, work_off
from gigstack_events import Context, Event, GiveUp, Park, RetryLater, on
from gigstack_events.ledger import AsyncLedger, Ledger
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import text
from gigstack_events.sandbox.webhooks.events import new_event

DAY_MS = 86_400_000


@on("payment.updated", writes=False)
def wished(event: Event, ctx: Context) -> None:
    """Act once, then end as the payment wishes."""
    ctx.effect("noted", lambda key: {"note": "n" * 200}, on=event.object["id"])
    wish = event.object["wish"]
    if wish == "doubtful":
        ctx.effect("lost", _lose, on=event.object["id"])
    raise {"parked": Park("look"), "failed": GiveUp("no")}.get(wish) or RetryLater(6 * 86_400, "later")


@on("payment.canceled", writes=False)
def unwanted(event: Event, ctx: Context) -> None:
    """Never called: it is paused."""


def leave(url: str, ledger: Ledger) -> dict[str, str]:
    """Leave one of each kind behind; returns its event's internal id by kind."""
    wishes = ("parked", "failed", "doubtful", "waiting")
    ids = dict(zip(wishes, accept_all(url, [_body("payment.updated", wish) for wish in wishes]), strict=True))
    Operator(ledger.redis).pause("unwanted")
    (ids["paused"],) = accept_all(url, [_body("payment.canceled", "paused")])
    work_off(ledger, wished, unwanted)
    (ids["accepted"],) = accept_all(url, [_body("payment.updated", "accepted")])
    (ids["too old"],) = accept_all(url, [_body("payment.updated", "old", age_days=500)])
    ids["unreadable"] = asyncio.run(_unreadable(url))
    return ids


def keys_of(ledger: Ledger, event: str) -> Iterator[str]:
    """All keys that belong to an event: its own, its bodies', runs' and effects'."""
    yield f"gs:event:{event}"
    yield f"gs:body:{event}"
    for run in text(ledger.redis.hget(f"gs:event:{event}", "runs") or b"").split():
        yield f"gs:run:{run}"
        effects = text(ledger.redis.hget(f"gs:run:{run}", "effects") or b"").split()
        yield from (f"gs:effect:{effect}" for effect in effects)


async def _unreadable(url: str) -> str:
    ledger = AsyncLedger(url)
    accepted = await ledger.accept_unreadable(b"\xff not JSON", "signed", "it is not JSON")
    await ledger.close()
    return accepted.id


def _body(type: str, wish: str, *, age_days: int = 0) -> bytes:
    event = new_event(type, {"id": f"payment_{wish}", "wish": wish, "client": {"id": "client_1"}}, SCOPE)
    envelope = json.loads(event.snapshot)
    envelope["created"] -= age_days * DAY_MS
    return json.dumps(envelope).encode()


def _lose(key: str) -> None:
    raise TimeoutError("no answer")
