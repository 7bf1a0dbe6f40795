"""The documented examples: the client reads them, the sandbox answers like them and takes what they send."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gigstack_events import events
from gigstack_events.api import ApiError, Gigstack, errors
from gigstack_events.api.reference import operations
from tests.contract.comparing import misread, misshapen
from tests.contract.making import Maker
from tests.contract.samples import SAMPLES
from tests.contract.story import Story
from tests.contract.walk import Anything

Example = dict[str, Any]

FOLDER = Path(__file__).parent / "examples"
PATHS = {row["name"]: (row["method"], row["path"]) for row in operations()}
_NO_OBJECTS = ("events", "errors")


def read(name: str) -> list[Example]:
    return list(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def examples(part: str) -> list[Any]:
    """Give the examples that have this part, each with a name for the test's report."""
    names = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem not in _NO_OBJECTS)
    rows = [row for name in names for row in read(name) if part in row]
    return [pytest.param(row, id=f"{row['operation']}-{number}") for number, row in enumerate(rows)]


def gigstack(reply: httpx.Response) -> Gigstack:
    transport = httpx.MockTransport(lambda request: reply)
    return Gigstack("sk_live_0123456789", base_url="https://api.example/v2", transport=transport)


@pytest.mark.parametrize("example", examples("reply"))
def test_the_client_reads_every_documented_value(example: Example) -> None:
    """No documented field is lost, changed or left without a type; times become milliseconds."""
    with gigstack(httpx.Response(200, json=example["reply"])) as api:
        result = SAMPLES[example["operation"]](api, Anything())
        result = list(result) if isinstance(result, Iterator) else result
    documented = example["reply"]["data"]
    if isinstance(documented, dict) and isinstance(result, list | tuple | bytes):
        documented = next(reversed(documented.values()))  # the client hands out what the object holds
    if result is not None:  # a deletion answers with nothing
        assert "\n".join(misread(result, documented)) == ""


@pytest.mark.parametrize("example", [row for row in examples("reply") if not row.values[0].get("of_others")])
def test_the_sandbox_answers_like_the_documentation(example: Example, story: Story) -> None:
    """Every documented field is there with its type of JSON; what is more, or null, the API may do too."""
    left_out = {"data", "message", "timestamp", "success", *example.get("open", ())}
    documented = {name: value for name, value in example["reply"].items() if name not in left_out}
    documented["data"] = _without(example["reply"]["data"], example.get("open", ()))
    nullable = example.get("nullable", False)
    found: list[list[str]] = [
        list(misshapen(reply, documented, nullable=nullable, name="reply"))
        for reply in story.replies[example["operation"]]
    ]
    assert found, "the story calls it in vain"
    fewest = min(found, key=lambda problems: len(problems))
    assert "\n".join(fewest) == ""


@pytest.mark.parametrize("example", examples("body"))
def test_the_sandbox_takes_what_is_documented(
    example: Example, maker: Maker, contract_http: httpx.Client
) -> None:
    """A body from the documentation is accepted as it stands there, with ids that exist."""
    method, path = PATHS[example["operation"]]
    if example["operation"].startswith("sat."):
        maker.set_up_sat()
    parts = {name: maker.real(given) for name, given in example.get("path", {}).items()}
    body = json.loads(maker.filled(json.dumps(example["body"])))
    headers = example.get("headers", {})
    reply = contract_http.request(method, path.format(**parts), json=body, headers=headers)
    assert reply.is_success, f"{reply.status_code} {reply.text}"


@pytest.mark.parametrize("example", read("events"), ids=lambda row: str(row["source"]))
def test_every_documented_envelope_is_read(example: Example) -> None:
    """The documented envelope and the odd ones of official texts give the same kind of event."""
    event = events.normalise(json.dumps(example["event"]).encode(), {})
    shown = {
        "id": event.id,
        "type": event.type,
        "created_at": event.created_at,
        "livemode": event.livemode,
        "team": event.team,
        "object_id": event.object.get("id"),
    }
    assert {name: shown[name] for name in example["read"]} == example["read"]


@pytest.mark.parametrize("example", read("errors"), ids=lambda row: str(row["source"]))
def test_every_documented_error_is_told_apart(example: Example) -> None:
    """Both envelopes, a false success and a page that is no JSON raise the error that the tree names."""
    content = {"json": example["reply"]} if "reply" in example else {"text": example["text"]}
    with gigstack(httpx.Response(example["status"], **content)) as api, pytest.raises(ApiError) as raised:
        api.bound(timeout=0.01).receipts.create(client="client_1", items=[{"id": "service_1"}])
    assert type(raised.value) is getattr(errors, example["error"])


def _without(documented: Any, open: list[str]) -> Any:
    if isinstance(documented, list):
        return [_without(row, open) for row in documented]
    if isinstance(documented, dict):
        return {name: value for name, value in documented.items() if name not in open}
    return documented
