"""Believing an event by reading its object back from the API: the strongest proof, and it needs no secret.

`READ_BACK` says for each event type what the API must say about the event's object. Facts that never
change must agree. A status is another matter: where the API's is not the one that the event tells of,
the event may well be true and its object has moved on since.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gigstack_events.api import Gigstack
from gigstack_events.errors import ApiError
from gigstack_events.events import Event

AS_TOLD = frozenset({"as told"})
"""The status that the event gives its object; one that gives none tells nothing of it."""

# Receipts and CFDIs have several words for each of these, and `canceled` is how the event types spell it.
_SAME_STATUS = {
    "open": "pending",
    "invoiced": "completed",
    "stamped": "completed",
    "valid": "completed",
    "active": "completed",
    "canceled": "cancelled",
}
_READERS: dict[str, Callable[[Gigstack, str], Any]] = {
    "payment": lambda gigstack, id: gigstack.payments.get(id),
    "receipt": lambda gigstack, id: gigstack.receipts.get(id),
    "client": lambda gigstack, id: gigstack.clients.get(id),
    "service": lambda gigstack, id: gigstack.services.get(id),
    "invoice": lambda gigstack, id: gigstack.invoices.income.get(id),
    "invoice E": lambda gigstack, id: gigstack.invoices.egress.get(id),
    "invoice P": lambda gigstack, id: gigstack.invoices.complements.get(id),
    "invoice T": lambda gigstack, id: gigstack.invoices.transfers.get(id),
}
"""Invoices of the types E, P and T have routes of their own; all others are asked for as income."""


class Disagrees(Exception):
    """The API tells another story than the event, or none; the message says where."""


class NotYet(Disagrees):
    """The API does not know of it yet, if it is true: a webhook may be faster than what the API shows."""


class MovedOn(Exception):
    """The object is the event's, and by now in another state; the message says in which."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """How an event type is confirmed: what is read, which facts must agree, which status it tells of.

    One of `names` must be the same on both sides; any other fact counts where both sides give it, for a
    handler sees the API's object: who leaves a fact out gains nothing but what is true anyway. No
    `statuses`: the object has none. A status in `before` is one that the object cannot have any more if the
    event is true; one in `after` shows that what the event tells of is over. `cannot` says why nothing is
    read.
    """

    object: str = ""
    facts: tuple[str, ...] = ()
    statuses: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    names: tuple[str, ...] = ("id",)
    cannot: str = ""


def _money(object: str, told: frozenset[str] = AS_TOLD, before: frozenset[str] = frozenset()) -> ReadBack:
    # total, currency, team and livemode are documented for both objects, and so are their statuses
    return ReadBack(object, ("id", "livemode", "team", "total", "currency"), told, before)


def _cfdi(
    told: frozenset[str] = AS_TOLD,
    before: frozenset[str] = frozenset(),
    after: frozenset[str] = frozenset(),
) -> ReadBack:
    # The documented examples name a CFDI by its uuid, and some give no id; its type never changes.
    facts = ("livemode", "team", "total", "currency", "uuid", "invoice_type")
    return ReadBack("invoice", facts, told, before, after, ("id", "uuid"))


_TO_BE_PAID = frozenset({"requires_payment_method", "pending", "processing", "failed"})
_CLIENT = ReadBack("client", ("id", "livemode", "team"))
_DELETED = ReadBack(cannot="what is deleted cannot be read back")
_SERVICE = ReadBack("service", ("id", "livemode", "team"))
_NO_CFDI_YET = frozenset({"draft", "pending"})
_NO_SHAPE = ReadBack(cannot="nothing is published about what such an event holds")

READ_BACK: Mapping[str, ReadBack] = {
    "payment.created": _money("payment"),
    "payment.updated": _money("payment"),
    "payment.succeeded": _money("payment", frozenset({"succeeded"}), before=_TO_BE_PAID),
    "payment.canceled": _money("payment", frozenset({"cancelled"}), before=_TO_BE_PAID),
    "payment.deleted": _DELETED,
    # A reminder is about money that is still to come, whatever status the sender gives it.
    "payment.upcoming_due_date": _money("payment", _TO_BE_PAID),
    "invoice.created": _cfdi(before=_NO_CFDI_YET),
    "invoice.canceled": _cfdi(frozenset({"cancelled"}), before=_NO_CFDI_YET | {"completed"}),
    # How a CFDI that failed is called is not published; one that was made since has not failed any more.
    "invoice.failed": _cfdi(after=frozenset({"completed", "cancelled"})),
    "invoice_batch.completed": _NO_SHAPE,
    "receipt.created": _money("receipt"),
    "receipt.updated": _money("receipt"),
    "receipt.completed": _money("receipt", frozenset({"completed"}), before=frozenset({"pending"})),
    "receipt.deleted": _DELETED,
    "customer.created": _CLIENT,
    "customer.updated": _CLIENT,
    "customer.deleted": _DELETED,
    "service.created": _SERVICE,
    "service.updated": _SERVICE,
    "service.deleted": _DELETED,
    "sat.invoice.synced": _NO_SHAPE,
    "teams.created": _NO_SHAPE,
    "teams.sat.completed": _NO_SHAPE,
    "teams.stripe.completed": _NO_SHAPE,
    "teams.openpay.completed": _NO_SHAPE,
    "teams.sat.manifest.signed": _NO_SHAPE,
}
"""Every published event type. One outside this list cannot be confirmed: nobody knows what it claims."""


def confirm(event: Event, gigstack: Gigstack) -> Event:
    """Read the event's object from the API; returns the event with the API's object in place of the sender's.

    Raises Disagrees (NotYet where a later look may show it) or MovedOn; an ApiError that may pass (no answer,
    5xx, 429, a key that is refused) goes through, so that the run is tried again.
    """
    way = READ_BACK.get(event.type, ReadBack(cannot=f"nobody knows what {event.type} says of its object"))
    if way.cannot:
        raise Disagrees(way.cannot)
    actual = _read(way, event, gigstack)
    said = {**event.object, "team": event.team, "livemode": event.livemode}
    for fact in way.facts:
        if not _agree(fact, said.get(fact), actual.get(fact)):
            raise Disagrees(f"`{fact}` differs from what the API says")
    if not _same_object(way, said, actual):
        raise Disagrees("the API answered with another object")
    _compare_status(way, event.object.get("status"), actual.get("status"))
    return replace(event, object=actual, team=actual.get("team") or event.team)


def _read(way: ReadBack, event: Event, gigstack: Gigstack) -> dict[str, Any]:
    id = next((event.object[name] for name in way.names if event.object.get(name)), None)
    if not isinstance(id, str) or id in ("", ".", ".."):
        raise Disagrees("the event's object has no id to read back")
    found = _asked(way, event, gigstack, id)
    told = _told(found)
    known = (name for name in type(found).model_fields if event.object.get(name) is not None)
    if left_out := [name for name in known if told.get(name) is None]:
        # It may be in the next answer, and what is kept now is all that handlers will ever see.
        again = _told(_asked(way, event, gigstack, id))
        told |= {name: again[name] for name in left_out if again.get(name) is not None}
    return told


def _asked(way: ReadBack, event: Event, gigstack: Gigstack, id: str) -> Any:
    try:
        return _reader(way, event)(gigstack, id)
    except ApiError as error:
        refused = error.status is not None and 400 <= error.status < 500
        if refused and error.final:
            kind = NotYet if error.status == 404 else Disagrees
            raise kind(f"the API shows no such object ({error.status})") from None
        raise


def _told(found: Any) -> dict[str, Any]:
    """What the API said; the rest is left out, as in an event's own object."""
    said: dict[str, Any] = found.model_dump(mode="json", exclude_unset=True)
    return said


def _reader(way: ReadBack, event: Event) -> Callable[[Gigstack, str], Any]:
    kind = f"{way.object} {event.object.get('invoice_type')}"
    return _READERS.get(kind, _READERS[way.object])


def _same_object(way: ReadBack, said: Mapping[str, Any], actual: Mapping[str, Any]) -> bool:
    """Whether a name that the event gives is one of those that the API gives."""
    given = [said[name] for name in way.names if said.get(name)]
    return any(actual[name] in given for name in way.names if actual.get(name))


def _compare_status(way: ReadBack, said: Any, actual: Any) -> None:
    told = way.statuses if way.statuses is not AS_TOLD else frozenset({_status(said)} if said else ())
    if actual and _status(actual) in way.after:
        raise MovedOn(f"its status is {actual!r} by now")
    if told and not actual:
        raise Disagrees("the API gives it no status")
    if _status(actual) in told:
        return
    if _status(actual) in way.before:
        raise NotYet(f"for the API it is still {actual!r}")
    if told:
        raise MovedOn(f"its status is {actual!r} by now")


def _status(value: Any) -> str:
    return _SAME_STATUS.get(str(value), str(value))


def _agree(fact: str, said: Any, actual: Any) -> bool:
    """Whether two values of a fact agree; one that is absent on a side contradicts nothing."""
    if said is None or actual is None:
        return True
    if fact != "total":
        return str(said).casefold() == str(actual).casefold()
    try:
        return abs(float(said) - float(actual)) < 0.005
    except (TypeError, ValueError):
        return False
