"""A ledger on an empty Redis."""

from collections.abc import Iterator

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.operator import Operator


@pytest.fixture
def ledger(redis_url: str) -> Iterator[Ledger]:
    """The ledger as a worker has it."""
    ledger = Ledger.at(redis_url)
    yield ledger
    ledger.redis.close()


@pytest.fixture
def operator(ledger: Ledger) -> Operator:
    """A person at the ledger."""
    return Operator(ledger.redis)
