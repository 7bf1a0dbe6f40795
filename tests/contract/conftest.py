"""A sandbox of its own for the whole folder, for its time is put forward; and the story, told once."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from gigstack_events.api import Gigstack
from gigstack_events.sandbox.process import SandboxProcess
from tests.contract.chapters import CHAPTERS, Chapter
from tests.contract.making import Maker
from tests.contract.story import Story

SEED = 23


@dataclass(frozen=True)
class Told:
    """A story and the chapters that went wrong."""

    story: Story
    failures: dict[Chapter, Exception]


@pytest.fixture(scope="session")
def contract_sandbox() -> Iterator[SandboxProcess]:
    print(f"sandbox seed {SEED}")
    with SandboxProcess(seed=SEED, stamp_delay=(0, 0), late=(0, 0)) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def document(contract_sandbox: SandboxProcess) -> dict[str, Any]:
    return dict(contract_sandbox.call("GET", "/openapi.json"))


@pytest.fixture(scope="session")
def told(contract_sandbox: SandboxProcess) -> Iterator[Told]:
    story = Story(contract_sandbox)
    failures: dict[Chapter, Exception] = {}
    for chapter in CHAPTERS:
        try:
            chapter(story)
        except Exception as error:
            failures[chapter] = error
    yield Told(story, failures)
    story.api.close()


@pytest.fixture(scope="session")
def contract_api(contract_sandbox: SandboxProcess) -> Iterator[Gigstack]:
    with Gigstack("sk_live_sandbox", base_url=contract_sandbox.url, timeout=30) as api:
        yield api


@pytest.fixture(scope="session")
def contract_http(contract_sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    """Sends what no client would."""
    headers = {"Authorization": "Bearer sk_live_sandbox"}
    # An empty trust store: reading the real one takes longer than all the calls.
    verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with httpx.Client(base_url=contract_sandbox.url, headers=headers, verify=verify, timeout=30) as client:
        yield client


@pytest.fixture
def maker(contract_sandbox: SandboxProcess, contract_api: Gigstack) -> Maker:
    return Maker(contract_sandbox, contract_api)


@pytest.fixture
def story(told: Told) -> Story:
    return told.story
