"""The fields of a rule in the file: what each may hold, and how to say that it does not."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gigstack_events.conditions import NoCondition, compile_condition
from gigstack_events.events import TRUST_RANK
from gigstack_events.mistakes import LANE, PATH
from gigstack_events.nearest import nearest
from gigstack_events.retries import Retry, mistake
from gigstack_events.schedules import wrong_schedule

_NAME = re.compile(r"[a-z0-9_-]{1,64}")
_RETRY = ("attempts", "base", "cap", "age", "kinds")
_KINDS = "a table such as {attempts = 3}, or false for none at all"


def _name(value: Any) -> str:
    good = isinstance(value, str) and _NAME.fullmatch(value)
    return "" if good else f"must be a text of a-z, 0-9, _ and -, 64 at most, not {shown(value)}"


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value else f"must be a text, not {shown(value)}"


def _patterns(value: Any) -> str:
    named = [value] if isinstance(value, str) else value
    if isinstance(named, list) and named and all(isinstance(each, str) and each for each in named):
        return ""
    return f'must be a list of event names, such as ["payment.succeeded", "receipt.*"], not {shown(value)}'


def _when(value: Any) -> str:
    if not isinstance(value, str):
        return f"must be a condition as text, such as 'object.total > 1000', not {shown(value)}"
    try:
        compile_condition(value)
    except NoCondition as error:
        return str(error)
    return ""


def _table(value: Any) -> str:
    return "" if isinstance(value, dict) else f"must be a table, not {shown(value)}"


def _path(value: Any) -> str:
    good = isinstance(value, str) and PATH.fullmatch(value)
    return "" if good else f"must be a dotted path in the event, such as 'object.client', not {shown(value)}"


def _lane(value: Any) -> str:
    good = isinstance(value, str) and LANE.fullmatch(value)
    return "" if good else f"must be a name of a-z, 0-9, _ and -, such as 'live', not {shown(value)}"


def _trust(value: Any) -> str:
    if value in TRUST_RANK:
        return ""
    near = nearest(value, TRUST_RANK) if isinstance(value, str) else ""
    return f"must be one of {', '.join(TRUST_RANK)}, not {shown(value)}" + (
        near and f"; did you mean {near}?"
    )


def _seconds(value: Any) -> str:
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
    return "" if good else f"must be seconds above 0, not {shown(value)}"


def _switch(value: Any) -> str:
    return "" if isinstance(value, bool) else f"must be true or false, not {shown(value)}"


def _schedule(value: Any) -> str:
    if not isinstance(value, str):
        return f"must be a cron expression, such as '0 6 * * *', not {shown(value)}"
    return wrong_schedule(value).removeprefix("has the schedule ")


FIELDS: Mapping[str, Callable[[Any], str]] = {
    "name": _name,
    "handler": _text,
    "on": _patterns,
    "when": _when,
    "options": _table,
    "key": _path,
    "latest": _path,
    "lane": _lane,
    "trust": _trust,
    "timeout": _seconds,
    "retry": _table,
    "enabled": _switch,
    "shadow": _switch,
    "schedule": _schedule,
    "livemode": _switch,
}
"""Each field's name, and what is wrong with a value, or ''."""


def shown(value: Any) -> str:
    """A value as it may stand in a message."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def no_field(name: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """Say that a name is not one of a table's fields."""
    near = nearest(name, known)
    return f"{name} is not a field; " + (f"did you mean {near}?" if near else f"there are {', '.join(known)}")


def wrong_retry(table: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with a retry table: where in it, and a sentence."""
    for name in table:
        if name not in _RETRY:
            yield (name,), no_field(f"retry.{name}", tuple(f"retry.{known}" for known in _RETRY))
    kinds = table.get("kinds", {})
    if not isinstance(kinds, dict):
        yield ("kinds",), f"retry.kinds must be a table: an error's name and {_KINDS}"
        return
    for kind, policy in kinds.items():
        if policy is not False and not isinstance(policy, dict):
            yield ("kinds", kind), f"retry.kinds.{kind} must be {_KINDS}"
        for name in policy if isinstance(policy, dict) else ():
            if name not in _RETRY[:-1]:
                yield ("kinds", kind, name), no_field(name, _RETRY[:-1])


def retry_of(table: Mapping[str, Any], own: Retry) -> tuple[Retry, str]:
    """The policy that a table without such mistakes describes, and what is wrong with its values, or ''.

    What the table does not name is the handler's own.
    """
    kinds = {
        kind: None if policy is False else Retry(**policy) for kind, policy in table.get("kinds", {}).items()
    }
    values = {name: table.get(name, getattr(own, name)) for name in _RETRY[:-1]}
    policy = Retry(**values, kinds=kinds if "kinds" in table else own.kinds)
    return policy, mistake(policy)
