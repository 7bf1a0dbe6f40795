"""Events: what gigstack tells us happened, whatever envelope it came in.

`normalise` takes the raw body and headers of one delivery and returns an `Event` or raises `Malformed`.
The documented envelope is `{id, type, created, livemode, data: {object}}`; the other shapes that official
texts show are read too, the documented one first.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from gigstack_events.errors import Malformed
from gigstack_events.times import read_time

Trust = Literal["none", "secret", "signed"]
"""Why a delivery is believed; `secret` and `signed` are *authentic*."""

IdSource = Literal["body", "header", "hash", "internal"]

TRUST_RANK: dict[str, int] = {"none": 0, "secret": 1, "signed": 2}

# The vendor's CLI carries this enum in src/schemas/webhook-configuration-request.schema.json
# https://github.com/disruptive-learning/gigstack-cli
_VERBS = {
    "payment": "created updated succeeded canceled deleted upcoming_due_date",
    "invoice": "created canceled failed",
    "invoice_batch": "completed",
    "receipt": "created updated completed deleted",
    "customer": "created updated deleted",
    "service": "created updated deleted",
    "sat": "invoice.synced",
    "teams": "created sat.completed stripe.completed openpay.completed sat.manifest.signed",
}

KNOWN_EVENTS: tuple[str, ...] = tuple(f"{noun}.{verb}" for noun in _VERBS for verb in _VERBS[noun].split())
"""The event names that gigstack publishes; a name outside this list is legal all the same."""

RUN_EVENTS = ("run.failed", "run.parked")
DUE = "schedule.due"
FISCAL_DATA = "fiscal_data.missing"
INTERNAL_EVENTS: tuple[str, ...] = (*RUN_EVENTS, DUE, FISCAL_DATA)
"""What only this program itself says: a delivery that claims such a type is never believed to be one."""
ADDRESSEES = {DUE: "rule", FISCAL_DATA: "tell"}
"""Those of them that are for one rule only, and the field that has its name."""

ONE_SHOT: frozenset[str] = frozenset({"succeeded", "created", "completed", "deleted", "canceled"})
"""Last words of the event names that can happen only once to one object."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

MAX_ID = 256
"""Longest event id, in bytes."""
MAX_TYPE = 128
"""Longest event name, and longest team id, in characters."""
MAX_DEPTH = 100
"""Deepest nesting of a body: whoever writes or reads the event later needs stack of their own."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event, immutable.

    `created_at` is epoch ms or None where the sender gave no readable date; `livemode` is None where
    the sender did not say; `id_source` tells where `id` came from: `internal` for what this program made.
    `retold` counts how often a more trusted delivery of this id told of something else than the one before.
    """

    id: str
    type: str
    created_at: int | None
    livemode: bool | None
    team: str | None
    object: dict[str, Any]
    id_source: IdSource = "body"
    retold: int = 0

    @property
    def identity(self) -> str:
        """Its id as no event from another source, and no lie under this id, can have it: ids hold no tab."""
        parts = (self.id_source, self.id, *([str(self.retold)] if self.retold else []))
        return self.id if parts == ("body", self.id) else "\t".join(parts)


def is_one_shot(type: str) -> bool:
    """Say whether an event of this type can happen only once to one object (`payment.succeeded`)."""
    return type.rpartition(".")[2] in ONE_SHOT


def normalise(body: bytes, headers: Mapping[str, str]) -> Event:
    """Read the event in a raw body; `headers` have lower-case names and serve where it has no id.

    A key that comes twice counts with its last value. Raises Malformed, with one sentence.
    """
    envelope = _parse(body)
    thing = _object(envelope)
    if _SURROGATE.search(body):
        thing = _well_formed(thing)
    id, source = _id(envelope, headers, body)
    return Event(
        id=id,
        type=_type(envelope),
        created_at=_created(envelope),
        livemode=_livemode(envelope, thing),
        team=_team(thing) or _team(envelope),
        object=thing,
        id_source=source,
    )


def to_body(event: Event) -> bytes:
    """The event in the documented envelope, its team beside the object; `normalise` reads it again."""
    envelope: dict[str, Any] = {"id": event.id, "type": event.type}
    if event.created_at is not None:
        envelope["created"] = event.created_at
    if event.livemode is not None:
        envelope["livemode"] = event.livemode
    if event.team:
        envelope["team"] = event.team
    return json.dumps({**envelope, "data": {"object": event.object}}, separators=(",", ":")).encode()


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"The body is not valid JSON: {name} is not a JSON number.")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):  # 1e999 is good JSON, and becomes Infinity, which is not
        raise Malformed("The body holds a number that is too large to read.")
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        envelope = _DECODER.decode(body.decode())
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    except RecursionError:
        raise Malformed(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    except ValueError as exc:  # also an integer of more digits than Python converts
        at = f" at character {exc.pos}" if isinstance(exc, json.JSONDecodeError) else ""
        raise Malformed(f"The body is not valid JSON{at}.") from None
    if not isinstance(envelope, dict):
        raise Malformed("The body is not a JSON object.")
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _too_deep(envelope):
        raise Malformed(f"The body is nested deeper than {MAX_DEPTH} levels.")
    return envelope


def _too_deep(document: object) -> bool:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(node: object) -> Iterator[object]:
    values = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return (value for value in values if isinstance(value, dict | list))


def _object(envelope: dict[str, Any]) -> dict[str, Any]:
    data = envelope.get("data")
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise Malformed("The event's `data` is not a JSON object.")
    inner = data.get("object")
    return inner if isinstance(inner, dict) else data


def _well_formed(thing: dict[str, Any]) -> dict[str, Any]:
    """Write a question mark for each half of an emoji: JSON can say it, nothing else can carry it."""
    text = json.dumps(thing, ensure_ascii=False)
    whole: dict[str, Any] = json.loads(text.encode(errors="replace"))
    return whole


def _id(
    envelope: dict[str, Any], headers: Mapping[str, str], body: bytes
) -> tuple[str, Literal["body", "header", "hash"]]:
    raw = envelope.get("id")
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if isinstance(raw, str) and raw:
        return _checked_id(raw), "body"
    header = headers.get("webhook-id") or headers.get("x-gigstack-webhook-id")
    if header:
        return _checked_id(header), "header"
    return hashlib.sha256(body).hexdigest(), "hash"


def _checked_id(id: str) -> str:
    if not id.isprintable():
        raise Malformed("The event's id holds characters that cannot be printed.")
    if len(id.encode()) > MAX_ID:
        raise Malformed(f"The event's id is longer than {MAX_ID} bytes.")
    return id


def _type(envelope: dict[str, Any]) -> str:
    for name in ("type", "event", "event_type"):
        type = envelope.get(name)
        if isinstance(type, str) and type:
            break
    else:
        raise Malformed("The body names no event: `type` is missing.")
    if len(type) > MAX_TYPE or not type.isprintable():
        raise Malformed(f"The event's type is longer than {MAX_TYPE} characters or cannot be printed.")
    # Older texts of the vendor write `payment.cancelled` and `client.created`
    if type.endswith(".cancelled"):
        type = type.removesuffix("cancelled") + "canceled"
    return "customer." + type[7:] if type.startswith("client.") else type


def _created(envelope: dict[str, Any]) -> int | None:
    times = (read_time(envelope.get(name)) for name in ("created", "created_at", "timestamp"))
    return next((time for time in times if time is not None), None)


def _livemode(envelope: dict[str, Any], thing: dict[str, Any]) -> bool | None:
    said = envelope.get("livemode")
    if said is None:
        said = thing.get("livemode")
    return said if isinstance(said, bool) else None


def _team(source: dict[str, Any]) -> str | None:
    team = source.get("team")
    if isinstance(team, dict):
        team = team.get("id")
    if not isinstance(team, str) or not team:
        return None
    if len(team) > MAX_TYPE or not team.isprintable():
        raise Malformed(f"The event's team is longer than {MAX_TYPE} characters or cannot be printed.")
    return team
