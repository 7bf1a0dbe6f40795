"""Conditions: the `when` of a rule, in CEL, over `event` and `object`.

A condition calls nothing and changes nothing. Its time is bounded: by its length, by the macros that it may
use (`filter` and `map` cost the square of a list's length), and by the length of the lists it looks at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from cel import Context, Program, compile

from gigstack_events.errors import said
from gigstack_events.events import Event
from gigstack_events.expressions import FUNCTIONS, TYPES, Reading, read_expression
from gigstack_events.nearest import nearest

LONGEST = 1000
"""Longest condition, in characters."""
MOST_ROWS = 500
"""Longest list or object of an event that a condition with a macro looks at."""
EVENT_FIELDS = ("id", "type", "created_at", "livemode", "team")
_FOREIGN = {"and": "&&", "or": "||", "not": "!", "=": "==", "<>": "!=", "===": "=="}
_QUOTED = re.compile(r"""\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'""")
_PLACE = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?([^\n]*)")


class NoCondition(ValueError):
    """A text that is no usable condition; the message says why."""


class Undecided(Exception):
    """The condition can say neither yes nor no about this event; the message says why."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition; `paths` are the fields that it names, such as `("object", "total")`."""

    program: Program
    paths: tuple[tuple[str, ...], ...]
    macros: int


class Facts:
    """What conditions see of an event, made ready once for all of them."""

    def __init__(self, event: Event) -> None:
        self.event = event

    @cached_property
    def values(self) -> dict[str, Any]:
        """The two names: `event` and `object`."""
        event = self.event
        return {"event": {name: getattr(event, name) for name in EVENT_FIELDS}, "object": event.object}

    @cached_property
    def context(self) -> Context:
        """The same for CEL."""
        return Context(self.values)

    @cached_property
    def longest(self) -> int:
        """The length of the longest list or object in the event."""
        return max(map(len, _collections(self.event.object)), default=0)


@lru_cache(maxsize=4096)
def compile_condition(text: str) -> Condition:
    """Make a condition of a text; raises NoCondition with what is wrong and the nearest word."""
    if not text.strip():
        raise NoCondition("is empty: write a condition, such as 'object.total > 1000', or leave it out")
    if len(text) > LONGEST:
        raise NoCondition(f"is longer than {LONGEST} characters: put what it tests into a handler")
    try:
        program = compile(text)
    except ValueError as error:
        raise NoCondition(f"cannot be read {_place(text, str(error))}{_foreign(text)}") from None
    except BaseException as error:
        _go_on(error)
        raise NoCondition("cannot be read") from None
    reading = read_expression(text)
    if wrong := reading.mistake or _unknown_word(program, reading):
        raise NoCondition(wrong)
    return Condition(program, reading.paths, reading.macros)


def decide(text: str, facts: Facts) -> bool:
    """Whether a condition holds for an event; raises Undecided."""
    try:
        condition = compile_condition(text)
    except NoCondition as error:  # of a rule that another version took
        raise Undecided(f"it {error}") from None
    if condition.macros and facts.longest > MOST_ROWS:
        raise Undecided(
            f"the event has a list of {facts.longest}, and conditions look at {MOST_ROWS} at most"
        )
    try:
        answer = condition.program.execute(facts.context)
    except BaseException as error:
        _go_on(error)
        raise Undecided(_why(error)) from None
    if not isinstance(answer, bool):
        raise Undecided(f"it gives a {type(answer).__name__}, not true or false")
    return answer


def withheld(text: str, event: Event) -> str:
    """Why a condition does not let an event pass, as the reason of a run; '' where it does."""
    try:
        holds = decide(text, Facts(event))
    except Undecided as error:
        return f"`when` cannot be decided: {error}"
    return "" if holds else "`when` is false for what is believed of the event now"


def _place(text: str, told: str) -> str:
    found = _PLACE.search(told)
    if not found:
        return f"({told.splitlines()[0][:100]})" if "OtherError" not in told else "(it is nested too deep)"
    line, column, what = found.groups()
    where = f"at line {line}, character {column}" if "\n" in text.strip() else f"at character {column}"
    return f"{where}: {'it is nested too deep' if 'OtherError' in what else what.partition(' expecting ')[0]}"


def _foreign(text: str) -> str:
    """What CEL calls what other languages, and people, write otherwise."""
    words = re.findall(r"\w+|[=<>!]+", _QUOTED.sub('""', text))
    return next((f"; for {word} write {_FOREIGN[word]}" for word in words if word in _FOREIGN), "")


def _unknown_word(program: Program, reading: Reading) -> str:
    """What a condition names that is not there."""
    names = {"event", "object", *reading.bound}
    for name in program.variables():
        if name not in names and name not in TYPES:
            near = nearest(name, ("event", "object"))
            return (
                f"names {name!r}, and there are only `event` and `object`{near and f'; did you mean {near}?'}"
            )
    for name in program.functions():
        if name.isidentifier() and not name.startswith("_") and name not in FUNCTIONS:
            near = nearest(name, FUNCTIONS)
            return f"calls {name!r}, which is not a function{near and f'; did you mean {near}?'}"
    for path in reading.paths:
        if path[0] == "event" and len(path) > 1 and path[1] not in EVENT_FIELDS:
            near = nearest(path[1], EVENT_FIELDS)
            hint = f"did you mean event.{near}?" if near else "what was sent stands in `object`"
            return f"names event.{path[1]}, and `event` has {', '.join(EVENT_FIELDS)}; {hint}"
    return ""


def _why(error: BaseException) -> str:
    text = said(error, 200)
    match error:
        case KeyError():
            return f"the event has no field {text}"
        case TypeError():
            return "a value is null or of another type than it needs; test for null, or use int() or double()"
        case IndexError() | ZeroDivisionError() | OverflowError() | RuntimeError():
            return text.splitlines()[0]
    return "a value of the event cannot be read"


def _go_on(error: BaseException) -> None:
    """What is wrong in CEL, even a panic of its, is the condition's fault; the rest is not."""
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
        raise error


def _collections(node: Any) -> Iterator[Any]:
    todo = [node]
    while todo:
        node = todo.pop()
        if isinstance(node, dict | list):
            yield node
            todo += node.values() if isinstance(node, dict) else node
