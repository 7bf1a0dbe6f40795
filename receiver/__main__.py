"""Run the receiver: `python -m receiver --host H --port N`."""

import argparse
import signal
import sys

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from gigstack_events.errors import ConfigurationError
from gigstack_events.ledger import AsyncLedger
from gigstack_events.ledger.schema import refusal, schema_of
from gigstack_events.logs import configure_logs
from gigstack_events.safety import redis_warnings
from gigstack_events.settings import Settings, load_settings, variable
from receiver.app import create_app
from receiver.schemes import NO_VERIFIER
from receiver.server import create_server, listen, run

log = structlog.get_logger()


def main() -> int:
    """Serve until told to stop; 2 means that the configuration is not usable."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a rotation that comes before there is anything to rotate
    parser = argparse.ArgumentParser(prog="python -m receiver", description="Takes gigstack's deliveries.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", default=8000, type=port_number, help="port to listen on (default: %(default)s)"
    )
    options = parser.parse_args()
    try:
        settings = load()
        configure_logs(settings.log_level)
        app = create_app(settings, AsyncLedger(settings.redis_url, replicas=settings.replicas))
        sockets = listen(options.host, options.port)
        look_at_redis(settings)
    except ConfigurationError as exc:
        print(f"The receiver cannot start:\n{exc}", file=sys.stderr)
        return 2
    run(create_server(app, settings, options.host, options.port), sockets, app, load)
    return 0


def load() -> Settings:
    """Load the settings; raise ConfigurationError also where the receiver needs more than they must have."""
    settings = load_settings()
    problems = []
    if not settings.redis_url:
        problems.append(f"{variable('redis_url')}: not set; name the Redis that holds the ledger")
    if not settings.verify:
        problems.append(f"{variable('verify')}: {NO_VERIFIER}")
    if problems:
        raise ConfigurationError("\n".join(problems))
    return settings


def port_number(text: str) -> int:
    """Read a port; 0 lets the system choose."""
    if not (text.isdecimal() and len(text) <= 5 and int(text) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def look_at_redis(settings: Settings) -> None:
    """Refuse a ledger that is not for us, and log what is unsafe about Redis.

    Its absence stops nothing: until it is back, senders get 503. Raises ConfigurationError.
    """
    try:
        with redis.Redis.from_url(
            settings.redis_url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
        ) as client:
            if why := refusal(schema_of(client)):
                raise ConfigurationError(why)
            for warning in redis_warnings(client):
                log.warning("redis.unsafe", reason=warning)
    except redis.RedisError as exc:
        log.error("redis.unreachable", reason=type(exc).__name__)


if __name__ == "__main__":
    sys.exit(main())
