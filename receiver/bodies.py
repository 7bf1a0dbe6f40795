"""Bodies: reading one from the network within bounds of size and time."""

import asyncio

from starlette.types import Message, Receive

from gigstack_events.errors import Refused

DRAIN = 4
"""How many times the limit is read, and thrown away, so that the sender lives to see the answer 413."""


class TooLarge(Refused):
    """The body is too large."""

    status = 413


class Stalled(Refused):
    """The body did not arrive in time."""

    status = 408


class Disconnected(Exception):
    """The sender went away before the body was complete; nobody is left to answer."""


async def read_body(receive: Receive, limit: int, timeout: float) -> bytes:
    """Read the whole body: at most `limit` bytes within `timeout` seconds, however small the pieces.

    Raises TooLarge, Stalled or Disconnected.
    """
    try:
        async with asyncio.timeout(timeout):
            body, more = _piece(await receive())
            if more:
                body = await _rest(receive, limit, body)
    except TimeoutError:
        raise Stalled(f"The body did not arrive within {timeout:g} s.") from None
    if len(body) > limit:
        raise TooLarge(f"The body is larger than {limit} bytes.")
    return body


async def _rest(receive: Receive, limit: int, first: bytes) -> bytes:
    """Read on; of a body that is too large only the beginning is kept, just enough to see that it is."""
    pieces, size, more = [first], len(first), True
    while more and size <= limit * DRAIN:
        piece, more = _piece(await receive())
        if size <= limit:
            pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _piece(message: Message) -> tuple[bytes, bool]:
    if message["type"] == "http.disconnect":
        raise Disconnected
    return message.get("body", b""), message.get("more_body", False)
