"""The bodies of calls: JSON objects and forms, read so that nothing odd gets any further."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from gigstack_events.sandbox.replies import Problem
from gigstack_events.sandbox.tables import Row

MOST_BYTES = 32 * 1_048_576
_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in a form."""

    name: str
    type: str
    content: bytes


async def read_body(request: Request) -> Row:
    """Read a JSON object; nothing at all counts as an empty one."""
    content = await _read(request)
    if not content:
        return {}
    try:
        body = json.loads(content, parse_float=_finite, parse_constant=_finite)
        if b"\\u" in content:
            json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair could not be answered
    except (ValueError, RecursionError):
        raise _refused("The body is not JSON") from None
    if not isinstance(body, dict):
        raise _refused("The body is not a JSON object")
    if content.count(b"[") + content.count(b"{") > _DEEPEST and _is_deep(body):
        raise _refused(f"The body is nested deeper than {_DEEPEST} levels")
    return body


NO_MULTIPART = "Uploads need python-multipart: pip install 'gigstack-events[sandbox]'"


async def read_form(request: Request) -> tuple[Row, Mapping[str, Upload]]:
    """Read a form's texts and its files; the package that parses it comes with the extra `sandbox`."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise _refused("The body is not multipart/form-data")
    await _read(request)
    if find_spec("python_multipart") is None:
        raise Problem(501, "operation_not_allowed", NO_MULTIPART)
    fields: Row = {}
    files: dict[str, Upload] = {}
    try:
        async with request.form(max_files=10, max_fields=50, max_part_size=1_048_576) as form:
            for name, value in form.multi_items():
                if isinstance(value, str):
                    fields[name] = value
                else:
                    content = await value.read()
                    files[name] = Upload(value.filename or "", value.content_type or "", content)
    except (HTTPException, ValueError) as error:
        reason = error.detail if isinstance(error, HTTPException) else "it cannot be read"
        raise _refused(f"The body is not a form: {reason}") from None
    return fields, files


async def _read(request: Request) -> bytes:
    """Read all of a body that is not too long, so that `request.body()` has it, too."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            raise Problem(413, "invalid_request_body", f"The body is longer than {MOST_BYTES} bytes")
    request._body = bytes(content)  # where `body()` and `form()` look first
    return request._body


def _finite(text: str) -> float:
    """Read a number; NaN and infinity are not JSON."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _is_deep(body: Row) -> bool:
    level: list[Any] = [body]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(value: Any) -> list[Any]:
    parts = value.values() if isinstance(value, dict) else value
    return [part for part in parts if isinstance(part, dict | list)]


def _refused(message: str) -> Problem:
    return Problem(400, "invalid_request_body", message)
