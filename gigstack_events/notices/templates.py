"""Texts about events: the built-in ones by event type, or an operator's own; checked before they are used."""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Template, TemplateError, UndefinedError, meta

from gigstack_events.events import INTERNAL_EVENTS, KNOWN_EVENTS, Event
from gigstack_events.nearest import or_which
from gigstack_events.notices.sandboxed import Environment, Free, written
from gigstack_events.shapes import folded, known_names

MOST_TITLE = 200
MOST_BODY = 4000
NAMES = ("event", "object", "who", "link")
TEST_MODE = {"es": "[Prueba]", "en": "[Test]"}
"""Before a built-in title: nobody shall take play money for real."""
INTERNAL = INTERNAL_EVENTS
_WRONG = (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError, LookupError)
_KNOWN = (*KNOWN_EVENTS, *INTERNAL)


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: one line, and some below it."""

    title: str
    body: str


class Texts:
    """The texts of one rule: in `language`, with its own `title` and `body` where it has some."""

    def __init__(self, language: str, title: str, body: str) -> None:
        self._environment = Environment(language)
        self._built_in = _built_in(language)
        self._own = {"title": title, "body": body}
        self._mark = "" if title else TEST_MODE[language]
        self._compiled: dict[str, Template] = {}

    def message(self, event: Event, link: str = "") -> Message:
        """What to say about one event. A text that fails on it gives way to the plainest one."""
        values = {"event": _facts(event), "object": event.object, "who": _who(event.object), "link": link}
        built_in = self._built_in.get(event.type, self._built_in["default"])
        title = self._write(self._own["title"] or built_in["title"], MOST_TITLE, values)
        body = self._write(self._own["body"] or built_in["body"], MOST_BODY, values)
        told = " ".join(title.split()) or event.type
        title = f"{self._mark} {told}".strip() if event.livemode is False else told
        return Message(title, _with_link(body, link))

    def summary(self, total: int, lines: Iterable[str], name: str) -> Message:
        """What to say about several events at once, of which `lines` tells the first."""
        values = {"total": total, "lines": list(lines), "name": name}
        texts = self._built_in["summary"]
        title = self._write(texts["title"], MOST_TITLE, values)
        return Message(title, self._write(texts["body"], MOST_BODY, values).strip())

    def _write(self, source: str, most: int, values: dict[str, Any]) -> str:
        try:
            return _printable(written(self._template(source), most, values)).strip()
        except _WRONG:  # an odd event shall not keep people from hearing of it
            plain = self._built_in["default"]["title" if most == MOST_TITLE else "body"]
            return _printable(written(self._template(plain), most, values)).strip()

    def _template(self, source: str) -> Template:
        if source not in self._compiled:
            self._compiled[source] = self._environment.from_string(source)
        return self._compiled[source]


@lru_cache(maxsize=256)
def texts(language: str, title: str, body: str) -> Texts:
    """The texts with these choices, made once."""
    return Texts(language, title, body)


@lru_cache(maxsize=256)
def mistake(source: str, types: tuple[str, ...]) -> str:
    """What is wrong with a template, or ''. It is tried on a specimen event of each of the `types`.

    A field that it writes must be known from one of them at least; one that only some events have is
    written as nothing where it lacks. What nobody knows among the types may have any field.
    """
    environment = Environment("es")
    try:
        named = meta.find_undeclared_variables(environment.parse(source))
        if unknown := sorted(named - {*NAMES}):
            return f"there is no {unknown[0]!r}{or_which(unknown[0], NAMES)}"
        known = [type for type in types if type in _KNOWN]
        lacking = _try_all(environment.from_string(source), known)
    except _WRONG as error:
        return _told(error)
    if len(known) < len(types):
        return ""
    if lacking and len(lacking) == len(known):
        return _told(lacking[0])
    names = known_names(known)
    for name in sorted(environment.missing - environment.found):
        if folded(name) not in names:
            return f"no event that it is for has {name!r}{or_which(name, _fields_of(known))}"
    return ""


def _try_all(template: Template, types: Iterable[str]) -> list[UndefinedError]:
    """Return the complaints about fields that events lack: where only some do, those get the plain text."""
    lacking: list[UndefinedError] = []
    for event in specimens(types):
        values = {"event": _facts(event), "object": event.object, "who": "", "link": ""}
        try:
            written(template, MOST_BODY, values)
        except UndefinedError as error:
            lacking.append(error)
    return lacking


def _told(error: Exception) -> str:
    text = str(error)
    if "is not safely callable" in text:  # the rest would be a whole object
        return "nothing can be called in a template; use a filter, such as `| upper`"
    line = getattr(error, "lineno", None)
    text = text.split("\n")[0][:200]
    return f"{text}{f' (line {line})' if line else ''}"


def specimens(types: Iterable[str]) -> Iterable[Event]:
    """An event of each type, such as the API sends them; of a type that nobody knows, an empty one."""
    for type in types:
        object = next((thing for noun, thing in _specimens().items() if type.startswith(f"{noun}.")), {})
        free = {**object, "metadata": Free(object.get("metadata") or {})} if "metadata" in object else object
        yield Event(f"evt_{type}", type, 1795681895000, True, "team_sandbox", free)


@cache
def _specimens() -> dict[str, dict[str, Any]]:
    text = (files(__package__) / "specimens.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _fields_of(types: Iterable[str]) -> set[str]:
    return {field for event in specimens(types) for field in event.object}


@cache
def _built_in(language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((files(__package__) / "texts" / f"{language}.toml").read_text(encoding="utf-8"))


def _facts(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in ("id", "type", "created_at", "livemode", "team")}


def _who(object: dict[str, Any]) -> str:
    """The person or business that an object is about."""
    client = object.get("client")
    thing = client if isinstance(client, dict) else object
    names = (thing.get(name) for name in ("legal_name", "name", "email", "id"))
    return next((name for name in names if isinstance(name, str) and name), "")


def _with_link(body: str, link: str) -> str:
    return body if not link or link in body else f"{body}\n{link}"


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")
