"""The sandbox's own record: the evidence on which tests judge what was done, and how often."""

from collections import Counter
from typing import Any

from gigstack_events.sandbox.replies import now_ms
from gigstack_events.sandbox.tables import Row


class Journal:
    """Every CFDI made, every call taken and every attempt to deliver an event."""

    def __init__(self) -> None:
        self.cfdis: list[Row] = []
        self.calls: list[Row] = []
        self.deliveries: list[Row] = []
        self.stamps: Counter[str] = Counter()

    def call(self, op: str, method: str, path: str, event_id: str | None) -> Row:
        """Note a call when it comes in; `status` follows when it is answered and None means it never was."""
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
        }
        self.calls.append(entry)
        return entry

    def cfdi(self, uuid: str, receipt: Row, call: Row) -> None:
        """Note that a CFDI now exists."""
        self.stamps[receipt["id"]] += 1
        self.cfdis.append(
            {
                "uuid": uuid,
                "receipt": receipt["id"],
                "client": receipt["client"]["id"],
                "at": now_ms(),
                "event_id": call["event_id"],
                "call": call["n"],
                "livemode": receipt["livemode"],
                "team": receipt["team"],
            }
        )

    def delivery(self, **facts: Any) -> None:
        """Note one attempt to deliver an event."""
        self.deliveries.append({"n": len(self.deliveries) + 1, "at": now_ms(), **facts})
