"""Redis is away or refuses: one way to say so in the log."""

import redis
import structlog

from gigstack_events.safety import refusal_in_words

AWAY = (redis.ConnectionError, redis.TimeoutError)
log = structlog.get_logger("redis")


def tell(error: redis.RedisError, **more: float) -> None:
    """Log that Redis is lost, or what it refuses and the cure. All wait, and come back by themselves."""
    if isinstance(error, AWAY) and not isinstance(error, redis.AuthenticationError):
        log.warning("redis.lost", error=type(error).__name__, **more)
    else:
        log.error("redis.refused", error=type(error).__name__, cure=refusal_in_words(error), **more)
