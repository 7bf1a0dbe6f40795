"""Limiters on an empty Redis, and the tests' clock to move on."""

import redis as redis_client

from gigstack_events.limiter import Limiter

RATE = 10.0
SLOW = 0.1  # no token grows while a test runs


def limiter(
    client: "redis_client.Redis", rate: float = RATE, *, lane: str = "live", mode: str = "live"
) -> Limiter:
    """One process's view of the bucket."""
    return Limiter(client, mode, rate, lane=lane, recovery=60)


def kept(client: "redis_client.Redis", field: str) -> float:
    """A number of the bucket."""
    return float(client.hget("gs:rate:live", field) or 0)


def pass_time(client: "redis_client.Redis", seconds: float) -> None:
    """Move the tests' clock on."""
    client.incrby("gs:clock:offset", round(seconds * 1000))


def passed(client: "redis_client.Redis", by: Limiter, most: int = 100) -> int:
    """How many calls may go right now."""
    return next((number for number in range(most) if by.take() > 0), most)


def now(client: "redis_client.Redis") -> float:
    """The tests' clock, in seconds."""
    seconds, micros = client.time()
    return float(seconds) + float(micros) / 1e6 + int(client.get("gs:clock:offset") or 0) / 1000


def per_second(client: "redis_client.Redis", *who: Limiter) -> float:
    """How many calls they get through in a second, if they always want more; over ten seconds."""
    count, began = 0, now(client)
    for _ in range(100):
        pass_time(client, 0.1)
        count += sum(passed(client, each) for each in who)
    return count / (now(client) - began)
