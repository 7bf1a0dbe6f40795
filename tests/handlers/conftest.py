"""The built-in handlers on a real ledger, against the sandbox as the API."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from gigstack_events.api_keys import ApiKey
from gigstack_events.gates import Clients
from gigstack_events.ledger import Ledger
from gigstack_events.sandbox.process import SandboxProcess
from tests.engine.conftest import Bench
from tests.handlers.notifying import Desk

if TYPE_CHECKING:
    from tests.handlers.stamping import RuledShop


def key_for(livemode: bool) -> ApiKey:
    """The sandbox's keys."""
    return ApiKey(SecretStr("sk_live_sandbox" if livemode else "sk_test_sandbox"), livemode, may_write=True)


class Shop(Bench):
    """A bench whose API is the sandbox."""

    def __init__(self, url: str, ledger: Ledger, sandbox: SandboxProcess) -> None:
        super().__init__(url, ledger)
        self.sandbox = sandbox
        self.keys = Clients(key_for, sandbox.url, 5.0)  # type: ignore[assignment]  # the real thing

    def announce(
        self, type: str, resource: str, id: str = "evt_1", trust: str = "signed", **changed: Any
    ) -> None:
        """Deliver the event about an object of the sandbox, as it is now."""
        path = {"payment": "payments", "receipt": "receipts"}[type.split(".")[0]]
        object = {**self.sandbox.call("GET", f"/{path}/{resource}")["data"], **changed}
        self.deliver(id=id, type=type, trust=trust, livemode=object["livemode"], thing=object)

    def paid(self, **wanted: Any) -> dict[str, Any]:
        """A client has paid; no event is sent."""
        return self.sandbox.pay(**{"receipts": 3, "late": 0, "send": False, **wanted})

    def cfdis(self) -> list[str]:
        """The receipts that have become CFDIs, one entry for each CFDI."""
        return sorted(cfdi["receipt"] for cfdi in self.sandbox.journal()["cfdis"])


@pytest.fixture
def shop(redis_url: str) -> Iterator[Shop]:
    """A shop with a fresh sandbox."""
    ledger = Ledger.at(redis_url)
    with SandboxProcess(stamp_delay=(0.0, 0.01), seed=3) as sandbox:
        shop = Shop(redis_url, ledger, sandbox)
        yield shop
        shop.keys.close()
    ledger.redis.close()


@pytest.fixture(scope="session")
def shared() -> Iterator[SandboxProcess]:
    """A sandbox for all shops with rules; each looks at what came after its opening."""
    with SandboxProcess(stamp_delay=(0.0, 0.01), seed=3) as sandbox:
        yield sandbox


@pytest.fixture
def ruled(redis_url: str, shared: SandboxProcess) -> Iterator["RuledShop"]:
    """A shop whose reactions stand in a file of rules."""
    from tests.handlers.stamping import RuledShop

    ledger = Ledger.at(redis_url)
    ruled = RuledShop(redis_url, ledger, shared)
    yield ruled
    shared.call("DELETE", "/_sandbox/faults")
    ruled.keys.close()
    ledger.redis.close()


@pytest.fixture
def fault(shop: Shop) -> Callable[..., None]:
    """Switch a fault of the sandbox on."""
    return lambda **wanted: shop.sandbox.call("POST", "/_sandbox/faults", wanted)


@pytest.fixture
def desk(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk with a sink."""
    ledger = Ledger.at(redis_url)
    desk = Desk(redis_url, ledger, monkeypatch)
    yield desk
    desk.sink.stop()
    ledger.redis.close()
