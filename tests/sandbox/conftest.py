"""A running sandbox, shared by all tests here; each has a team of its own."""

from collections.abc import Iterator
from secrets import token_hex

import pytest

from gigstack_events.api import Gigstack
from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.administration import Office
from tests.sandbox.caller import Caller
from tests.sandbox.inbox import Inbox

SEED = 11


@pytest.fixture(scope="session")
def running() -> Iterator[SandboxProcess]:
    print(f"sandbox seed {SEED}")
    with SandboxProcess(
        seed=SEED, stamp_delay=(0.05, 0.06), late=(0.1, 0.2), delivery_backoff=0.02
    ) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def prompt() -> Iterator[SandboxProcess]:
    """A sandbox whose SAT keeps nobody waiting, shared by the tests that stamp a lot."""
    with SandboxProcess(seed=SEED, stamp_delay=(0, 0), late=(0.1, 0.2), delivery_backoff=0.02) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: SandboxProcess) -> Iterator[SandboxProcess]:
    yield running
    running.call("DELETE", "/_sandbox/faults")


@pytest.fixture
def team() -> str:
    return f"team_{token_hex(4)}"


@pytest.fixture
def gigstack(sandbox: SandboxProcess, team: str) -> Iterator[Gigstack]:
    with Gigstack("sk_live_sandbox", base_url=sandbox.url, team=team) as gigstack:
        yield gigstack


@pytest.fixture
def office(sandbox: SandboxProcess, team: str) -> Iterator[Office]:
    office = Office(sandbox.url, team)
    yield office
    office.close()


@pytest.fixture
def master(sandbox: SandboxProcess) -> Iterator[Office]:
    office = Office(sandbox.url, "team_sandbox")
    yield office
    office.close()


@pytest.fixture
def api(sandbox: SandboxProcess, team: str) -> Iterator[Caller]:
    caller = Caller(sandbox, team)
    yield caller
    caller.close()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as inbox:
        yield inbox
