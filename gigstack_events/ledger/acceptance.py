"""What `accept.lua` is told of a delivery, and its answer: the same at the door and for events of our own."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Literal

from gigstack_events.events import TRUST_RANK, Event, Trust, is_one_shot
from gigstack_events.ledger.bodies import guard
from gigstack_events.ledger.ids import alias_id, event_id, mode_of, object_id

VARIANTS_KEPT = 8


@dataclass(frozen=True, slots=True)
class Accepted:
    """The ledger's answer to a delivery; `id` is the event's internal id."""

    outcome: Literal["new", "duplicate", "stronger", "unreadable"]
    id: str


def told(event: Event, body: bytes, trust: Trust, reason: str = "") -> tuple[Any, ...]:
    """The arguments for an event that could be read; it is parked where there is a `reason` to."""
    id = event_id(event.id_source, event.id)
    mode, thing = mode_of(event.livemode), object_id(event)
    team = event.team or ""
    once = is_one_shot(event.type) and thing
    alias = alias_id(mode, team, event.type, thing) if once else ""
    return delivered(
        id, body, trust, alias, "parked" if reason else "accepted", reason,
        event.type, mode, team, thing, event.id, event.id_source, event.created_at or "",
    )  # fmt: skip


def delivered(
    id: str, body: bytes, trust: Trust, alias: str, state: str, reason: str, *facts: Any
) -> tuple[Any, ...]:
    """The arguments for any body."""
    variant = hashlib.sha256(body).hexdigest()[:16]
    nonce, rank = secrets.token_hex(8), TRUST_RANK[trust]
    return (id, nonce, rank, trust, variant, guard(body), alias, VARIANTS_KEPT, state, reason, *facts)
