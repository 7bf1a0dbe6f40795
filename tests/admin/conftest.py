"""The admin commands as an operator calls them, on an empty Redis and a sandbox."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from admin.cli import main
from gigstack_events.ledger import Ledger
from gigstack_events.sandbox.process import SandboxProcess


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


Admin = Callable[..., Said]


@pytest.fixture
def admin(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run one command; keyword arguments are environment variables."""
    for name in [name for name in os.environ if name.startswith(("GIGSTACK_", "REDIS_URL"))]:
        monkeypatch.delenv(name)

    def run(*arguments: str, **env: str) -> Said:
        with monkeypatch.context() as patch:
            for name, value in {"REDIS_URL": redis_url, **env}.items():
                patch.setenv(name, value)
            code = main(arguments)
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run


@pytest.fixture
def ledger(redis_url: str) -> Iterator[Ledger]:
    """The ledger as a worker has it."""
    ledger = Ledger.at(redis_url)
    yield ledger
    ledger.redis.close()


@pytest.fixture(scope="session")
def running() -> Iterator[SandboxProcess]:
    """A sandbox for the whole session."""
    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: SandboxProcess) -> SandboxProcess:
    """A sandbox without endpoints and faults."""
    running.call("DELETE", "/_sandbox/faults")
    for webhook in running.call("GET", "/webhooks?limit=100")["data"]:
        running.call("DELETE", f"/webhooks/{webhook['id']}")
    return running


@pytest.fixture
def api(sandbox: SandboxProcess) -> dict[str, str]:
    """The settings that lead to the sandbox."""
    return {
        "GIGSTACK_API_URL": f"{sandbox.url}/v2",
        "GIGSTACK_API_KEY": "sk_live_sandbox",
        "GIGSTACK_TEST_API_KEY": "sk_test_sandbox",
        "GIGSTACK_HANDLERS": "stamp_receipts",
    }
