"""Internal ids: 26 characters, the first tells the kind (e event, r run, f effect, a alias)."""

import base64
import hashlib

from gigstack_events.events import Event


def digest(kind: str, *parts: str) -> str:
    """An id from the SHA-256 of its parts; NUL separates them, since no part holds one that matters."""
    hashed = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    return kind + base64.b32encode(hashed[:16])[:25].decode().lower()


def event_id(source: str, raw_id: str) -> str:
    """The internal id of an event: the same for each delivery that names it the same way."""
    return digest("e", source, raw_id)


def run_id(event: str, rule: str, n: int) -> str:
    """The internal id of the n-th run of a rule for an event."""
    return digest("r", event, rule, str(n))


def alias_id(mode: str, team: str, type: str, thing: str) -> str:
    """The name under which the event of something that can happen only once is found."""
    # The door makes one for most deliveries: hexadecimal is the cheaper way to write it.
    hashed = hashlib.sha256("\0".join((mode, team, type, thing)).encode("utf-8", "surrogatepass"))
    return "a" + hashed.hexdigest()[:25]


def mode_of(livemode: bool | None) -> str:
    """`live`, `test`, or '' where the sender did not say."""
    return {True: "live", False: "test", None: ""}[livemode]


def object_id(event: Event) -> str:
    """The id of the thing the event is about; CFDIs may only have a uuid. At most 256 characters."""
    found = event.object.get("id") or event.object.get("uuid") or ""
    return found[:256] if isinstance(found, str) else ""
