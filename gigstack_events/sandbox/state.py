"""The sandbox's state: one team tree's objects of both modes, in memory and, where asked for, in a file."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from gigstack_events.sandbox.clock import Clock
from gigstack_events.sandbox.faults import Faults
from gigstack_events.sandbox.journal import Journal
from gigstack_events.sandbox.limits import Limit
from gigstack_events.sandbox.options import Options
from gigstack_events.sandbox.store import Store
from gigstack_events.sandbox.tables import Row, Scope, Table
from gigstack_events.sandbox.webhooks.events import new_event
from gigstack_events.sandbox.webhooks.sender import Sender


class Sandbox:
    """Everything that a running sandbox knows. Choices come from seeded streams, one per purpose."""

    def __init__(self, options: Options | None = None, store: Store | None = None) -> None:
        self.options = options or Options()
        self.store = store or Store()
        self.paths: dict[str, str] = {}  # of the operations, by their names; the application tells them
        self.clock = Clock(self.store)
        self.silent = False
        self.tables: dict[str, Table] = {}
        self.clients = self._table("client", "clients")
        self.services = self._table("service", "services")
        self.payments = self._table("payment", "payments")
        self.receipts = self._table("receipt", "receipts")
        self.drafts = self._table("draft", "drafts")
        self.batches = self._table("batch", "batches")
        self.retentions = self._table("retention", "retentions")
        self.documents = self._table("doc", "documents")
        self.teams = self._table("team", "teams")
        self.users = self._table("user", "users")
        self.webhooks = self._table("wh", "webhooks")
        self.webhook_operations = self._table("op", "webhook_operations")
        self.sat_requests = self._table("satreq", "sat_requests")
        self.sat_jobs = self._table("satjob", "sat_jobs")
        self.sat_invoices = self._table("satinv", "sat_invoices")
        self.sat_accounts = self._table("sat", "sat_accounts")
        self.sat_held = self._table("cfdi", "sat_held")  # what the SAT has, and nobody here has made
        self.invoices = self._table("invoice", "invoices")  # each begins with a CFDI in the journal
        self.journal = Journal(self.store)
        self.faults = Faults(self.options.seed)
        self.limit = Limit(self.options.rate_limit)
        self.sender = Sender(self.options, self.journal, self.webhooks, self.resource, self.faults)
        self.folios: Counter[tuple[Scope, str]] = Counter()  # the last one of each series
        self.url = "http://127.0.0.1:8001"  # where callers reach it; each call tells
        self._by_key: dict[tuple[str, Scope, str], Row] = {}
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
        """Find any object that an event may be about, by its id alone."""
        secret = (self.webhooks, self.webhook_operations, self.users)
        tables = (self.invoices, *(table for table in self.tables.values() if table not in secret))
        return next((row for table in tables if (row := table.anywhere(id)) is not None), None)

    def known(self, kind: str, scope: Scope, key: str | None) -> Row | None:
        """Return the object that an `idempotency_key` has already made."""
        return self._by_key.get((kind, scope, key)) if key else None

    def remember(self, kind: str, scope: Scope, row: Row) -> None:
        """Remember an object by its `idempotency_key`, if it has one."""
        if key := row.get("idempotency_key"):
            self._by_key[kind, scope, key] = row

    def emit(self, type: str, object: Row, scope: Scope) -> None:
        """Tell all endpoints that want to know what happened, unless it is to be `silent`."""
        if not self.silent:
            self.sender.send(new_event(type, object, scope))

    @contextmanager
    def silently(self) -> Iterator[None]:
        """Tell nobody of what happens meanwhile."""
        before, self.silent = self.silent, True
        try:
            yield
        finally:
            self.silent = before

    def now_ms(self) -> int:
        """Return the sandbox's time as epoch milliseconds."""
        return self.clock.now_ms()

    def stop(self) -> None:
        """Call off all that was to come."""
        self.clock.stop()

    def _table(self, prefix: str, name: str) -> Table:
        self.tables[name] = Table(prefix, name, self.store)
        return self.tables[name]
