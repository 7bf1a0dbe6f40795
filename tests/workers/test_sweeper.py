"""The sweep loop, beside what the ledger's sweep does."""

import structlog

from gigstack_events.ledger import Ledger
from gigstack_events.settings import load_settings
from workers.sweeper import Sweeper


def test_record_that_makes_no_sense_ends_no_supervisor(redis_url: str) -> None:
    """With it, all workers would end in the middle of their runs: it is said where it hurts, now and then."""
    ledger = Ledger.at(redis_url)
    ledger.redis.hset("gs:schedules", "daily", "every day")
    sweeper = Sweeper(ledger, load_settings({}))
    with structlog.testing.capture_logs() as lines:
        sweeper.maybe()
        sweeper.maybe()
    assert [line["event"] for line in lines] == ["sweep.broken"]
    assert lines[0]["at"].startswith("calendar.py:")
    ledger.redis.close()
