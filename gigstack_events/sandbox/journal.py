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
        self.stamps: Counter[str] = Counter()

    def call(self, op: str, method: str, path: str, event_id: str | None) -> Row:
        """Note a call when it comes in; `answered` follows, and without it `status` stays None.

        `gone`: whoever called had hung up before the call was through. `made` is the id of the object that
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
            "made": None,
        }
        self.calls.append(entry)
        self._store.write("call", entry=entry)
        return entry

    def answered(self, entry: Row) -> None:
        """Keep what has become of a call."""
        self._store.write("call", entry=entry)

    def cfdi(self, uuid: str, receipt: Row, call: Row) -> Row:
        """Note that a CFDI now exists. It does from the moment that its line is written."""
        entry = {
            "uuid": uuid,
            "receipt": receipt["id"],
            "client": receipt["client"]["id"],
            "at": now_ms(),
            "event_id": call["event_id"],
            "call": call["n"],
            "livemode": receipt["livemode"],
            "team": receipt["team"],
        }
        self._store.write("cfdi", entry=entry)
        self.take(entry)
        return entry

    def take(self, entry: Row) -> None:
        """Count a CFDI that exists."""
        self.stamps[entry["receipt"]] += 1
        self.cfdis.append(entry)

    def delivery(self, **facts: Any) -> None:
        """Note one attempt to deliver an event."""
        entry = {"n": len(self.deliveries) + 1, "at": now_ms(), **facts}
        self._store.write("delivery", entry=entry)
        self.deliveries.append(entry)
