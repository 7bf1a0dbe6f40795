"""Files that travel as base64 within JSON."""

import base64

from gigstack_events.api.errors import UnexpectedAnswer
from gigstack_events.api.inputs import File
from gigstack_events.api.resources import contents_of
from gigstack_events.errors import Outcome


def to_text(field: str, file: File) -> str:
    """Return a file's content as base64; raise InvalidInput where it cannot be read."""
    return base64.b64encode(contents_of(field, file)[1]).decode()


def to_bytes(name: str, text: str | None, *, encoding: str | None = None, outcome: Outcome) -> bytes:
    """Return the content; raise UnexpectedAnswer where there is none, or it cannot be read."""
    if not text:
        raise UnexpectedAnswer(f"the reply holds no {name}", outcome=outcome)
    if encoding not in (None, "base64"):
        raise UnexpectedAnswer(f"the {name} is not written as base64", outcome=outcome)
    try:
        return decode(text)
    except ValueError:
        raise UnexpectedAnswer(f"the {name} is no valid base64", outcome=outcome) from None


def decode(text: str) -> bytes:
    """Undo base64, lines and all; raise ValueError for anything else, also for what was cut off."""
    joined = "".join(text.split())
    if len(joined) % 4:
        raise ValueError("the length of base64 is a multiple of four")
    return base64.b64decode(joined, validate=True)
