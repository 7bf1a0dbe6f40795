"""Schema drift: how an answer may look after a change of the API that nobody was told of. Pure."""

import random
from typing import Any

from gigstack_events.sandbox.tables import Row

IDENTITY = frozenset({"id", "uuid", "livemode", "team", "idempotency_key"})
"""What stays: without it nobody could tell what was read."""

_SHARE = 0.2
_NEW = ("surprise", "schema_version", "internalStatus", "_debug", "beta_features")


def drift(reply: Row, choices: random.Random, shape: str | None = None) -> Row:
    """Return a copy with extra, missing or null fields in `data`; paging stays as it is."""
    return {**reply, "data": _drifted(reply.get("data"), choices, shape)}


def _drifted(value: Any, choices: random.Random, shape: str | None) -> Any:
    if isinstance(value, dict):
        return _object(value, choices, shape)
    if isinstance(value, list):
        return _rows(value, choices, shape)
    return value


def _object(row: Row, choices: random.Random, shape: str | None) -> Row:
    """Change one field or a fifth of them, and something within."""
    inner = {name: _drifted(value, choices, shape) for name, value in row.items()}
    names = [name for name in inner if name not in IDENTITY]
    for name in choices.sample(names, min(len(names), max(1, round(len(names) * _SHARE)))):
        match shape or choices.choice(("extra", "missing", "null")):
            case "missing":
                del inner[name]
            case "null":
                inner[name] = None
    if shape in (None, "extra"):
        inner[choices.choice(_NEW)] = {"since": "2099-01-01", "values": [1, None, "x"]}
    return inner


def _rows(rows: list[Any], choices: random.Random, shape: str | None) -> list[Any]:
    drifted = [_drifted(row, choices, shape) for row in rows]
    if rows and isinstance(rows[0], dict) and shape in (None, "null") and choices.random() < 0.5:
        drifted.insert(choices.randrange(len(drifted) + 1), None)
    return drifted
