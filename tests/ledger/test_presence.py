"""How many workers there are in a lane, as the ledger knows it."""

from gigstack_events.ledger import Ledger


def test_hosts_say_how_many_workers_they_have(ledger: Ledger) -> None:
    """One member for each host and lane, with its number, until the time it was said for is over."""
    ledger.present("one", {"live": 4, "bulk": 1}, 60_000)
    ledger.present("two", {"live": 2}, 60_000)
    assert ledger.redis.zrange("gs:crew:live", 0, -1) == [b"one=4", b"two=2"]
    until = float(ledger.redis.zscore("gs:crew:live", "one=4") or 0)
    assert 0 < until - ledger.now() <= 60_000
    ledger.absent("one", {"live": 4, "bulk": 1})
    assert ledger.redis.zrange("gs:crew:live", 0, -1) == [b"two=2"]
    assert ledger.redis.zcard("gs:crew:bulk") == 0
