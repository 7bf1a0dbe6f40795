"""What differs between a documented example and what the client read, or what the sandbox answered."""

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from gigstack_events.api.fields import ApiObject

_TIME = re.compile(r"(_at|^created|_?until|_?date)$")
_SECONDS_END = 1e12
_FREE = {"metadata", "settings", "integrations", "extracted_data", "details"}
"""What these hold is the business of whoever wrote it."""


def misread(read: Any, documented: Any, name: str = "") -> Iterator[str]:
    """Yield what the client lost, changed or left untyped of a documented value."""
    if documented is None:
        return
    if isinstance(documented, list):
        yield from _misread_rows(read, [row for row in documented if row is not None], name)
    elif isinstance(documented, dict):
        yield from _misread_object(read, documented, name)
    elif read != (expected := _expected(read, documented, name)):
        yield f"{name}: {expected!r} was read as {read!r}"


def _misread_rows(read: Any, documented: list[Any], name: str) -> Iterator[str]:
    if not isinstance(read, list | tuple) or len(read) != len(documented):
        yield f"{name}: {len(documented)} rows were read as {read!r}"
        return
    for number, (one, other) in enumerate(zip(read, documented, strict=True)):
        yield from misread(one, other, f"{name}[{number}]")


def _misread_object(read: Any, documented: dict[str, Any], name: str) -> Iterator[str]:
    if isinstance(read, str) and read == documented.get("id"):
        return  # a list of ids
    if isinstance(read, dict):
        for key, value in documented.items():
            yield from misread(read.get(key), value, f"{name}.{key}")
    elif isinstance(read, ApiObject):
        for key, value in documented.items():
            yield from _misread_field(read, key, value, f"{name}.{key}")
    else:
        yield f"{name}: an object was read as {read!r}"


def _misread_field(read: ApiObject, key: str, documented: Any, name: str) -> Iterator[str]:
    if key == "from":  # no Python attribute can be called so; it is kept in model_extra
        yield from misread((read.model_extra or {}).get(key), documented, name)
        return
    field = _OTHER_NAMES.get(key, snake(key))
    if not hasattr(type(read), field) and field not in type(read).model_fields:
        yield f"{name}: {type(read).__name__} does not type it"
    yield from misread(getattr(read, field, None), documented, name)


_OTHER_NAMES = {"created": "created_at", "global": "global_"}


def _expected(read: Any, documented: Any, name: str) -> Any:
    if isinstance(read, SecretStr):
        return SecretStr(documented)
    if isinstance(read, bytes):
        return base64.b64decode(documented)
    if _TIME.search(snake(name.rpartition(".")[2])) and isinstance(read, int):
        return _millis(documented)
    if isinstance(read, int | float) and isinstance(documented, str):
        return float(documented)
    if isinstance(read, str) and isinstance(documented, int | float):
        return str(documented)
    return documented


def _millis(moment: float | str) -> float:
    if isinstance(moment, str):
        return round(datetime.fromisoformat(moment).timestamp() * 1000)
    return moment if moment > _SECONDS_END else moment * 1000


def misshapen(answered: Any, documented: Any, *, nullable: bool, name: str = "data") -> Iterator[str]:
    """Yield the documented fields that an answer lacks, or holds as another type of JSON."""
    if documented is None or (answered is None and nullable):
        return
    if name.endswith((".rate", ".base")) and isinstance(answered, str | float | int):
        return  # documented as a number or a text
    if _json_type(answered) != _json_type(documented):
        yield f"{name}: {_json_type(answered)} instead of {_json_type(documented)}"
    elif isinstance(documented, dict) and name.rpartition(".")[2] not in _FREE:
        for key, value in documented.items():
            if key not in answered:
                yield f"{name}.{key}: is missing"
            else:
                yield from misshapen(answered[key], value, nullable=nullable, name=f"{name}.{key}")
    elif isinstance(documented, list) and answered:
        shape = next((row for row in documented if row is not None), None)
        for row in answered:
            yield from misshapen(row, shape, nullable=True, name=f"{name}[]")


def _json_type(value: Any) -> str:
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list"}
    return "null" if value is None else kinds.get(type(value), "an object")


def snake(name: str) -> str:
    """Spell a name as the client does."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: "_" + found[1].lower(), name)
