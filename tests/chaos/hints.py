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


def repeat_old(ledger: Ledger, most: int) -> None:
    """Work that is over gets its last hint once more, and every one that it had before."""
    redis = ledger.redis
    for event in texts(redis.zrange("gs:events", 0, most - 1)):
        for id in [event, *text(redis.hget(f"gs:event:{event}", "runs") or "").split()]:
            generation = redis.hget(f"gs:event:{id}" if id == event else f"gs:run:{id}", "gen")
            for each in range(1, int(generation or 0) + 1):
                redis.rpush(QUEUE, f"{id}-{each}-1")


def taken(ledger: Ledger) -> bool:
    """Whether the workers have looked at every hint."""
    return not ledger.redis.llen(QUEUE)


MEDDLE: dict[str, Callable[[Ledger], None]] = {
    "hints repeated": repeat,
    "hints lost": lose,
    "scripts forgotten": forget,
}
