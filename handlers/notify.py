"""Tells people about events: by chat, mail or whatever else Apprise knows, at most so often."""

import contextlib
import time
from collections.abc import Iterable
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

import redis
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from gigstack_events import Context, Event, NotDone, Retry, on
from gigstack_events.destinations import NotNow, address, reach_all
from gigstack_events.errors import ConfigurationError
from gigstack_events.events import KNOWN_EVENTS
from gigstack_events.ledger.turns import LONGEST_S, Turn, Turns
from gigstack_events.notices.formats import missing_extra
from gigstack_events.plans import value_at
from gigstack_events.routing import fits
from gigstack_events.settings import load_settings

ROOTS = ("object", "type", "team", "id")
MARGIN_S = 10.0
AGAIN_S = 5.0
SUMMARY = "it goes with the next summary"


class AtMost(BaseModel):
    """How often: what exceeds it waits and goes as one summary."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(default=1, ge=1, le=1000)
    """Messages within `every` seconds."""
    every: float = Field(gt=0, le=LONGEST_S)
    """Seconds; a week at most."""
    per: str = ""
    """For each value at this place of the event, such as `object.client`; '' for all together."""

    @model_validator(mode="after")
    def _names_a_place(self) -> "AtMost":
        if self.per and self.per.split(".")[0] not in ROOTS:
            raise ValueError(
                f"per: write a place such as object.client; it begins with one of {', '.join(ROOTS)}"
            )
        return self


class NotifyOptions(BaseModel):
    """What an operator may choose."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]
    """Names of destinations, as `GIGSTACK_DESTINATIONS` has them."""
    language: Literal["es", "en"] = "es"
    """The language of the built-in texts, and how dates are written."""
    title: str = Field(default="", max_length=2000)
    """A Jinja2 template of your own instead of the built-in title."""
    body: str = Field(default="", max_length=20_000)
    """A Jinja2 template of your own instead of the built-in text."""
    at_most: AtMost | None = None
    """How often each destination hears of this rule; nothing: each event at once."""
    link: str = ""
    """Where the event can be looked at: an address with `{id}`, `{type}` or `{object}` in it."""

    @model_validator(mode="after")
    def _can_be_used(self, info: ValidationInfo) -> "NotifyOptions":
        try:
            problems = _problems(self, (info.context or {}).get("on", ("*",)))
        except ImportError as error:
            problems = [str(missing_extra(error.name or "more"))]
        if problems:
            raise ValueError("; ".join(problems))
        return self


@on("*", options=NotifyOptions, writes=False, retry=Retry(attempts=60, cap=1800))
def notify(event: Event, ctx: Context) -> dict[str, Any]:
    """Tell the destinations of an event, each once."""
    cure = "correct it in GIGSTACK_DESTINATIONS, then retry this run"
    told = reach_all(ctx.options.to, lambda name: _tell(name, event, ctx), ctx.attempt, cure=cure)
    return {"told": told}


def _tell(name: str, event: Event, ctx: Context) -> str:
    """One effect for each event and destination, whichever rule asks."""

    def do(key: str) -> str:
        at_most = ctx.options.at_most
        return _in_turn(name, event, ctx, at_most) if at_most else _send(name, event, ctx)

    did: str = ctx.effect("notify:send", do, on=f"{event.identity} {name}", repeatable=True)
    return did


def _in_turn(name: str, event: Event, ctx: Context, at_most: AtMost) -> str:
    """Send it, or all that waits with it; or leave it to the next message."""
    group = f"{name} {value_at(at_most.per, event)}"
    turns = ctx.turns(group, at_most.count, at_most.every)
    turn = _ask(turns, event, ctx)
    if turn.word == "told":
        return "in a summary"
    if turn.word == "wait":
        raise NotNow(turn.seconds, SUMMARY)
    try:
        done = _send(name, event, ctx, turn)
    except NotDone as failure:
        if not getattr(failure, "doubtful", False):
            with contextlib.suppress(redis.RedisError):  # then it counts as sent until its time is over
                turns.give_back(turn, event.identity)
        raise
    with contextlib.suppress(redis.RedisError):  # then the others that it told of may be told of twice
        turns.told(turn, event.identity)
    return done


def _ask(turns: Turns, event: Event, ctx: Context) -> Turn:
    line = _texts(ctx).message(event).title
    link = _link(ctx.options.link, event)
    hold = max(ctx.deadline - time.time(), 0) + MARGIN_S
    try:
        return turns.ask(event.identity, f"{line} {link}".strip(), hold)
    except redis.RedisError:  # nothing was sent
        raise NotNow(AGAIN_S, SUMMARY) from None


def _send(name: str, event: Event, ctx: Context, turn: Turn | None = None) -> str:
    from gigstack_events.notices.sending import send

    several = turn is not None and turn.total > 1
    if turn is not None and several:
        message = _texts(ctx).summary(turn.total, turn.lines, "")
    else:
        message = _texts(ctx).message(event, _link(ctx.options.link, event))
    try:
        url = address(load_settings().destinations, name).get_secret_value()
        send(name, url, message)
    except ConfigurationError as error:
        raise NotDone(str(error)) from None
    return f"a summary of {turn.total}" if turn is not None and several else "sent"


def _texts(ctx: Context) -> Any:
    from gigstack_events.notices.templates import texts

    return texts(ctx.options.language, ctx.options.title, ctx.options.body)


def _link(link: str, event: Event) -> str:
    object = event.object.get("id") or event.object.get("uuid") or ""
    values = {"id": event.id, "type": event.type, "object": str(object)}
    for name, value in values.items():
        link = link.replace(f"{{{name}}}", quote(value, safe=""))
    return link


def _problems(options: NotifyOptions, patterns: Iterable[str]) -> list[str]:
    from gigstack_events.notices.templates import INTERNAL, mistake

    known = (*KNOWN_EVENTS, *INTERNAL)
    strange = (each for each in patterns if not any(fits([each], type) for type in known))
    types = (*(type for type in known if fits(patterns, type)), *strange)
    parts = {"title": options.title, "body": options.body}
    found = [f"{part}: {wrong}" for part, text in parts.items() if text and (wrong := mistake(text, types))]
    if options.link and urlsplit(options.link).scheme not in ("http", "https"):
        found.append("link: write an address like https://panel.example.mx/events/{id}")
    return [*_bad_destinations(options.to), *found]


def _bad_destinations(names: Iterable[str]) -> list[str]:
    from gigstack_events.notices.sending import open_url

    problems = []
    for name in names:
        try:
            open_url(address(load_settings().destinations, name).get_secret_value())
        except ConfigurationError as error:
            text = str(error)
            problems.append(text if name in text else f"{name}: {text}")
    return problems
