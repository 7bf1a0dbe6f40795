"""Control routes about events: any of them can be sent by hand, with anything in it changed."""

import json
from copy import deepcopy
from typing import Any

from gigstack_events.sandbox.accounts.teams import PROVIDERS, ensure_team
from gigstack_events.sandbox.nearest import hint
from gigstack_events.sandbox.replies import invalid, missing
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.steering import check_names, control_route, wanted_scope
from gigstack_events.sandbox.tables import Row, Scope
from gigstack_events.sandbox.webhooks.event_types import EVENT_TYPES
from gigstack_events.sandbox.webhooks.events import Event, fixed_event
from gigstack_events.sandbox.webhooks.specimens import STATES, fresh, specimen
from gigstack_events.sandbox.webhooks.subjects import subject, table_of

_WISHES = ("type", "team", "livemode", "set", "webhook", "send", "about", "fresh")
_ENVELOPE = ("id", "type", "created", "livemode")


async def _trigger(sandbox: Sandbox, body: Row) -> Row:
    """Send an event of a `type` about an object of the team, an existing one if there is one.

    `set` changes what is sent, and nothing else: dotted paths such as `object.total` or `object.items.0.sku`
    to values, or a name of the envelope such as `created`. `webhook` sends to that endpoint only; with `send`
    false nothing is sent, and the reply has the event as its `body`. `about` is an object's id; with `fresh`
    a new object is made for it.
    """
    check_names(body, _WISHES)
    event, object = event_by_hand(sandbox, body)
    told: Row = {"event": event.id, "type": event.type, "object": object["id"]}
    if not body.get("send", True):
        return {**told, "copies": 0, "body": json.loads(event.snapshot)}
    return {**told, "copies": sandbox.sender.send(event, only=body.get("webhook"))}


def event_by_hand(sandbox: Sandbox, body: Row) -> tuple[Event, Row]:
    """Make the event that a wish of `trigger` describes, and the object; raises Problem for a wrong one."""
    type, scope = body.get("type"), wanted_scope(body)
    if type not in EVENT_TYPES:
        raise invalid(f"there is no event {type}; {hint(type, EVENT_TYPES)}", "type")
    if not isinstance(changes := body.get("set") or {}, dict):
        raise invalid("set is an object of dotted paths and values", "set")
    object = _object(sandbox, type, scope, body)
    envelope: Row = {"object": {**deepcopy(object), **STATES.get(type, {})}}
    for path, value in changes.items():
        _change(envelope, path, value)
    return fixed_event(type, envelope.pop("object"), scope, envelope), object


def _object(sandbox: Sandbox, type: str, scope: Scope, body: Row) -> Row:
    if about := body.get("about"):
        if (found := table_of(sandbox, type).find(scope, str(about))) is None:
            raise missing(subject(type), str(about))
        return found
    return (fresh if body.get("fresh") else specimen)(sandbox, type, scope)


def _change(envelope: Row, path: str, value: object) -> None:
    names = path.split(".")
    if names[0] != "object" and path not in _ENVELOPE:
        raise invalid(f"{path} is neither object.… nor in the envelope; {hint(path, _ENVELOPE)}", "set")
    if path == "object" and not isinstance(value, dict):
        raise invalid("object is an object", "set")
    place: Any = envelope
    for name in names[:-1]:
        place = _inside(place, name, path)
    if isinstance(place, list):
        place[_index(place, names[-1], path)] = value
    elif isinstance(place, dict):
        place[names[-1]] = value
    else:
        raise _nothing_there(path)


def _inside(place: Any, name: str, path: str) -> Any:
    if isinstance(place, list):
        return place[_index(place, name, path)]
    if not isinstance(place, dict):
        raise _nothing_there(path)
    if place.get(name) is None:
        place[name] = {}
    return place[name]


def _index(place: list[Any], name: str, path: str) -> int:
    if not name.isdecimal() or int(name) >= len(place):
        raise _nothing_there(path)
    return int(name)


def _nothing_there(path: str) -> Exception:
    return invalid(f"there is no place {path}", "set")


async def _events(sandbox: Sandbox, body: Row) -> Row:
    """List the types of events, and what each is about."""
    return {"events": [{"type": type, "about": subject(type)} for type in EVENT_TYPES]}


async def _connect(sandbox: Sandbox, body: Row) -> Row:
    """Let a team's people connect a payment `provider`, which they do in the browser; tells about it."""
    check_names(body, ("team", "livemode", "provider"))
    provider, scope = body.get("provider"), wanted_scope(body)
    if provider not in PROVIDERS:
        raise invalid(f"there is no provider {provider}; {hint(provider, PROVIDERS)}", "provider")
    team = ensure_team(sandbox, scope[1])
    team["integrations"][provider] = {"completed": True, "connected_at": sandbox.now_ms()}
    sandbox.teams.keep(team)
    sandbox.emit(f"teams.{provider}.completed", team, scope)
    return {"team": team["id"], "integrations": team["integrations"]}


ROUTES = [
    control_route("POST", "/trigger", _trigger),
    control_route("GET", "/events", _events),
    control_route("POST", "/integrations", _connect),
]
