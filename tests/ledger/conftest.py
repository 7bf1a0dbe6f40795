"""A ledger on an empty Redis."""

from collections.abc import Iterator

import pytest

from gigstack_events.ledger import Ledger


@pytest.fixture
def ledger(redis_url: str) -> Iterator[Ledger]:
    """The ledger as a worker has it."""
    ledger = Ledger.at(redis_url)
    yield ledger
    ledger.redis.close()
