"""`python -m workers`: the supervisor and its workers; `--list` shows handlers and where they come from."""

import argparse
import os
import signal
import sys
import time

import redis

from gigstack_events.discovery import missing
from gigstack_events.errors import ConfigurationError
from gigstack_events.ledger import Ledger
from gigstack_events.logs import configure_logs
from gigstack_events.safety import redis_warnings
from gigstack_events.settings import Settings, load_settings
from workers.memory import MIB, bound_own
from workers.process import Loaded, load, log, unserved
from workers.reloading import PROBE_S, UNUSABLE
from workers.supervisor import Supervisor

BAD_CONFIGURATION = 2


def main() -> int:
    """Run until SIGTERM or SIGINT; 2 for a configuration that cannot work."""
    asked = _arguments()
    try:
        settings = load_settings()
        if asked.probe:
            return _probe(settings)
        if asked.list:
            loaded = load(settings)
            print(listing(loaded))
            return 1 if missing(loaded.found, loaded.named) else 0
        configure_logs(settings.log_level)
        if not settings.redis_url:
            raise ConfigurationError("REDIS_URL: not set; workers need the Redis that the receiver writes to")
        if not _is_usable(settings):
            return BAD_CONFIGURATION
        _look_at_redis(settings)
        Supervisor(settings).run()
    except ConfigurationError as error:
        _tell(error)
        return UNUSABLE if asked.probe else BAD_CONFIGURATION
    return 0


def _tell(error: ConfigurationError) -> None:
    print(f"The configuration of the workers is not usable:\n{error}", file=sys.stderr, flush=True)


def _probe(settings: Settings) -> int:
    """Load everything under a worker's bounds; what handlers print meanwhile may be anybody's data."""
    bound_own(2 * settings.memory_limit * MIB)
    ours, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        load(settings)
    finally:
        sys.stderr.flush()
        os.dup2(ours, 2)
    return 0


def _is_usable(settings: Settings) -> bool:
    """Try the configuration in another process, a fork as workers are: the supervisor imports no handler."""
    if (pid := os.fork()) == 0:
        code = 1  # whatever else ends it is one handler's fault, and workers say it
        try:
            code = _probe(settings)
        except ConfigurationError as error:
            _tell(error)
            code = UNUSABLE
        finally:
            os._exit(code)
    until = time.monotonic() + PROBE_S
    while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0):
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            log.warning("configuration.unchecked", reason=f"loading handlers took longer than {PROBE_S:g} s")
            return True
        time.sleep(0.01)
    return os.waitstatus_to_exitcode(ended[1]) != UNUSABLE


def listing(loaded: Loaded) -> str:
    """The handlers, one line each: enabled or not, name, events, source; then what did not load."""
    enabled = {rule.handler for rule in loaded.rules}
    width = max((len(name) for name in loaded.found.handlers), default=0)
    lines = []
    for name, found in sorted(loaded.found.handlers.items()):
        state = "on " if name in enabled else "off"
        lines.append(f"{state}  {name:<{width}}  {' '.join(found.handler.patterns)}  ({found.source})")
        if found.handler.summary:
            lines.append(f"     {'':<{width}}  {found.handler.summary}")
    lines += [f"BROKEN  {source}: {error}" for source, error in loaded.found.broken.items()]
    lines += [f"MISSING  {name}: enabled, but not found" for name in missing(loaded.found, loaded.named)]
    lines += [f"note: {warning}" for warning in (*loaded.found.warnings, *loaded.warnings, *unserved(loaded))]
    if not enabled:
        lines.append("No handler is on: name them in GIGSTACK_HANDLERS (`*` for all), or write rules.")
    return "\n".join(lines)


def _look_at_redis(settings: Settings) -> None:
    """Refuse a ledger that is not for us; an absent Redis is waited for by the workers."""
    ledger = Ledger.at(settings.redis_url)
    try:
        ledger.check_schema()
        for sentence in redis_warnings(ledger.redis):
            log.warning("redis.unsafe", reason=sentence)
    except redis.RedisError as error:
        log.warning("redis.unreachable", error=type(error).__name__, cure="the workers wait for it")
    finally:
        ledger.redis.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument("--list", action="store_true", help="show the handlers and end")
    parser.add_argument("--probe", action="store_true", help=argparse.SUPPRESS)  # try the configuration
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
