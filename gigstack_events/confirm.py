"""Believing an event by reading its object back from the API: the strongest proof, and it needs no secret."""

from dataclasses import replace
from typing import Any

from gigstack_events.api import Gigstack
from gigstack_events.errors import ApiError
from gigstack_events.events import Event

IMMUTABLE = ("id", "total", "currency", "team")
"""Facts of an object that never change."""


class Disagrees(Exception):
    """The API tells another story than the event; the message says where."""


def confirm(event: Event, gigstack: Gigstack) -> Event:
    """Read the event's object from the API; returns the event with the API's object in place of the sender's.

    Raises Disagrees when the object does not exist, differs, has moved on or cannot be read back at all;
    an ApiError that may pass (no answer, 5xx, 429) goes through, so that the run is tried again.
    """
    id = event.object.get("id")
    if not isinstance(id, str) or not id:
        raise Disagrees("the event's object has no id to read back")
    try:
        actual = _read(event.type.split(".")[0], id, gigstack)
    except ApiError as error:
        if error.status in (400, 404, 422):
            raise Disagrees(f"the API knows no such object ({error.status})") from None
        raise
    for fact in IMMUTABLE:
        said, found = event.object.get(fact), actual.get(fact)
        if said is not None and found is not None and not _equal(said, found):
            raise Disagrees(f"`{fact}` differs from what the API says")
    if actual.get("livemode") is not None and actual["livemode"] != event.livemode:
        raise Disagrees("`livemode` differs from what the API says")
    if event.object.get("status") != actual.get("status"):
        raise Disagrees(f"its status is {actual.get('status')!r} by now")
    return replace(event, object=actual, team=actual.get("team") or event.team)


def _read(noun: str, id: str, gigstack: Gigstack) -> dict[str, Any]:
    readers = {
        "payment": gigstack.payments.get,
        "receipt": gigstack.receipts.get,
        "customer": gigstack.clients.get,
    }
    reader: Any = readers.get(noun)
    if reader is None:
        raise Disagrees(f"objects of {noun!r} events cannot be read back")
    found: dict[str, Any] = reader(id).model_dump()
    return found


def _equal(one: Any, other: Any) -> bool:
    try:
        return abs(float(one) - float(other)) < 0.005
    except (TypeError, ValueError):
        return str(one) == str(other)
