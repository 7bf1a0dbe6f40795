"""Fields that take one of a list of words or codes, and what to say when it is another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gigstack_events.api.errors import InvalidInput

_SHOWN = 8
_SHORT = 11  # an RFC is longer


@dataclass(frozen=True, slots=True)
class Choice:
    """The values that a field takes, each with its description, and what they are called together.

    `also` are taken, too, but never proposed. Of a word of `any_case` the case does not matter.
    """

    called: str
    values: Mapping[str, str]
    also: frozenset[str] = frozenset()
    any_case: bool = False

    def __call__(self, field: str, value: Any) -> None:
        """Raise InvalidInput for a value that is none of them; the message names the nearest one."""
        if isinstance(value, str) and (value in self.values or value in self.also):
            return
        if self.any_case and isinstance(value, str) and value.casefold() in map(str.casefold, self.values):
            return
        raise InvalidInput(f"{field}: {_shown(value)} is none of {self.called}{self._way_out(value)}")

    def _way_out(self, value: Any) -> str:
        if nearest := _nearest(value, self.values):
            told = self.values[nearest]
            return f"; the nearest is {nearest!r}" + (f" ({told})" if told else "")
        if len(self.values) <= _SHOWN:
            return ": " + ", ".join(map(repr, self.values))
        return "; `gigstack.catalogs` has them all"


def words(called: str, *values: str, any_case: bool = False) -> Choice:
    """Make a choice of words that speak for themselves."""
    return Choice(called, dict.fromkeys(values, ""), any_case=any_case)


def _shown(value: Any) -> str:
    """Only what is short enough to be a code is repeated: other text may be personal."""
    text = _text(value)
    return repr(value) if 0 < len(text) <= _SHORT else f"this {type(value).__name__}"


def _text(value: Any) -> str:
    """What may have been meant as a code, as text; numbers of many digits are none, and slow to write."""
    if isinstance(value, int) and abs(value) < 10**_SHORT:
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def _nearest(value: Any, values: Mapping[str, str]) -> str | None:
    text = _text(value)
    for written in (text, text.upper(), text.lower(), text.zfill(2), text.zfill(3)):
        if written in values:
            return written
    described = {told.casefold(): code for code, told in values.items() if told}
    return _closest(text, values) or described.get(_closest(text.casefold(), described) or "")


def _closest(text: str, among: Iterable[str]) -> str | None:
    from difflib import get_close_matches  # costs time to import, and is for mistakes only

    return next(iter(get_close_matches(text, among, n=1, cutoff=0.6)), None)
