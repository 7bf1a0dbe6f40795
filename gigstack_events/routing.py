"""Handlers and the rules that bind events to them. Matching is pure: values in, values out."""

import inspect
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from pydantic import BaseModel, ConfigDict

from gigstack_events.errors import ConfigurationError
from gigstack_events.events import DUE, INTERNAL_EVENTS, KNOWN_EVENTS, Event, Trust
from gigstack_events.mistakes import wrong_handler
from gigstack_events.nearest import nearest
from gigstack_events.retries import Retry


class NoOptions(BaseModel):
    """The options of a handler that has none."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class NamesRule:
    """Marks an option that names a rule which listens to `event`; that there is none is told at start."""

    event: str


@dataclass(frozen=True, slots=True)
class Handler:
    """A reaction: what `@on` makes of a function `(event, ctx)`. Frozen; it registers nothing."""

    name: str
    patterns: tuple[str, ...]
    function: Callable[[Event, Any], Any] = field(repr=False)
    options: type[BaseModel] = NoOptions
    trust: Trust = "secret"
    key: str = ""
    latest: str = ""
    lane: str = "live"
    timeout: float = 60.0
    retry: Retry = field(default_factory=Retry)
    writes: bool = True
    schedule: str = ""

    def __call__(self, event: Event, ctx: Any) -> Any:
        """Call the plain function, as a unit test would."""
        return self.function(event, ctx)

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").split("\n", 1)[0]


def on(
    *patterns: str,
    name: str = "",
    options: type[BaseModel] = NoOptions,
    trust: Trust = "secret",
    key: str = "",
    latest: str = "",
    lane: str = "live",
    timeout: float = 60.0,
    retry: Retry | None = None,
    writes: bool = True,
    schedule: str = "",
) -> Callable[[Callable[[Event, Any], Any]], Handler]:
    """Make a handler of a function `(event, ctx)` for events such as `payment.succeeded` or `receipt.*`.

    `options` is a pydantic model; `trust` the least a delivery must have; `key` a dotted path in the
    event (`object.client`) whose value at most one run at a time may hold; `latest` another (`object`) of
    whose value only the newest event counts, so that older runs which have not acted yet are skipped;
    `timeout` the wall-clock limit of one run in seconds; `retry` what follows a failure, by its kind where
    that is wanted; `writes=False` says that it never changes anything in gigstack; `schedule` is a cron
    expression, Mexico City's time, that makes a `schedule.due` event for this handler at each due minute.
    """

    given = {
        "name": name, "options": options, "trust": trust, "key": key, "latest": latest, "lane": lane,
        "timeout": timeout, "retry": retry, "writes": writes, "schedule": schedule,
    }  # fmt: skip

    def make(function: Callable[[Event, Any], Any]) -> Handler:
        if wrong := wrong_handler(function, patterns, given):
            raise ConfigurationError(f"handler {getattr(function, '__name__', function)!r} {wrong}")
        return Handler(
            name or function.__name__,
            patterns,
            function,
            options,
            trust,
            key,
            latest,
            lane,
            timeout,
            retry or Retry(),
            writes,
            schedule,
        )

    if len(patterns) == 1 and callable(patterns[0]):  # `@on` without its brackets
        make(patterns[0])
    return make


def fits(patterns: Iterable[str], event_type: str) -> bool:
    """Whether one of the patterns fits an event's type.

    What this program says itself needs a pattern that begins with its noun: `run.*`, but not `*`.
    """
    if event_type in INTERNAL_EVENTS:
        noun = event_type.partition(".")[0] + "."
        patterns = [pattern for pattern in patterns if pattern.startswith(noun)]
    return any(fnmatchcase(event_type, pattern) for pattern in patterns)


_NEWER: dict[str, Any] = {"when": "", "shadow": False, "schedule": "", "livemode": True}


@dataclass(frozen=True, slots=True)
class Rule:
    """One binding of events to a handler, as it is kept with every run it makes."""

    name: str
    handler: str
    patterns: tuple[str, ...]
    options: dict[str, Any]
    trust: Trust
    key: str
    lane: str
    timeout: float
    retry: Retry
    writes: bool
    latest: str = ""
    when: str = ""
    shadow: bool = False
    schedule: str = ""
    livemode: bool = True

    def matches(self, event_type: str) -> bool:
        """Whether one of the patterns fits the event's type, or it is that this rule's time has come."""
        return fits(self.patterns, event_type) or (event_type == DUE and bool(self.schedule))

    def snapshot(self) -> str:
        """The rule as JSON; `Rule.restore` reads it, and the version before one that uses nothing new."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        fields = {
            name: value for name, value in fields.items() if name not in _NEWER or value != _NEWER[name]
        }
        fields["retry"] = self.retry.to_list()
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def restore(cls, snapshot: str) -> "Rule":
        """The rule that `snapshot` described."""
        fields = json.loads(snapshot)
        return cls(
            **{**fields, "patterns": tuple(fields["patterns"]), "retry": Retry.of_list(fields["retry"])}
        )


def heard(of: Handler | Rule) -> tuple[str, ...]:
    """The patterns of all that starts it: its own, and `schedule.due` where it has a schedule."""
    return (*of.patterns, *([DUE] if of.schedule else []))


def read_options(handler: Handler, options: dict[str, Any], heard: Iterable[str]) -> BaseModel:
    """A rule's options. The model's validators see the patterns of all that the rule is for as
    `info.context["on"]`; raises pydantic.ValidationError.
    """
    return handler.options.model_validate(options, context={"on": tuple(heard)})


def rule_of(handler: Handler, options: dict[str, Any]) -> Rule:
    """The rule that a handler's own `@on` states; raises pydantic.ValidationError for bad options."""
    return Rule(
        handler.name,
        handler.name,
        handler.patterns,
        read_options(handler, options, heard(handler)).model_dump(mode="json"),
        handler.trust,
        handler.key,
        handler.lane,
        handler.timeout,
        handler.retry,
        handler.writes,
        handler.latest,
        schedule=handler.schedule,
    )


_NAMES = (*KNOWN_EVENTS, *INTERNAL_EVENTS)


def unknown_patterns(patterns: Iterable[str]) -> list[str]:
    """A sentence for each pattern that fits no event we know of; such events stay legal."""
    sentences = []
    for pattern in patterns:
        if not any(fnmatchcase(known, pattern) for known in _NAMES):
            near = nearest(pattern, _NAMES)
            hint = f"; did you mean {near!r}?" if near else ""
            sentences.append(f"no known event is called {pattern!r}{hint}")
    return sentences


def placeholder(handler: str, options: dict[str, Any]) -> Rule:
    """The rule of an enabled handler that is not there: it may want any event, so each makes a parked run."""
    return Rule(handler, handler, ("*",), options, "signed", "", "live", 60.0, Retry(), True)
