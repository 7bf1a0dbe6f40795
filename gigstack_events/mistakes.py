"""What the author of a handler may get wrong in `@on` and `effect`. Pure: values in, a sentence out."""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, Secret, SecretBytes, SecretStr

from gigstack_events.events import TRUST_RANK
from gigstack_events.retries import mistake as wrong_retry
from gigstack_events.schedules import wrong_schedule

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
LANE = re.compile(r"[a-z][a-z0-9_-]{0,63}")
PATH = re.compile(r"(type|team|id|object(\.\w+)*)?")
"""What a key may name in an event: a dotted path, or nothing."""


def wrong_handler(function: Any, patterns: tuple[Any, ...], given: Mapping[str, Any]) -> str:
    """What is wrong with a handler, or ''. `given` are the other arguments of `@on` by their names."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return (
            "is `async def`: a worker process runs one handler at a time and never awaits,"
            " so it would seem to succeed without running; write a plain `def`"
        )
    if inspect.isgeneratorfunction(function):
        return "has a `yield`, so that calling it runs none of its lines: write `return`"
    if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
        return "does not name its events as texts: write @on('payment.succeeded', 'receipt.*')"
    if not _takes(function, 2):
        return "must take (event, ctx)"
    return next((wrong for name, value in given.items() if (wrong := _WRONG[name](value))), "")


def wrong_effect(name: Any, do: Any, on: Any, check: Any) -> str:
    """What is wrong with the arguments of an effect, or ''; nothing is done where there is."""
    if not isinstance(name, str) or not name:
        return f"an effect's name is a text, not {type(name).__name__}: ctx.effect('mail', lambda key: ...)"
    if not callable(do) or inspect.iscoroutinefunction(do) or not _takes(do, 1):
        what = (
            "a function without it" if callable(do) else f"what has been done already ({type(do).__name__})"
        )
        return f"effect {name!r} wants a plain function of the key, such as `lambda key: ...`, not {what}"
    if not (on is None or isinstance(on, str)):
        return f"effect {name!r}: `on` is the id of a thing, as text, not {type(on).__name__}"
    if on is not None and not on.strip():
        return (
            f"effect {name!r}: `on` is empty, one and the same for all events: name a thing, or leave it out"
        )
    if not (check is None or (callable(check) and _takes(check, 0))):
        return f"effect {name!r}: `check` is a function without arguments; hand it on, without calling it"
    return ""


def _takes(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:  # some built-in functions do not tell
        return True
    return True


def _name(name: Any) -> str:
    good = isinstance(name, str) and (name == "" or _NAME.fullmatch(name))
    return (
        "" if good else f"has the name {name!r}: it is letters without accents, digits, _ and -, 64 at most"
    )


def _options(model: Any) -> str:
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return "has options that are no pydantic model: write a class of BaseModel, and name the class"
    hidden = (name for name, each in model.model_fields.items() if _hides(each.annotation, frozenset()))
    told = "has the secret {!r} among its options, which runs keep: name a file there, and read it"
    return told.format(name) if (name := next(hidden, "")) else ""


def _hides(kind: Any, seen: frozenset[str]) -> bool:
    plain = get_origin(kind) or kind
    secret = isinstance(plain, type) and issubclass(plain, Secret | SecretBytes | SecretStr)
    if secret or repr(kind) in seen:
        return repr(kind) not in seen
    inner = [field.annotation for field in getattr(kind, "model_fields", {}).values()]
    return any(_hides(each, seen | {repr(kind)}) for each in (*inner, *get_args(kind)))


def _trust(trust: Any) -> str:
    return "" if trust in TRUST_RANK else f"has trust {trust!r}: it is one of {', '.join(TRUST_RANK)}"


def _path(name: str) -> Callable[[Any], str]:
    def wrong(path: Any) -> str:
        good = isinstance(path, str) and PATH.fullmatch(path)
        return (
            "" if good else f"has {name} {path!r}: write a dotted path in the event, such as 'object.client'"
        )

    return wrong


def _lane(lane: Any) -> str:
    good = isinstance(lane, str) and LANE.fullmatch(lane)
    return "" if good else f"has lane {lane!r}: it is a name of a-z, 0-9, _ and -, such as 'live'"


def _timeout(seconds: Any) -> str:
    good = isinstance(seconds, int | float) and seconds > 0
    return "" if good else "has a timeout that is not seconds above 0"


def _retry(policy: Any) -> str:
    return f"has a retry policy with {wrong}" if policy is not None and (wrong := wrong_retry(policy)) else ""


def _writes(writes: Any) -> str:
    return "" if isinstance(writes, bool) else f"has writes {writes!r}: it is True or False"


def _schedule(cron: Any) -> str:
    return wrong_schedule(cron) if cron else ""


_WRONG: Mapping[str, Callable[[Any], str]] = {
    "name": _name,
    "options": _options,
    "trust": _trust,
    "key": _path("key"),
    "latest": _path("latest"),
    "lane": _lane,
    "timeout": _timeout,
    "retry": _retry,
    "writes": _writes,
    "schedule": _schedule,
}
