"""The nearest known word, for messages about a wrong one."""

import difflib
from collections.abc import Iterable

_MANY = 20


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like this one, or ''."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return found[0] if found else ""


def or_which(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: the nearest known one, or those that there are."""
    names = sorted(known)
    if near := nearest(word, names):
        return f"; did you mean {near!r}?"
    if len(names) > _MANY:
        return ""
    return f"; there are {', '.join(names)}" if names else "; there are none"
