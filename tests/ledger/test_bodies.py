"""How bodies are kept: smaller, and byte for byte."""

from hypothesis import example, given
from hypothesis import strategies as some

from benchmarks.history import payments
from gigstack_events.ledger.bodies import pack, unpack


@given(some.binary(max_size=4000))
@example(b"")
@example(b"\x00 begins like a mark")
@example(b"\x01 begins like a mark")
def test_whatever_is_packed_comes_back(body: bytes) -> None:
    """A signature was made over these bytes, readable or not: not one of them changes."""
    stored = pack(body)
    assert unpack(stored) == body
    assert len(stored) <= len(body) + 1


def test_a_payment_takes_a_quarter() -> None:
    """What every payment says is not kept with every payment."""
    (body,) = payments(1)
    assert len(pack(body)) < len(body) / 4


def test_a_body_that_an_older_version_stored_is_read() -> None:
    """Bodies from before the packing stay readable until they expire."""
    assert unpack(b'{"id":"evt_1"}') == b'{"id":"evt_1"}'
