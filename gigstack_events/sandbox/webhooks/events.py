"""Events on their way out: what happened, to which object, in which mode and team."""

import json
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from gigstack_events.sandbox.replies import now_ms
from gigstack_events.sandbox.tables import Row, Scope


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `snapshot` is its body as of the moment it happened, `object` lives on.

    A `fixed` one is always sent as its snapshot.
    """

    id: str
    type: str
    scope: Scope
    envelope: Row
    object: Row
    snapshot: bytes
    fixed: bool = False

    def current(self, object: Row) -> bytes:
        """Render the body anew around the state that the object has by now."""
        return _envelope(self.envelope, object)


def new_event(type: str, object: Row, scope: Scope) -> Event:
    """Make the event that tells about an object, in the documented envelope."""
    id = f"evt_{token_hex(12)}"
    envelope: Row = {"id": id, "type": type, "created": now_ms(), "livemode": scope[0]}
    return Event(id, type, scope, envelope, object, _envelope(envelope, object))


def fixed_event(type: str, object: Row, scope: Scope, changes: Row) -> Event:
    """Make an event that is sent as it is made, with `changes` in its envelope."""
    id = str(changes.get("id") or f"evt_{token_hex(12)}")
    envelope: Row = {"id": id, "type": type, "created": now_ms(), "livemode": scope[0], **changes}
    return Event(id, type, scope, envelope, object, _envelope(envelope, object), True)


def raw_event(body: Row, scope: Scope) -> Event:
    """Make an event from a body that is sent as it is, whatever envelope it follows."""
    id, type = body.get("id"), body.get("type") or body.get("event") or body.get("event_type")
    return Event(str(id or f"evt_{token_hex(12)}"), str(type), scope, {}, {}, _render(body), True)


def _envelope(envelope: Row, object: Row) -> bytes:
    """Render an event; what an object does not show of itself begins with an underscore."""
    shown = {name: value for name, value in object.items() if not name.startswith("_")}
    return _render({**envelope, "data": {"object": shown}})


def _render(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
