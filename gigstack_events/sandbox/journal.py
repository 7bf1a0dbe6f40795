"""The sandbox's own record: the evidence on which tests judge what was done, and how often."""

from collections import Counter
from typing import Any

from gigstack_events.sandbox.replies import now_ms
from gigstack_events.sandbox.store import Store
from gigstack_events.sandbox.tables import Row


class Journal:
    """Every CFDI made, every call taken and every attempt to deliver an event."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.cfdis: list[Row] = []
        self.calls: list[Row] = []
        self.deliveries: list[Row] = []
        self.charges: list[Row] = []
        self.paid: Counter[tuple[bool, str, str]] = Counter()
        self._paid_by: set[tuple[str, str]] = set()
        self.stamps: Counter[tuple[str, str]] = Counter()

    def call(self, op: str, method: str, path: str, event_id: str | None) -> Row:
        """Note a call when it comes in; `answered` follows, and without it `status` stays None.

        `gone`: whoever called had hung up before the call was through. `acted`: what it asked for was done,
        whether or not anybody got to know. `made` is the id of the object that
        it created, if any, and `key` the idempotency key that it came with.
        """
        entry = {
            "n": len(self.calls) + 1,
            "op": op,
            "method": method,
            "path": path,
            "at": now_ms(),
            "status": None,
            "event_id": event_id,
            "livemode": None,
            "team": None,
            "fault": None,
            "gone": None,
            "key": None,
            "acted": False,
            "made": None,
        }
        self.calls.append(entry)
        self._store.write("call", entry=entry)
        return entry

    def answered(self, entry: Row) -> None:
        """Keep what has become of a call."""
        self._store.write("call", entry=entry)

    def cfdi(self, invoice: Row, draft: str | None, call: Row | None) -> Row:
        """Note that a CFDI now exists. It does from the moment that its line is written.

        `made_from` are the receipts, payments or the draft that it is made from; `receipt` is the one
        receipt, if it is just one. `call` is None where the sandbox's clock made it.
        """
        sources = invoice["receipts"] or ([draft] if draft else invoice["payments"])
        entry = {
            "uuid": invoice["uuid"],
            "type": invoice["invoice_type"],
            "receipt": invoice["receipts"][0] if len(invoice["receipts"]) == 1 else None,
            "made_from": list(sources),
            "client": invoice["client"]["id"],
            "at": now_ms(),
            "event_id": call["event_id"] if call else None,
            "call": call["n"] if call else None,
            "livemode": invoice["livemode"],
            "team": invoice["team"],
        }
        self._store.write("cfdi", entry=entry, invoice=invoice)
        self.take(entry)
        return entry

    def take(self, entry: Row) -> None:
        """Count a CFDI that exists."""
        self.stamps.update((id, entry["type"]) for id in entry["made_from"])
        self.cfdis.append(entry)

    def charge(self, **facts: Any) -> None:
        """Note that an XML of the SAT was paid for; one that was paid for twice has two lines.

        One `source` pays once for a `uuid`: a process that was killed in the middle begins it anew.
        """
        if (facts["source"], facts["uuid"]) in self._paid_by:
            return
        entry = {"n": len(self.charges) + 1, "at": now_ms(), **facts}
        self._store.write("charge", entry=entry)
        self.take_charge(entry)

    def take_charge(self, entry: Row) -> None:
        """Count a charge that was made."""
        self.paid[entry["livemode"], entry["team"], entry["uuid"]] += 1
        self._paid_by.add((entry["source"], entry["uuid"]))
        self.charges.append(entry)

    def delivery(self, **facts: Any) -> Row:
        """Note one attempt to deliver an event."""
        entry = {"n": len(self.deliveries) + 1, "at": now_ms(), **facts}
        self._store.write("delivery", entry=entry)
        self.deliveries.append(entry)
        return entry
