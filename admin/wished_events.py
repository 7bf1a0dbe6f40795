"""Events as an operator wishes for them: made by the sandbox that the settings lead to, or by one in here."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import httpx

from admin.surroundings import Mistake, sentence
from gigstack_events.events import KNOWN_EVENTS
from gigstack_events.nearest import or_which
from gigstack_events.settings import Settings
from gigstack_events.shapes import odd_fields

_ENVELOPE = ("id", "type", "created", "livemode")
_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Wish:
    """An event's type, what is to be changed in it (dotted paths to values), and its mode."""

    type: str
    changes: Mapping[str, Any]
    livemode: bool

    def as_json(self) -> dict[str, Any]:
        """What the sandbox's `trigger` understands."""
        return {"type": self.type, "set": dict(self.changes), "livemode": self.livemode, "send": False}


@dataclass(frozen=True, slots=True)
class Made:
    """An event as it is sent. `known`: the API that the settings lead to knows its object."""

    body: dict[str, Any]
    known: bool

    @property
    def id(self) -> str:
        """The event's id."""
        return str(self.body["id"])

    @property
    def object_id(self) -> str:
        """The id of what it is about, where that has one."""
        return str(self.body["data"]["object"].get("id", ""))


def read_wish(type: str, assignments: Iterable[str], *, livemode: bool) -> Wish:
    """Read a type and lines such as `object.total=100`; a value is JSON where it parses, else text.

    Raises Mistake, with the nearest word, for what no such event has.
    """
    if type not in KNOWN_EVENTS:
        known = or_which(type, KNOWN_EVENTS) or f"; there are {', '.join(KNOWN_EVENTS)}"
        raise Mistake(sentence(f"There is no event {type!r}{known}"))
    changes = {}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path:
            raise Mistake(f"--set {assignment!r} sets nothing: write it like --set object.total=100.")
        if wrong := _wrong_path(path, type):
            raise Mistake(f"--set {assignment}: {wrong}")
        changes[path] = _value(text)
    return Wish(type, changes, livemode)


def make_event(wish: Wish, settings: Settings) -> Made:
    """Make the event; where the API is a sandbox, that one makes it, and knows its object from then on."""
    is_gigstack = settings.api_url == Settings().api_url
    return (None if is_gigstack else _from_sandbox(wish, settings)) or _from_within(wish)


def _from_sandbox(wish: Wish, settings: Settings) -> Made | None:
    url = f"{settings.api_url.rstrip('/')}/_sandbox"
    try:
        with httpx.Client(timeout=_WITHIN_S, trust_env=False) as client:
            if "events" not in _answer(client.get(f"{url}/events")):
                return None
            reply = client.post(f"{url}/trigger", json=wish.as_json())
    except httpx.HTTPError:
        return None
    answer = _answer(reply)
    if not reply.is_success or "body" not in answer:
        told = error if isinstance(error := answer.get("error"), dict) else answer
        _refuse(str(told.get("message", f"it answers {reply.status_code}")))
    return Made(answer["body"], known=True)


def _from_within(wish: Wish) -> Made:
    from gigstack_events.sandbox import Sandbox
    from gigstack_events.sandbox.replies import Problem
    from gigstack_events.sandbox.webhooks.triggers import event_by_hand

    async def make() -> bytes:
        sandbox = Sandbox()
        try:
            event, _ = event_by_hand(sandbox, wish.as_json())
        finally:
            sandbox.stop()
        return event.snapshot

    try:
        return Made(json.loads(asyncio.run(make())), known=False)
    except Problem as problem:
        _refuse(problem.message)


def _answer(reply: httpx.Response) -> dict[str, Any]:
    try:
        answer = reply.json()
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {}


def _refuse(why: str) -> NoReturn:
    raise Mistake(f"The sandbox cannot make this event: {why}.")


def _wrong_path(path: str, type: str) -> str:
    """What is wrong with a path, or ''."""
    first, *steps = path.split(".")
    if path in _ENVELOPE or path == "object":
        return ""
    if first == "object":
        return " ".join(map(sentence, odd_fields([(first, *steps)], [type])))
    if not odd_fields([("object", first, *steps)], [type]):
        return f"{path} is a field of the object; did you mean object.{path}?"
    return sentence(f"{path} is not in the event{or_which(first, ('object', *_ENVELOPE))}")


def _value(text: str) -> Any:
    def refuse(name: str) -> NoReturn:
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=refuse)
    except ValueError:
        return text
