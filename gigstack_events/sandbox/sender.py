"""Sends events to the registered endpoints: at least once, in no promised order, never in the API's way."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from gigstack_events.sandbox import signing
from gigstack_events.sandbox.events import Event
from gigstack_events.sandbox.faults import Faults
from gigstack_events.sandbox.journal import Journal
from gigstack_events.sandbox.options import Options
from gigstack_events.sandbox.tables import TEAM, Row, Table

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
    """One event on its way to one endpoint."""

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
    waiting: int = 0
    _queue: asyncio.Queue[Delivery] = field(default_factory=asyncio.Queue)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.options.seed}:sender")  # noqa: S311 - choices, not secrets

    def send(self, event: Event, manner: Manner | None = None, only: str | None = None) -> int:
        """Queue an event for every endpoint that wants it, or `only` for one; return how many copies."""
        manner = manner or Manner()
        self.events[event.id] = event
        targets = [only] if only else self._subscribed(event.type, event.scope[1])
        copies = [target for target in targets for _ in range(self._copies(event.type, manner.duplicates))]
        for target in copies:
            self.waiting += 1
            delay = self._random.uniform(0, manner.reorder) + self.faults.delay(event.type)
            self._enqueue(Delivery(event, target, manner.signature), delay)
        return len(copies)

    async def run(self) -> None:
        """Deliver until cancelled."""
        slots = self.options.delivery_concurrency
        # _attempt bounds the whole exchange; a proxy would only stand between local processes.
        client = httpx.AsyncClient(limits=httpx.Limits(max_connections=slots), timeout=None, trust_env=False)  # noqa: S113
        async with client, asyncio.TaskGroup() as group:
            for _ in range(slots):
                group.create_task(self._work(client))

    async def _work(self, client: httpx.AsyncClient) -> None:
        while True:
            delivery = await self._queue.get()
            delivery.attempt += 1
            webhook = self.webhooks.anywhere(delivery.webhook)
            gone = webhook is None or await self._attempt(client, delivery, webhook)
            if gone or delivery.attempt >= self.options.delivery_attempts:
                self.waiting -= 1
            else:
                backoff = self.options.delivery_backoff * 2 ** (delivery.attempt - 1)
                self._enqueue(delivery, min(backoff, _LONGEST_BACKOFF))

    async def _attempt(self, client: httpx.AsyncClient, delivery: Delivery, webhook: Row) -> bool:
        body = self._body(delivery.event, webhook)
        signature = self._signature(delivery)
        status, error = None, None
        try:
            async with asyncio.timeout(self.options.delivery_timeout):
                reply = await client.post(
                    webhook["url"], content=body, headers=_headers(delivery.event, webhook, body, signature)
                )
                status = reply.status_code
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, UnicodeError) as problem:
            error = type(problem).__name__
        self.journal.delivery(
            event=delivery.event.id,
            type=delivery.event.type,
            webhook=delivery.webhook,
            attempt=delivery.attempt,
            status=status,
            error=error,
            signature=signature,
        )
        return status is not None and 200 <= status < 300

    def _signature(self, delivery: Delivery) -> Signature:
        """Choose how this attempt is signed; a fault's wrong signature may be right the next time."""
        wrong = delivery.signature == "good" and self.faults.hits("webhook_signature", delivery.event.type)
        return "bad" if wrong else delivery.signature

    def _body(self, event: Event, webhook: Row) -> bytes:
        """Render what an endpoint gets: v2 endpoints see the object as it is now, others as it was."""
        current = self.resource(str(event.object.get("id"))) if webhook["version"] == "v2" else None
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
