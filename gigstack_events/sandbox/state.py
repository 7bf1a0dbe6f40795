"""The sandbox's state: one team tree's objects of both modes, in memory and, where asked for, in a file."""

import asyncio
import random
from collections.abc import Callable

from gigstack_events.sandbox.events import new_event
from gigstack_events.sandbox.faults import Faults
from gigstack_events.sandbox.journal import Journal
from gigstack_events.sandbox.options import Options
from gigstack_events.sandbox.sender import Sender
from gigstack_events.sandbox.store import Store
from gigstack_events.sandbox.tables import Row, Scope, Table


class Sandbox:
    """Everything that a running sandbox knows. Choices come from seeded streams, one per purpose."""

    def __init__(self, options: Options | None = None, store: Store | None = None) -> None:
        self.options = options or Options()
        self.store = store or Store()
        self.clients = Table("client", "clients", self.store)
        self.payments = Table("payment", "payments", self.store)
        self.receipts = Table("receipt", "receipts", self.store)
        self.webhooks = Table("wh", "webhooks", self.store)
        self.invoices = Table("invoice")  # they follow from the CFDIs in the journal
        self.tables = {
            "clients": self.clients,
            "payments": self.payments,
            "receipts": self.receipts,
            "webhooks": self.webhooks,
        }
        self.journal = Journal(self.store)
        self.faults = Faults(self.options.seed)
        self.sender = Sender(self.options, self.journal, self.webhooks, self.resource)
        self.coming = 0
        self._by_key: dict[tuple[str, Scope, str], Row] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._streams: dict[str, random.Random] = {}

    def choices(self, purpose: str) -> random.Random:
        """Return the seeded stream of choices for one purpose."""
        if purpose not in self._streams:
            stream = random.Random(f"{self.options.seed}:{purpose}")  # noqa: S311 - choices, not secrets
            self._streams[purpose] = stream
        return self._streams[purpose]

    def newer_envelope(self) -> bool:
        """Choose the shape of the next error."""
        if self.options.envelope == "both":
            return self.choices("envelope").random() < 0.5
        return self.options.envelope == "newer"

    def resource(self, id: str) -> Row | None:
        """Find any object by its id alone."""
        tables = (self.receipts, self.payments, self.clients, self.invoices)
        return next((row for table in tables if (row := table.anywhere(id)) is not None), None)

    def known(self, kind: str, scope: Scope, key: str | None) -> Row | None:
        """Return the object that an `idempotency_key` has already made."""
        return self._by_key.get((kind, scope, key)) if key else None

    def remember(self, kind: str, scope: Scope, row: Row) -> None:
        """Remember an object by its `idempotency_key`, if it has one."""
        if key := row.get("idempotency_key"):
            self._by_key[kind, scope, key] = row

    def emit(self, type: str, object: Row, scope: Scope) -> None:
        """Tell all endpoints that want to know what happened."""
        self.sender.send(new_event(type, object, scope))

    def later(self, delay: float, act: Callable[[], object]) -> None:
        """Let something happen after a while; `coming` counts what is still to come."""
        self.coming += 1

        def happen() -> None:
            self.coming -= 1
            self._timers.discard(timer)
            act()

        timer = asyncio.get_running_loop().call_later(delay, happen)
        self._timers.add(timer)

    def stop(self) -> None:
        """Call off all that was to come."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self.coming = 0
