"""Sends events to the registered endpoints: at least once, in no promised order, never in the API's way."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Literal

from gigstack_events.sandbox.faults import Faults
from gigstack_events.sandbox.journal import Journal
from gigstack_events.sandbox.options import Options
from gigstack_events.sandbox.tables import TEAM, Row, Table
from gigstack_events.sandbox.webhooks import signing
from gigstack_events.sandbox.webhooks.events import Event
from gigstack_events.sandbox.webhooks.log_rows import DeliveryLog, shape_of

if TYPE_CHECKING:
    from gigstack_events.sandbox.webhooks.posting import Answer, Poster

Signature = Literal["good", "bad", "none"]

_LONGEST_BACKOFF = 30.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How an event is sent: how many copies too many, spread over how many seconds, signed how."""

    duplicates: float = 0
    reorder: float = 0.0
    signature: Signature = "good"


@dataclass(slots=True)
class Delivery:
    """One event on its way to one endpoint; `id` names it in the log."""

    id: str
    event: Event
    webhook: str
    signature: Signature
    attempt: int = 0


@dataclass(slots=True)
class Sender:
    """Keeps a queue and a fixed number of tasks that work on it."""

    options: Options
    journal: Journal
    webhooks: Table
    resource: Callable[[str], Row | None]
    faults: Faults
    events: dict[str, Event] = field(default_factory=dict)
    log: DeliveryLog = field(default_factory=DeliveryLog)
    waiting: int = 0
    _queue: asyncio.Queue[Delivery] = field(default_factory=asyncio.Queue)
    _asked: asyncio.Event = field(default_factory=asyncio.Event)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.options.seed}:sender")  # noqa: S311 - choices, not secrets

    def send(self, event: Event, manner: Manner | None = None, only: str | None = None, id: str = "") -> int:
        """Queue an event for every endpoint that wants it, or `only` for one; return how many copies.

        `id` names the delivery to that one endpoint.
        """
        manner = manner or Manner()
        self.events[event.id] = event
        targets = [only] if only else self._subscribed(event.type, event.scope[1])
        copies = [target for target in targets for _ in range(self._copies(event.type, manner.duplicates))]
        if copies:
            self._asked.set()
        for number, target in enumerate(copies):
            self.waiting += 1
            delivery = Delivery(f"whd_{token_hex(10)}", event, target, manner.signature)
            if id and number == 0:
                delivery.id = id
            self.log.begin(delivery.id, **self._facts(delivery))
            delay = self._random.uniform(0, manner.reorder) + self.faults.delay(event.type)
            self._enqueue(delivery, delay)
        return len(copies)

    def _facts(self, delivery: Delivery) -> dict[str, Any]:
        event, owner = delivery.event, self.webhooks.scope(delivery.webhook)
        return {
            "livemode": event.scope[0],
            "webhook_id": delivery.webhook,
            "event": event.type,
            "resource_id": event.object.get("id"),
            "_event": event.id,
            "_team": owner[1] if owner else event.scope[1],
        }

    async def run(self) -> None:
        """Deliver until cancelled."""
        await self._asked.wait()
        from gigstack_events.sandbox.webhooks.posting import Poster  # takes longer to load than all the rest

        slots = self.options.delivery_concurrency
        poster = Poster(slots, self.options.delivery_timeout)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(slots):
                    group.create_task(self._work(poster))
        finally:
            await poster.close()

    async def _work(self, poster: "Poster") -> None:
        while True:
            delivery = await self._queue.get()
            delivery.attempt += 1
            webhook = self.webhooks.anywhere(delivery.webhook)
            if webhook is None:
                self.log.lose(delivery.id)
            if webhook is None or await self._attempt(poster, delivery, webhook):
                self.waiting -= 1
            else:
                backoff = self.options.delivery_backoff * 2 ** (delivery.attempt - 1)
                self._enqueue(delivery, min(backoff, _LONGEST_BACKOFF))

    async def _attempt(self, poster: "Poster", delivery: Delivery, webhook: Row) -> bool:
        """Try once; tell whether it was the last time."""
        event, row = delivery.event, self.log.find(delivery.id) or {}
        row["status"] = "processing"
        body, signature = self._body(event, webhook), self._signature(delivery)
        answer = await poster.post(webhook["url"], body, _headers(event, webhook, body, signature))
        last = answer.is_good or delivery.attempt >= self.options.delivery_attempts
        self.log.take(self._note(delivery, signature, answer, last))
        return last

    def _note(self, delivery: Delivery, signature: Signature, answer: "Answer", last: bool) -> Row:
        event, row = delivery.event, self.log.find(delivery.id) or {}
        return self.journal.delivery(
            event=event.id,
            type=event.type,
            webhook=delivery.webhook,
            attempt=delivery.attempt,
            status=answer.status,
            error=answer.error,
            signature=signature,
            delivery=delivery.id,
            team=row.get("_team"),
            livemode=row.get("livemode"),
            resource=row.get("resource_id"),
            latency_ms=answer.latency_ms,
            last=last,
            response_shape=shape_of(answer.body),
        )

    def _signature(self, delivery: Delivery) -> Signature:
        """Choose how this attempt is signed; a fault's wrong signature may be right the next time."""
        wrong = delivery.signature == "good" and self.faults.hits("webhook_signature", delivery.event.type)
        return "bad" if wrong else delivery.signature

    def _body(self, event: Event, webhook: Row) -> bytes:
        """Render what an endpoint gets: v2 endpoints see the object as it is now, others as it was."""
        if event.fixed or webhook["version"] != "v2":
            return event.snapshot
        current = self.resource(str(event.object.get("id")))
        return event.snapshot if current is None else event.current(current)

    def _subscribed(self, type: str, team: str) -> list[str]:
        """A team's endpoints, and those of the master team, see its events; both modes share them."""
        return [
            webhook["id"]
            for owner in dict.fromkeys((team, TEAM))
            for _, webhook in self.webhooks.walk((None, owner))
            if webhook["status"] == "active" and (not webhook["events"] or type in webhook["events"])
        ]

    def _copies(self, type: str, duplicates: float) -> int:
        """Read 2.3 as two copies too many, and a third one in 3 of 10 cases."""
        whole = int(duplicates)
        once_more = self.faults.hits("webhook_duplicate", type) is not None
        return 1 + whole + (self._random.random() < duplicates - whole) + once_more

    def _enqueue(self, delivery: Delivery, delay: float) -> None:
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, self._queue.put_nowait, delivery)
        else:
            self._queue.put_nowait(delivery)


def _headers(event: Event, webhook: Row, body: bytes, signature: Signature) -> dict[str, Any]:
    headers = {"content-type": "application/json", "user-agent": "gigstack-sandbox"}
    hidden = webhook["_hidden"]
    headers |= hidden["headers"]
    if signature == "none":
        return headers
    secret = hidden["secret"] if signature == "good" else signing.new_secret()
    if hidden["secret"] and webhook["signing"]["enabled"]:
        headers |= signing.standard_headers(secret, event.id, int(time.time()), body)
    if hidden["secret"] and webhook["version"] == "v1":
        headers |= signing.legacy_headers(secret, body)
    return headers
