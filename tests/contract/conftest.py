"""A sandbox of its own for the whole folder: its time may be put forward."""

from collections.abc import Iterator
from typing import Any

import pytest

from gigstack_events.sandbox.process import SandboxProcess

SEED = 23


@pytest.fixture(scope="session")
def contract_sandbox() -> Iterator[SandboxProcess]:
    print(f"sandbox seed {SEED}")
    with SandboxProcess(seed=SEED, stamp_delay=(0, 0), late=(0, 0)) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def document(contract_sandbox: SandboxProcess) -> dict[str, Any]:
    return dict(contract_sandbox.call("GET", "/openapi.json"))
