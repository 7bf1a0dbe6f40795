"""A webhook may be faster than what the API shows: what it does not know yet, it is asked again for."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.engine.conftest import Bench
from tests.engine.stand_in import answering

TRUTH: dict[str, Any] = {"id": "payment_1", "status": "succeeded", "total": 116, "livemode": True}
TOLD: dict[str, Any] = {"status": "succeeded", "total": 116}
LAGS = [answering(404), answering(**{**TRUTH, "status": "processing"})]
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(params=LAGS, ids=["404", "processing"])
def lagging(bench: Bench, request: pytest.FixtureRequest) -> Bench:
    """A rule that asks for proof, and an API that lags behind its own event."""
    bench.keys.answer = request.param
    bench.handler(lambda e, ctx: e.object["total"], "payment.*", trust="signed")
    return bench


@pytest.mark.parametrize("looks", [2, 3])
def test_event_that_the_api_shows_a_little_later_is_acted_on(lagging: Bench, looks: int) -> None:
    """Nobody sends it again, for it was answered with 202: to skip it at the first look would lose it."""
    lag = lagging.keys.answer
    truth = answering(**TRUTH)
    lagging.keys.answer = lambda request: (lag if len(lagging.keys.requests) < looks else truth)(request)
    lagging.deliver(trust="secret", **TOLD)
    lagging.work()
    assert (lagging.run().state, lagging.run().reason_code, lagging.run().failures) == ("waiting", "trust", 0)
    for seconds in (6, 26):
        lagging.work(seconds=seconds)
    assert (lagging.run().state, lagging.run().result) == ("done", "116.0")


def test_what_the_api_never_shows_is_skipped(lagging: Bench) -> None:
    """Who makes events up gets three looks out of us, and no more."""
    lagging.deliver(trust="none", **TOLD)
    for seconds in (0, 6, 26, 3600):
        lagging.work(seconds=seconds)
    assert (lagging.run().state, lagging.run().reason_code) == ("skipped", "trust")
    assert len(lagging.keys.requests) == 3


def test_delivery_that_needs_no_proof_ends_the_wait(lagging: Bench) -> None:
    """Who knows an event's id does not put the true one off by sending it first."""
    lagging.deliver(trust="none", **TOLD)
    lagging.work()
    lagging.deliver(trust="signed", **TOLD)
    lagging.work()
    assert (lagging.run().state, lagging.run().result) == ("done", "116")


def test_delivery_with_other_facts_ends_the_wait(lagging: Bench) -> None:
    """The run of the forged body does not keep the true one's waiting."""
    lagging.deliver(trust="none", **TOLD)
    lagging.work()
    lagging.deliver(trust="signed", type="payment.created", total=7)
    lagging.work()
    assert {(run.state, run.result) for run in lagging.runs()} == {("done", "7")}


def test_delivery_that_comes_during_the_look_ends_the_wait(lagging: Bench) -> None:
    """The script that lets the run wait compares the trust once more."""
    lagging.deliver(trust="none", **TOLD)
    claim, lag = lagging.take_run(), lagging.keys.answer

    def meanwhile(request: httpx.Request) -> httpx.Response:
        lagging.deliver(trust="signed", **TOLD)
        return lag(request)

    lagging.keys.answer = meanwhile
    lagging.carry(claim)
    lagging.work()
    assert (lagging.run().state, lagging.run().result) == ("done", "116")
