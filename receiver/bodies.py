"""Bodies: reading one from the network within bounds of size and time."""

import asyncio
from dataclasses import dataclass

from starlette.types import Message, Receive

from gigstack_events.errors import LedgerUnavailable, Refused

DRAIN = 4
"""How many times the limit is read, and thrown away, so that the sender lives to see the answer 413."""

MOST_BYTES = 256 * 1024 * 1024
"""Bytes of all bodies that are being read at the same time."""

SMALL = 64 * 1024
"""A body up to this size is read in any case: uvicorn keeps as much of each, whatever we do."""


@dataclass(slots=True)
class Room:
    """The memory in which bodies are gathered, shared by all that are being read; in bytes."""

    most: int = MOST_BYTES
    taken: int = 0


class TooLarge(Refused):
    """The body is too large."""

    status = 413


class Stalled(Refused):
    """The body did not arrive in time."""

    status = 408


class Disconnected(Exception):
    """The sender went away before the body was complete; nobody is left to answer."""


async def read_body(receive: Receive, limit: int, timeout: float, room: Room) -> bytes:
    """Read the whole body: at most `limit` bytes within `timeout` seconds, however small the pieces.

    Raises TooLarge, Stalled or Disconnected, and LedgerUnavailable where the room is full.
    """
    try:
        async with asyncio.timeout(timeout):
            body, more = _piece(await receive())
            if more:
                body = await _rest(receive, limit, room, body)
    except TimeoutError:
        raise Stalled(f"The body did not arrive within {timeout:g} s.") from None
    if len(body) > limit:
        raise TooLarge(f"The body is larger than {limit} bytes.")
    return body


async def _rest(receive: Receive, limit: int, room: Room, first: bytes) -> bytes:
    """Read on; of a body that is too large only the beginning is kept, just enough to see that it is."""
    pieces, size, kept, more = [first], len(first), len(first), True
    room.taken += kept
    try:
        while more and size <= limit * DRAIN:
            piece, more = _piece(await receive())
            if size <= limit:
                pieces.append(piece)
                kept += len(piece)
                room.taken += len(piece)
            if kept > SMALL and room.taken > room.most:
                raise LedgerUnavailable("too many bytes at once")
            size += len(piece)
    finally:
        room.taken -= kept
    return b"".join(pieces)


def _piece(message: Message) -> tuple[bytes, bool]:
    if message["type"] == "http.disconnect":
        raise Disconnected
    return message.get("body", b""), message.get("more_body", False)
