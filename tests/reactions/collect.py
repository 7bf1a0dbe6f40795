"""Collecting the evidence once everything is at rest."""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gigstack_events.ledger.records import fields_of, text
from tests.reactions.evidence import Death, Evidence
from tests.reactions.plan import Sent, Slot
from tests.reactions.senders import Senders, past_months
from tests.reactions.sink import Sink
from tests.stack import Stack

FIELDS = ("rule", "event", "state", "reason_code", "reason", "result")


def collect(stack: Stack, sink: Sink, storage: Path, senders: Senders, deaths: Sequence[Death]) -> Evidence:
    """All that was written down by anybody."""
    journal = stack.sandbox.journal("cfdis", "calls", "deliveries", "charges", "receipts")
    (stack.folder / "journal.json").write_text(json.dumps(journal))
    taken = {
        row["event"]
        for row in journal["deliveries"]
        if row["status"] == 202 and row["webhook"] != senders.witness
    }
    told = {event.id: event for one in sink.seen if one.place == "witness" for event in [Sent.of(one.body)]}
    return Evidence(
        events=[told[id] for id in sorted(taken)],
        seen=tuple(sink.seen),
        runs=list(_runs(stack)),
        cfdis=journal["cfdis"],
        receipts=journal["receipts"],
        calls=journal["calls"],
        charges=journal["charges"],
        slots={row["made"]: _slot(stack, row) for row in journal["calls"] if _is_request(row)},
        stored=[(path.stem, str(path.parent)) for path in sorted(storage.rglob("*.xml"))],
        listed=[place for path in sorted(storage.rglob("manifest.csv")) for place in _rows(path)],
        deaths=tuple(deaths),
        unsigned=frozenset(row["event"] for row in journal["deliveries"] if row["webhook"] == senders.plain),
        bad_clients=frozenset(senders.bad),
        months=past_months(6),
    )


def _runs(stack: Stack) -> Iterator[dict[str, Any]]:
    """The ledger's runs, each with its id and the sender's id of its event."""
    redis, names = stack.ledger.redis, dict[str, str]()
    for key in redis.scan_iter("gs:run:*", count=1000):
        run = dict.fromkeys(FIELDS, "") | fields_of(redis.hgetall(key).items())
        event = run["event"]
        if event not in names:
            names[event] = text(redis.hget(f"gs:event:{event}", "id") or b"")
        yield {**run, "id": text(key).rpartition(":")[2], "event_id": names[event]}


def _is_request(row: dict[str, Any]) -> bool:
    return bool(row["op"] == "sat.request" and row["made"])


def _slot(stack: Stack, row: dict[str, Any]) -> Slot:
    path = f"/invoices/download/status/{row['made']}?team={row['team']}"
    facts = stack.sandbox.call("GET", path, livemode=row["livemode"])["data"]
    return row["livemode"], row["team"], facts["startDate"][:7], facts["rfcType"]


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from ((row["uuid"], str(path.parent)) for row in csv.DictReader(file))
