"""The walk: what is wrong, on each side, for every operation of the list. An empty answer is the proof."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import httpx

from gigstack_events.api import ApiError, Gigstack
from gigstack_events.api.reference import operations
from tests.contract.samples import SAMPLES, Sample

Rows = list[dict[str, str]]

# What the walk knows: every part of a path is another text, so that swapped ones show.
PARTS = {
    "id": "the-id",
    "team": "the-team",
    "logId": "the-log",
    "memberId": "the-member",
    "seriesId": "A",
    "operationId": "3f0c2a51-7b0e-4a5e-9d62-0c8b1a2f4e77",
    "requestId": "the-request",
    "packageId": "the-package",
    "uuid": "B84A5A70-8D17-4B29-9C35-1B0A3C5C2D11",
}
NAMED = {
    "team": "team",
    "log": "logId",
    "member": "memberId",
    "series": "seriesId",
    "operation": "operationId",
    "request": "requestId",
    "package": "packageId",
    "uuid": "uuid",
}


class Anything(dict[str, str]):
    """Knows an id for everything."""

    def __missing__(self, name: str) -> str:
        return PARTS[NAMED.get(name, "id")]


class Kinds(dict[str, str]):
    """Knows for an id only what it is of."""

    def __missing__(self, name: str) -> str:
        return f"kind-{name}"


class Recorder:
    """An API that keeps what it was asked, and answers with what can be read as an object or a list."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path))
        return httpx.Response(200, json={"success": True, "message": "ok", "data": {"data": []}})


def list_problems(rows: Rows) -> list[str]:
    """Look at the list itself: what it is about cannot shrink unnoticed."""
    names = [row["name"] for row in rows]
    calls = {(row["method"], re.sub(r"{\w+}", "{}", row["path"])) for row in rows}
    beyond = sum(row["section"].startswith("Beyond") for row in rows)
    found = []
    if (len(rows), beyond) != (151, 47):
        found.append(
            f"{len(rows) - beyond} operations of the reference and {beyond} beyond it, not 104 and 47"
        )
    if len(set(names)) != len(names) or len(calls) != len(rows):
        found.append("an operation stands there twice")
    return found


def client_problems(
    rows: Rows,
    samples: Mapping[str, Sample] = SAMPLES,
    wrap: Callable[[Gigstack], Any] = lambda gigstack: gigstack,
) -> list[str]:
    """Call every operation; `wrap` may hide some."""
    return [
        f"{row['name']}: {told}" for row in rows if (told := _called(row, samples.get(row["name"]), wrap))
    ]


def _called(row: dict[str, str], sample: Sample | None, wrap: Callable[[Gigstack], Any]) -> str:
    if sample is None:
        return "has no sample"
    recorder = Recorder()
    transport = httpx.MockTransport(recorder)
    with Gigstack("sk_live_0123456789", base_url="https://api.example/v2", transport=transport) as gigstack:
        try:
            result = sample(wrap(gigstack), Anything())
            if isinstance(result, Iterator):
                list(result)
        except AttributeError as error:
            return f"is not there ({error})"
        except ApiError as error:
            if not recorder.asked:
                return f"refuses its sample ({error})"
    if row["name"].startswith("catalogs."):
        return "" if isinstance(result, Mapping) and result and not recorder.asked else "has no data"
    wanted = (row["method"], filled(row["path"]))
    return "" if recorder.asked == [wanted] else f"asked for {recorder.asked}, not for {wanted}"


def kinds(name: str) -> dict[str, str]:
    """Tell of what kind the ids in an operation's path are: its sample puts them there."""
    path = next((row["path"] for row in operations() if row["name"] == name), None)
    if path is None:
        return {}  # the sandbox offers more than the list
    recorder = Recorder()
    transport = httpx.MockTransport(recorder)
    address = "https://api.example"
    api = Gigstack("sk_live_0", base_url=address, transport=transport, check_inputs=False)
    with api, suppress(ApiError):
        result = SAMPLES[name](api, Kinds())
        if isinstance(result, Iterator):
            list(result)
    parts = zip(path.split("/"), recorder.asked[0][1].split("/"), strict=True) if recorder.asked else ()
    return {part[1:-1]: asked.removeprefix("kind-") for part, asked in parts if part.startswith("{")}


def filled(path: str) -> str:
    """Fill in the parts of a path."""
    parts = {**PARTS, "id": PARTS["team"]} if path.startswith("/teams/") else PARTS
    return "/v2" + path.format(**parts)


def sandbox_problems(rows: Rows, document: Mapping[str, Any]) -> list[str]:
    """Compare with what the sandbox's OpenAPI document says that it serves."""
    served = {
        operation["operationId"]: (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    return [
        f"{row['name']}: serves {served.get(row['name'])}, not {(row['method'], row['path'])}"
        for row in rows
        if served.get(row["name"]) != (row["method"], row["path"])
    ]


def manual_problems(rows: Rows, page: str) -> list[str]:
    """Compare with the rows of the manual page."""
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    return [f"{row['name']}: has no row" for row in rows if not any(_is_row(line, row) for line in lines)]


def _is_row(line: str, row: dict[str, str]) -> bool:
    call = re.match(rf"\| `{re.escape(row['name'])}[(`]", line)
    return bool(call) and f"| `{row['method']} {row['path']}` |" in line
