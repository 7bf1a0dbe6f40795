"""Templates that operators write, in a sandbox: they see data, filters and macros, and nothing else."""

from collections.abc import Callable
from functools import partial
from typing import Any

from jinja2 import ChainableUndefined, Template, Undefined
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import SandboxedEnvironment

from gigstack_events.notices.formats import Formats

# None of these makes much of little.
_FILTERS = """
abs capitalize count d default e escape first float int join last length list lower map max min reject
rejectattr replace reverse round select selectattr sort string sum title trim truncate unique upper
"""
_MOST_POWER = 32


class Gap(ChainableUndefined):
    """A field that an event lacks: it is written as nothing, and so is all that hangs on it."""

    @staticmethod
    def _hears(name: str) -> None:
        """Nobody asks."""

    def __str__(self) -> str:
        type(self)._hears(str(self._undefined_name))
        return ""


class Free(dict[str, Any]):
    """An object whose fields are anybody's own, such as `metadata`: any name may be right."""


class Environment(SandboxedEnvironment):
    """Jinja's sandbox, with data only: no methods, no attributes of Python's, no globals.

    `found` collects the names of fields that were there, `missing` of those that were to be written and
    were not.
    """

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, language: str) -> None:
        self.found: set[str] = set()
        self.missing: set[str] = set()
        hearing = type("Gap", (Gap,), {"_hears": staticmethod(self.missing.add), "__slots__": ()})
        super().__init__(autoescape=False, undefined=hearing, trim_blocks=False)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in _FILTERS.split()}
        formats = Formats(language)
        for name in ("money", "date", "datetime"):
            self.filters[name] = partial(_unless_missing, getattr(formats, name))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field; a dict's own methods (`items`) never hide it."""
        return (
            super().getattr(obj, attribute) if isinstance(obj, LoopContext) else self._field(obj, attribute)
        )

    def getitem(self, obj: Any, argument: Any) -> Any:
        """A field, or an entry of a list."""
        return self._field(obj, argument)

    def is_safe_callable(self, obj: Any) -> bool:
        """Only what the template defines itself may be called."""
        return isinstance(obj, Macro)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic is for numbers of ordinary size."""
        for side in (left, right):
            if isinstance(side, Undefined):
                raise UndefinedError(f"{operator!r} lacks a number")
        if not all(isinstance(side, int | float) and abs(side) < 1e15 for side in (left, right)):
            raise SecurityError(f"{operator!r} is for numbers")
        if operator == "**" and abs(right) > _MOST_POWER:
            raise SecurityError("the power is too high")
        return super().call_binop(context, operator, left, right)

    def _field(self, obj: Any, name: Any) -> Any:
        if isinstance(obj, Undefined):
            return obj
        if isinstance(obj, dict):
            if name in obj:
                self.found.add(name)
                return obj[name]
            return Gap(name=name) if isinstance(obj, Free) else self.undefined(obj=obj, name=str(name))
        if isinstance(obj, list | tuple | str) and isinstance(name, int) and -len(obj) <= name < len(obj):
            return obj[name]
        return Gap(name=str(name))  # nothing is there, so nobody knows what it would have


def _unless_missing(filter: Callable[..., str], value: Any, *more: Any) -> str:
    return str(value) if isinstance(value, Undefined) else filter(value, *more)


def written(template: Template, most: int, values: dict[str, Any]) -> str:
    """What a template writes, cut at `most` characters; it is not carried on after that."""
    text = ""
    for piece in template.generate(values):
        text += piece
        if len(text) > most:
            return text[: most - 1] + "…"
    return text
