"""Bodies: how much memory all of them together may take while they are read."""

import asyncio

import pytest
from starlette.types import Message

from gigstack_events.errors import LedgerUnavailable
from receiver.bodies import MOST_BYTES, SMALL, Disconnected, Room, read_body
from receiver.door import MOST_AT_ONCE

PIECE = 1000


def read(size: int, room: Room, *, whole: bool = True) -> bytes:
    """Read a body of that size that comes in pieces, and whose sender goes away before its end or not."""
    messages: list[Message] = [
        {"type": "http.request", "body": b"x" * min(PIECE, size - at), "more_body": True}
        for at in range(0, size, PIECE)
    ]
    messages.append({"type": "http.request"} if whole else {"type": "http.disconnect"})

    async def receive() -> Message:
        return messages.pop(0)

    return asyncio.run(read_body(receive, 1_000_000, 5, room))


def test_a_large_body_needs_room() -> None:
    """What is being read elsewhere counts, and a body that finds no room is to be sent again."""
    assert len(read(100_000, Room(most=100_000))) == 100_000
    for room in (Room(most=99_999), Room(most=100_000, taken=1)):
        with pytest.raises(LedgerUnavailable):
            read(100_000, room)


def test_a_small_body_is_always_read() -> None:
    """Large bodies that come slowly keep no usual delivery out."""
    assert len(read(SMALL, Room(most=1, taken=1))) == SMALL


def test_room_is_given_back() -> None:
    """Whatever becomes of a body, its place is free again."""
    room = Room(most=99_999)
    read(90_000, room)
    with pytest.raises(LedgerUnavailable):
        read(100_000, room)
    with pytest.raises(Disconnected):
        read(90_000, room, whole=False)
    assert room.taken == 0


def test_bounds_unless_told_otherwise() -> None:
    """256 MiB of bodies on their way, and 256 deliveries that are being stored."""
    assert Room().most == MOST_BYTES == 256 * 2**20
    assert (MOST_AT_ONCE, SMALL) == (256, 2**16)
