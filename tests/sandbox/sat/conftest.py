"""A sandbox of their own for tests that put its time forward; each test has a team of its own."""

from collections.abc import Iterator

import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.sat.taxpayer import Taxpayer

SEED = 17


@pytest.fixture(scope="session")
def steerable() -> Iterator[SandboxProcess]:
    print(f"sandbox seed {SEED}")
    with SandboxProcess(seed=SEED, stamp_delay=(0, 0), delivery_backoff=0.02) as sandbox:
        yield sandbox


@pytest.fixture
def newcomer(steerable: SandboxProcess, team: str) -> Taxpayer:
    """A team that has done nothing yet."""
    return Taxpayer(steerable, team)


@pytest.fixture
def taxpayer(newcomer: Taxpayer) -> Taxpayer:
    """A team that may ask the SAT at once."""
    newcomer.steer(ready=True)
    return newcomer
