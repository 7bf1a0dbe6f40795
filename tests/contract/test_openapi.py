"""The sandbox's description of itself: `GET /openapi.json`."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from schemathesis.core.result import Ok

from gigstack_events.sandbox.process import SandboxProcess
from tests.contract.story import Story


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for row in methods.values():
            yield path, row


def answer(row: dict[str, Any]) -> Any:
    schema = row["responses"]["200"]["content"]["application/json"]["schema"]
    return schema.get("properties", {}).get("data")


def test_it_needs_no_key_and_is_the_same_under_v2(
    contract_sandbox: SandboxProcess, document: dict[str, Any]
) -> None:
    """Tools fetch it before anybody has given them a key."""
    for prefix in ("", "/v2"):
        reply = httpx.get(f"{contract_sandbox.url}{prefix}/openapi.json")
        assert (reply.status_code, reply.json()) == (200, document)
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "/v2"}]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """Types that several operations use are named once; nothing is named that is not there."""
    names = set(json.dumps(document).split('"$ref": "')[1:])
    found = {name.partition('"')[0] for name in names}
    assert len(found) > 100
    for name in found:
        place: Any = document
        for part in name.removeprefix("#/").split("/"):
            place = place[part]


def test_every_operation_says_what_it_answers(document: dict[str, Any]) -> None:
    """An answer without a type could be anything: only ends and e-mails may answer so."""
    untyped = {row["operationId"] for _, row in operations(document) if answer(row) in (None, {})}
    assert {name.partition(".")[2].partition("_")[0] for name in untyped} <= {"delete", "remove", "reset"}


def test_every_writing_operation_with_a_body_describes_it(document: dict[str, Any]) -> None:
    """A caller sees what to send: the fields, whether any must be there, and what a form takes."""
    bodies = {
        row["operationId"]: row["requestBody"] for _, row in operations(document) if "requestBody" in row
    }
    assert bodies["payments.register"]["required"] is True
    assert bodies["receipts.stamp"]["required"] is False
    assert list(bodies["sat.upload_fiel"]["content"]) == ["multipart/form-data"]
    for name in (
        "clients.create",
        "invoices.income.create",
        "sat.request",
        "webhooks.create",
        "users.update",
    ):
        assert list(bodies[name]["content"]) == ["application/json"], name


def test_parts_of_a_path_are_parameters_and_any_call_takes_a_team(document: dict[str, Any]) -> None:
    """What stands in braces is described, and `team` is named once for all."""
    shared = {"$ref": "#/components/parameters/team"}
    for path, row in operations(document):
        parts = {entry["name"] for entry in row["parameters"] if entry.get("in") == "path"}
        assert parts == {part.partition("}")[0] for part in path.split("{")[1:]}
        assert shared in row["parameters"]


@pytest.mark.parametrize("status", ["400", "401", "404", "429", "500"])
def test_errors_may_come_in_either_envelope(status: str, document: dict[str, Any]) -> None:
    """The API answers with an error in two shapes: whoever reads the document must expect both."""
    schema = document["components"]["responses"][status]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Error"}
    assert len(document["components"]["schemas"]["Error"]["oneOf"]) == 2


def test_every_reply_of_the_story_is_as_declared(story: Story, document: dict[str, Any]) -> None:
    """What the sandbox answered while a business did all that there is fits its own description."""
    schema = schemathesis.openapi.from_dict(document)
    described = [row.ok() for row in schema.get_all_operations() if isinstance(row, Ok)]
    by_name = {row.definition.raw["operationId"]: row for row in described}
    told = {name: replies for name, replies in story.responses.items() if not name.startswith("catalogs.")}
    assert len(told) == 145
    for name, replies in told.items():
        for reply in replies:
            by_name[name].validate_response(reply)
