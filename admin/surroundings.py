"""What every command needs: the terminal, the settings, the ledger, and one kind of error."""

import json
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from rich.console import Console
from rich.markup import escape

from gigstack_events.api import Gigstack
from gigstack_events.errors import ConfigurationError, GigstackError
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.schema import refusal, schema_of
from gigstack_events.safety import refusal_in_words
from gigstack_events.settings import Settings, load_settings, variable

PROJECT = Path(__file__).resolve().parent.parent
_WIDTH_OF_A_PIPE = 200
_LEAST_WIDTH = 110


class Mistake(GigstackError):
    """What was asked for cannot be done; the message says why and what to do."""


def console() -> Console:
    """The terminal. Where it is narrow it may break lines itself, so that ids stay whole for copying."""
    out = Console(highlight=False)
    out.width = max(out.width, _LEAST_WIDTH) if sys.stdout.isatty() else _WIDTH_OF_A_PIPE
    return out


def near(path: Path) -> str:
    """A path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def typed_python(*, whole: bool = False) -> str:
    """This Python as typed here, or `whole` from anywhere; `python` where its environment is active."""
    path = sys.executable if whole else near(Path(sys.executable))
    return "python" if shutil.which("python") == sys.executable else shlex.quote(path)


def plain(text: str) -> str:
    """Somebody else's text in one of our lines: it neither colours nor moves anything on the terminal."""
    return escape("".join(letter if letter.isprintable() else " " for letter in text))


def sentence(text: str) -> str:
    """A remark as a sentence: with a capital in front, and something that ends it."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def print_json(value: Any) -> None:
    """Print for scripts."""
    print(json.dumps(value, indent=2))


@contextmanager
def open_ledger(settings: Settings | None = None, *, any_schema: bool = False) -> Iterator[Ledger]:
    """The ledger that REDIS_URL names; raises Mistake where Redis is not to be reached.

    So it does where the ledger has a schema that we do not work on, unless `any_schema` is wanted.
    """
    settings = settings or load_settings()
    if not settings.redis_url:
        raise Mistake("REDIS_URL is not set: name the Redis that receiver and workers use.")
    ledger = Ledger.at(settings.redis_url)
    try:
        if not any_schema and (why := refusal(schema_of(ledger.redis))):
            raise Mistake(sentence(why))
        yield ledger
    except redis.RedisError as error:
        raise Mistake(in_words(error)) from None
    finally:
        ledger.redis.close()


def in_words(error: redis.RedisError) -> str:
    """Say what is wrong with Redis; its address stays out, for it may hold a password."""
    if isinstance(error, redis.AuthenticationError):
        return "Redis does not accept the password: correct it in REDIS_URL."
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return "Redis does not answer: start it, or correct REDIS_URL."
    if isinstance(error, redis.ResponseError):
        return sentence(refusal_in_words(error))
    return f"Redis refused a command: {error}"


def open_api(settings: Settings, *, livemode: bool) -> Gigstack:
    """A client of the API in one mode; raises ConfigurationError where that mode has no key."""
    key = settings.key_for(livemode)
    if key is None:
        name, mode = variable("api_key" if livemode else "test_api_key"), "live" if livemode else "test"
        other = (
            ""
            if settings.key_for(not livemode) is None
            else (" or add --test" if livemode else " or drop --test")
        )
        raise ConfigurationError(f"{name}: not set; set it to an API key for {mode} mode{other}")
    return Gigstack(
        key.value.get_secret_value(),
        base_url=settings.api_url,
        timeout=settings.call_timeout,
        may_write=key.may_write,
    )
