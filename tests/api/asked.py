"""What a call asked the API for, to be compared as a whole."""

import json
from typing import Any, NamedTuple

import httpx


class Asked(NamedTuple):
    """Method, path below the API's address, JSON body and query."""

    method: str
    path: str
    body: Any = None
    query: dict[str, str] = {}  # noqa: RUF012 -- never changed


def asked(request: httpx.Request) -> Asked:
    """Read a request that carries JSON or nothing."""
    path = request.url.path.removeprefix("/v2")
    body = json.loads(request.content) if request.content else None
    return Asked(request.method, path, body, dict(request.url.params))


def form(request: httpx.Request) -> dict[str, tuple[str | None, bytes]]:
    """Read a multipart request: field to the file's name, None for texts, and the content."""
    boundary = request.headers["content-type"].split("boundary=")[1].encode()
    found = {}
    for part in request.content.split(b"--" + boundary)[1:-1]:
        head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
        marks = dict(mark.split("=") for mark in head.decode().splitlines()[0].split("; ")[1:])
        name = marks["filename"].strip('"') if "filename" in marks else None
        found[marks["name"].strip('"')] = (name, content)
    return found
