"""The built-in reactions keep the contract that authors are held to."""

import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from gigstack_events import Event
from gigstack_events.discovery import discover
from gigstack_events.testing import Report, World
from tests.handlers.sink import Sink

HANDLERS = discover(Path(__file__).parents[2] / "handlers").handlers
Contract = Callable[..., Report]


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A system that is told."""
    sink = Sink(lambda: time.time_ns() // 1_000_000)
    yield sink
    sink.stop()


def paid(world: World) -> Event:
    """Make a payment with two receipts."""
    return world.make_event("payment.succeeded", about=world.gigstack.pay(receipts=2)["payment"])


def connected(world: World, storage: Path) -> Event:
    """Connect a team with the SAT; nothing is stored yet."""
    shutil.rmtree(storage, ignore_errors=True)
    storage.mkdir()
    world.gigstack.call("POST", "/_sandbox/sat", {"ready": True, "livemode": world.gigstack.livemode})
    return world.make_event("teams.sat.completed")


def test_stamp_receipts(handler_contract: Contract) -> None:
    """No receipt is stamped twice, whatever happens."""
    report = handler_contract(HANDLERS["stamp_receipts"].handler, "payment.succeeded", given=paid)
    assert report.plays > 40


def test_sat_download(handler_contract: Contract, tmp_path: Path) -> None:
    """No month is asked for twice."""
    options = {"storage": str(tmp_path), "months": 2}
    report = handler_contract(
        HANDLERS["sat_download"].handler,
        "teams.sat.completed",
        given=partial(connected, storage=tmp_path),
        options=options,
    )
    assert report.plays > 60


def test_notify(handler_contract: Contract, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two destinations are told."""
    monkeypatch.setenv("GIGSTACK_DESTINATIONS", f'ops = "{sink.url}"\nmail = "{sink.url}/mail"')
    report = handler_contract(HANDLERS["notify"].handler, "invoice.failed", options={"to": ["ops", "mail"]})
    assert report.plays > 10


def test_forward(handler_contract: Contract, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another system gets the event."""
    url = f"http://127.0.0.1:{sink.port}/hook"
    monkeypatch.setenv("GIGSTACK_DESTINATIONS", f'erp = {{ url = "{url}", secret = "a secret of the erp" }}')
    options = {"to": ["erp"], "allow_private": True}
    report = handler_contract(HANDLERS["forward"].handler, "receipt.created", options=options)
    assert report.plays > 5
