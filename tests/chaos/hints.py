"""Hints that get lost, repeated and forgotten: to the ledger that must be all the same."""

from collections.abc import Callable

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.records import text
from gigstack_events.ledger.views import texts

QUEUE = "rq:queue:gigstack-live"


def repeat(ledger: Ledger) -> None:
    """Everybody who is open gets the hint once more that he had last, queued, running or waiting."""
    redis = ledger.redis
    for id in texts([*redis.zrange("gs:attention", 0, 50), *redis.zrange("gs:queued:live", 0, 50)]):
        key = f"gs:event:{id}" if id.startswith("e") else f"gs:run:{id}"
        generation, ticket = redis.hmget(key, "gen", "ticket")
        if generation and ticket:
            redis.rpush(QUEUE, f"{id}-{text(generation)}-{text(ticket)}")


def lose(ledger: Ledger) -> None:
    """All hints are gone."""
    ledger.redis.delete(QUEUE)


def forget(ledger: Ledger) -> None:
    """Redis knows none of our scripts any more."""
    ledger.redis.script_flush()


MEDDLE: dict[str, Callable[[Ledger], None]] = {
    "hints repeated": repeat,
    "hints lost": lose,
    "scripts forgotten": forget,
}
