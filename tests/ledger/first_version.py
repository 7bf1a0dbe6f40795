"""A ledger as the first version left it (schema 1), and the handlers of now that carry its work on.

`first_version.json` was written by that version's own receiver, scripts and engine, with its clock put to
the beginning of 2025: events and runs in every state, the hints in RQ's queue, one of them lost. Two workers
died: one after its act was on record, one in the middle of its act.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import redis

from gigstack_events.discovery import discover
from gigstack_events.outcomes import Happened
from tests.engine.conftest import Bench
from tests.stack import ROOT

ACTED = ("fine_1", "fine_3", "bad_1", "late_1", "asked_1", "doubtful_1", "doubtful_2")
"""What the first version had done, or may have."""


def load_first_version(client: "redis.Redis") -> None:
    """Put the ledger into an empty Redis."""
    dump: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())
    for key, entry in dump.items():
        value = entry["value"]
        match entry["type"]:
            case "hash":
                client.hset(key, mapping=value)
            case "string":
                client.set(key, value)
            case "list":
                client.rpush(key, *value)
            case "set":
                client.sadd(key, *value)
            case "zset":
                client.zadd(key, value)
        if "ttl" in entry:
            client.pexpire(key, entry["ttl"])


class Successor(Bench):
    """The version of now at work on it; `acts` are the payments that it has acted on, in their order."""

    acts: list[str]

    def take_over(self) -> None:
        """Enable the handlers that the first version had, and one that it lacked."""
        self.acts = []
        self.handler(self._act, key="object.client", trust="signed")
        self.handler(lambda event, ctx: "noted", "receipt.created", name="note")
        self.handler(lambda event, ctx: "back", "invoice.created", name="gone")
        stamp = discover(ROOT / "handlers").handlers["stamp_receipts"].handler
        self.handlers["stamp_receipts"] = replace(stamp, patterns=("payment.canceled",))

    def _act(self, event: Any, ctx: Any) -> str:
        payment = event.object["id"]

        def pay(key: str) -> dict[str, str]:
            self.acts.append(payment.removeprefix("payment_"))
            return {"paid": payment}

        asked = event.object["story"] == "asked"
        ctx.effect("pay", pay, on=payment, check=(lambda: Happened({"paid": payment})) if asked else None)
        return "done"

    def states(self) -> dict[str, str]:
        """Each run by rule and event, with its state and the word for it."""
        named = {
            run.id: text_of(self.ledger.redis, f"gs:event:{run.event}", "id").removeprefix("evt_")
            for run in self.runs()
        }
        return {
            f"{run.rule} {named[run.id]}": f"{run.state} {run.reason_code}".strip() for run in self.runs()
        }

    def id_of(self, name: str) -> str:
        """A run's id, from its rule and event."""
        return dict(zip(self.states(), (run.id for run in self.runs()), strict=True))[name]


def text_of(client: "redis.Redis", key: str, field: str) -> str:
    """One field of a hash as text."""
    return (client.hget(key, field) or b"").decode()  # type: ignore[union-attr]  # bytes, as this client answers
