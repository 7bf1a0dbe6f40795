"""One sandbox, whose clock goes ahead, and a team of its own for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.sandbox.process import SandboxProcess
from tests.handlers.conftest import Shop
from tests.handlers.sat.office import Sat


@pytest.fixture(scope="module")
def office() -> Iterator[SandboxProcess]:
    """One sandbox, whose clock goes ahead, for all teams here."""
    with SandboxProcess(seed=3) as sandbox:
        yield sandbox


@pytest.fixture
def sat(
    office: SandboxProcess, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sat]:
    """A shop whose SAT can be asked."""
    ledger = Ledger.at(redis_url)
    shop = Shop(redis_url, ledger, office)
    yield Sat(shop, tmp_path / "cfdi", monkeypatch)
    shop.keys.close()
    ledger.redis.close()


@pytest.fixture
def fault(office: SandboxProcess) -> Callable[..., None]:
    """Switch a fault of the sandbox on."""
    return lambda **wanted: office.call("POST", "/_sandbox/faults", wanted)
