"""Destinations: where messages and events may be sent to, under short names. Their addresses are secrets.

```toml
ops-slack = "slack://TokenA/TokenB/TokenC/#ops"                      # an Apprise URL, for `notify`
erp = { url = "https://erp.example.mx/hooks", secret = "whsec_..." } # a target of `forward`
```
"""

import re
import tomllib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr

from gigstack_events.errors import ConfigurationError
from gigstack_events.nearest import or_which

NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_HOW = """write lines like ops-slack = "slack://..." """.strip()
_TARGET = ("url", "secret")

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
    return ConfigurationError(f"{name!r} {what} in GIGSTACK_DESTINATIONS{or_which(name, fitting)}")
