"""API keys and the mode, live or test, that each of them says it is for."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

_PREFIXES = {"sk_live_": True, "sk_test_": False}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for one mode. One that does not itself confirm its mode may read but never write."""

    value: SecretStr
    livemode: bool
    may_write: bool


def key_livemode(key: str) -> bool | None:
    """Tell the mode from the prefix, or from the claims of a JWT (unverified); None: cannot be told."""
    by_prefix = _from_prefix(key)
    if by_prefix is not None:
        return by_prefix
    claims = _claims(key)
    flag = claims.get("livemode")
    said = {_from_prefix(str(claims.get("key_id", ""))), flag if isinstance(flag, bool) else None}
    said.discard(None)
    return said.pop() if len(said) == 1 else None


def _from_prefix(text: str) -> bool | None:
    return next((mode for prefix, mode in _PREFIXES.items() if text.startswith(prefix)), None)


def _claims(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
