"""Destinations: where messages and events may be sent to, under short names. Their addresses are secrets.

```toml
ops-slack = "slack://TokenA/TokenB/TokenC/#ops"                      # an Apprise URL, for `notify`
erp = { url = "https://erp.example.mx/hooks", secret = "whsec_..." } # a target of `forward`
```
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, SecretStr

from gigstack_events.errors import ConfigurationError, GiveUp, NotDone, RetryLater
from gigstack_events.nearest import or_which

NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_HOW = """write lines like ops-slack = "slack://..." """.strip()
_TARGET = ("url", "secret")

T = TypeVar("T")
Target = dict[str, SecretStr]
"""Where `forward` sends to: `url` and `secret`."""


def read(text: Any) -> Any:
    """The destinations in a text; ValueError says what is wrong and where, and quotes no address."""
    if not isinstance(text, str):
        return text
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line \d+", str(error))
        raise ValueError(f"cannot be read {place[0] if place else 'as a whole'}; {_HOW}") from None
    return {name: _destination(name, value) for name, value in found.items()}


def _destination(name: str, value: object) -> SecretStr | Target:
    if not NAME.fullmatch(name):
        raise ValueError("a name is made of small letters, digits, - and _, and begins with a letter")
    if isinstance(value, str) and "://" in value:
        return SecretStr(value.strip())
    if not isinstance(value, dict):
        raise ValueError(f"{name!r} is no address; {_HOW}")
    if unknown := value.keys() - {*_TARGET}:
        raise ValueError(f"{name!r} has {sorted(unknown)[0]!r}{or_which(sorted(unknown)[0], _TARGET)}")
    if not all(isinstance(value.get(part), str) and value[part] for part in _TARGET):
        raise ValueError(
            f"""{name!r} is for forward: write it like {{ url = "https://...", secret = "..." }}"""
        )
    return {part: SecretStr(value[part].strip()) for part in _TARGET}


Destinations = Annotated[dict[str, SecretStr | Target], BeforeValidator(read)]


def address(known: Mapping[str, SecretStr | Target], name: str) -> SecretStr:
    """The Apprise URL of a name. Raises ConfigurationError, which gives the nearest name, not an address."""
    found = known.get(name)
    if isinstance(found, SecretStr):
        return found
    fitting = [other for other, value in known.items() if isinstance(value, SecretStr)]
    raise _unknown(name, fitting, "is a target of forward" if found else "is not a destination")


def target(known: Mapping[str, SecretStr | Target], name: str) -> Target:
    """The URL and secret of a name. Raises ConfigurationError, which gives the nearest name."""
    found = known.get(name)
    if isinstance(found, dict):
        return found
    fitting = [other for other, value in known.items() if isinstance(value, dict)]
    raise _unknown(name, fitting, "is a destination of notify" if found else "is not a target")


def _unknown(name: str, fitting: list[str], what: str) -> ConfigurationError:
    none = "; there are none: write it into a file, and name that in GIGSTACK_DESTINATIONS_FILE"
    hint = or_which(name, fitting) if fitting else none
    return ConfigurationError(f"{name!r} {what} in GIGSTACK_DESTINATIONS{hint}")


class NotNow(NotDone):
    """A destination is to be tried in so many seconds, which is no failure of it."""

    def __init__(self, seconds: float, why: str) -> None:
        super().__init__(why)
        self.seconds = seconds


def reach_all(names: Iterable[str], reach: Callable[[str], T], attempt: int, *, cure: str) -> dict[str, T]:
    """What came of each destination, each once; one that cannot be reached holds up no other.

    Then it raises the first failure that may pass; RetryLater where some are not to be tried now; GiveUp,
    with the `cure`, where all that is left are failures marked `permanent`. Each
    `attempt` begins with another one, for it may be ended before it comes to the last.
    """
    reached: dict[str, T] = {}
    waiting: list[NotNow] = []
    failed: list[NotDone] = []
    each, start = list(dict.fromkeys(names)), attempt - 1
    for name in (each[(start + number) % len(each)] for number in range(len(each))):
        try:
            reached[name] = reach(name)
        except NotNow as other:
            waiting.append(other)
        except NotDone as failure:
            failed.append(failure)
    if passing := [failure for failure in failed if not getattr(failure, "permanent", False)]:
        raise passing[0]
    if waiting:
        first = min(waiting, key=lambda other: other.seconds)
        raise RetryLater(first.seconds, str(first))
    if failed:
        raise GiveUp(f"{failed[0]}: {cure}")
    return reached
