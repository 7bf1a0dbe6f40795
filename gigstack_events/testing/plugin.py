"""The pytest plugin: fixtures for those who write handlers. Nothing is loaded before a test asks for it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gigstack_events.events import Event
    from gigstack_events.routing import Handler
    from gigstack_events.testing.bench import Bench
    from gigstack_events.testing.contract import Report
    from gigstack_events.testing.local import LocalGigstack
    from gigstack_events.testing.runs import Run

_SEED = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer `--gigstack-seed`."""
    group = parser.getgroup("gigstack-events")
    group.addoption(
        "--gigstack-seed", type=int, help="the seed of made-up events, as an earlier run printed it"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed."""
    given = config.getoption("--gigstack-seed")
    config.stash[_SEED] = random.SystemRandom().randrange(10**6) if given is None else given


def pytest_report_header(config: pytest.Config) -> str:
    """Say the seed."""
    return f"gigstack-events: --gigstack-seed={config.stash[_SEED]}"


@pytest.fixture(scope="session")
def _gigstack_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    from gigstack_events.embedded import EmbeddedRedis
    from gigstack_events.testing.bench import Bench
    from gigstack_events.testing.local import LocalGigstack

    folder = tmp_path_factory.mktemp("gigstack-redis")
    with EmbeddedRedis(folder, extra=("--appendonly", "no")) as server, LocalGigstack() as gigstack:
        bench = Bench(server.url, gigstack)
        yield bench
        bench.close()
        gigstack.clients.close()


@pytest.fixture
def gigstack(_gigstack_bench: Bench, request: pytest.FixtureRequest) -> LocalGigstack:
    """Give the sandbox in this process, empty: `.api`, `.pay(...)`, `.fault(...)`, `.journal()`, `.url`."""
    seed = request.config.stash[_SEED]
    print(f"--gigstack-seed={seed}")  # beside what else a failed test has printed
    _gigstack_bench.clear()
    _gigstack_bench.gigstack.begin(seed)
    return _gigstack_bench.gigstack


@pytest.fixture
def make_event(gigstack: LocalGigstack) -> Callable[..., Event]:
    """Make an event of any of the 26 types, about a new object that the sandbox knows.

    `make_event("payment.succeeded", object={"total": 100})`; `about="payment_..."` tells of an existing one.
    """
    return gigstack.event


@pytest.fixture
def run_handler(_gigstack_bench: Bench, gigstack: LocalGigstack) -> Callable[..., Run]:
    """Run a handler for an event, on a real ledger: `run_handler(thank, event, options={...})`.

    The same event once more is a duplicate delivery.
    """

    def run_and_tell(handler: Handler, event: Event, **how: Any) -> Run:
        run = _gigstack_bench.run(handler, event, **how)
        if run.reason:
            print(f"{handler.name} is {run.state}: {run.reason}")  # a failed test shows it
        return run

    return run_and_tell


@pytest.fixture
def handler_contract(
    _gigstack_bench: Bench, gigstack: LocalGigstack, request: pytest.FixtureRequest
) -> Callable[..., Report]:
    """Play a handler under all that can go wrong: `handler_contract(thank, "payment.succeeded")`."""
    from gigstack_events.testing.contract import check_handler

    seed = request.config.stash[_SEED]

    def play(handler: Any, event: str, **more: Any) -> Report:
        report = check_handler(_gigstack_bench, handler, event, seed=seed, **more)
        report.insist()
        return report

    return play
