"""The nearest known word, for messages about a wrong one."""

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like this one, or ''."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return found[0] if found else ""
