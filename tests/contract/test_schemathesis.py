"""Made-up calls, right and wrong ones, against what the sandbox's OpenAPI document promises."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from gigstack_events.api import Gigstack
from gigstack_events.sandbox.process import SandboxProcess
from tests.contract.making import Maker
from tests.contract.walk import kinds

SEED = 5
EXAMPLES = 3
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
# Made-up keys would all end in a 401; what a missing key does has a test elsewhere.
CONFIG = {"generation": {"allow-extra-parameters": False, "with-security-parameters": False}}


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxProcess]:
    print(f"seed {SEED}")
    with SandboxProcess(seed=SEED, stamp_delay=(0, 0)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def api(running: SandboxProcess) -> Iterator[Gigstack]:
    with Gigstack("sk_live_sandbox", base_url=running.url, timeout=30) as api:
        yield api


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = "Bearer sk_live_sandbox"
        yield session


def operations(sandbox: SandboxProcess) -> list[APIOperation[Any, Any, Any, Any]]:
    """Give the operations, those that destroy what others look at behind the others."""
    config = SchemathesisConfig.from_dict(CONFIG)
    schema = schemathesis.openapi.from_url(f"{sandbox.url}/openapi.json", config=config)
    found = [row.ok() for row in schema.get_all_operations() if isinstance(row, Ok)]
    assert len(found) >= 145
    return sorted(found, key=_how_late)


def test_made_up_calls_get_what_the_document_promises(
    running: SandboxProcess, api: Gigstack, session: requests.Session, subtests: pytest.Subtests
) -> None:
    """No call ends in a 500; statuses, types and answers are as declared; wrong calls are refused."""
    maker = Maker(running, api)
    maker.set_up_sat()
    for operation in operations(running):
        for mode in modes(operation):
            with subtests.test(operation=operation.label, mode=mode.value):
                try_out(operation, mode, maker, running.url, session)


def modes(operation: APIOperation[Any, Any, Any, Any]) -> Iterator[GenerationMode]:
    """Right calls for all; wrong ones where something can be wrong: any text may be a team or an id."""
    yield GenerationMode.POSITIVE
    if operation.body or any(parameter.name != "team" for parameter in operation.query):
        yield GenerationMode.NEGATIVE


def try_out(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    maker: Maker,
    url: str,
    session: requests.Session,
) -> None:
    """Make up some calls about objects that exist, and check their answers."""
    name = operation.definition.raw["operationId"]
    path = {part: maker[_fit(name, kind)] for part, kind in kinds(name).items()}

    @seeded(SEED)
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode, path_parameters=path))
    def check(case: Case[Any]) -> None:
        if mode is GenerationMode.POSITIVE and isinstance(case.body, dict):
            _be_about_what_exists(case.body, maker)
        response = case.call(base_url=f"{url}/v2", session=session)
        # Whatever comes in a form's field may be a file, also what was made up as none.
        is_form = case.media_type == "multipart/form-data"
        case.validate_response(response, checks=CHECKS[:-1] if is_form else CHECKS)

    check()


def _how_late(operation: APIOperation[Any, Any, Any, Any]) -> tuple[int, int]:
    """What ends something comes behind what needs it."""
    ends = any(word in operation.path for word in ("deactivate", "cancel", "remove"))
    return int(ends), ["get", "post", "put", "patch", "delete"].index(operation.method)


def _fit(name: str, kind: str) -> str:
    """Name the kind of object that an operation is about where several have the same word for it."""
    if name.startswith("teams.") and kind == "team":
        return "own_team"  # the team that all the others are in is not to be deleted
    return _FIT.get((name.partition(".")[0], kind)) or _FIT.get((name, kind), kind)


_FIT = {
    ("sat", "uuid"): "sat_uuid",
    ("api_logs", "log"): "api_log",
    ("webhooks.get_operation", "operation"): "manual_operation",
    ("webhooks.get_configuration_operation", "operation"): "configuration_operation",
    ("payments.mark_as_paid", "payment"): "requested_payment",
    ("payments.cancel", "payment"): "requested_payment",
}


def _be_about_what_exists(body: dict[str, Any], maker: Maker) -> None:
    """A made-up client or item would be a 404."""
    for name, found in (("client", {"id": maker["client"]}), ("items", [{"id": maker["service"]}])):
        if name in body:
            body[name] = found
