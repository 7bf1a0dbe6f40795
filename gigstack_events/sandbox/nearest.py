"""What was probably meant by a word that is not known."""

import difflib
from collections.abc import Iterable


def hint(word: object, known: Iterable[str]) -> str:
    """Return "did you mean ...?" where something is near, else all that there is."""
    words = sorted(known)
    near = difflib.get_close_matches(str(word).lower(), words, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(words)}"
