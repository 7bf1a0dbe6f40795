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
    return sorted(found, key=lambda row: ["get", "post", "put", "patch", "delete"].index(row.method))


def test_made_up_calls_get_what_the_document_promises(
    running: SandboxProcess, api: Gigstack, session: requests.Session, subtests: pytest.Subtests
) -> None:
    """No call ends in a 500; statuses, types and answers are as declared; wrong calls are refused."""
    maker = Maker(running, api)
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
    path = {name: maker[_own(kind)] for name, kind in kinds(operation.definition.raw["operationId"]).items()}

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
        if mode is GenerationMode.POSITIVE and isinstance(case.body, dict) and "client" in case.body:
            case.body["client"] = {"id": maker["client"]}  # a made-up one would be a 404
        response = case.call(base_url=f"{url}/v2", session=session)
        # Whatever comes in a form's field may be a file, also what was made up as none.
        is_form = case.media_type == "multipart/form-data"
        case.validate_response(response, checks=CHECKS[:-1] if is_form else CHECKS)

    check()


def _own(kind: str) -> str:
    """The team that all the others are in is not to be deleted."""
    return "own_team" if kind == "team" else kind
