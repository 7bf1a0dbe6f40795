"""Answers that are neither yes nor no: who can be asked again is, before a person has to look."""

from typing import Any

import httpx
import pytest

from gigstack_events import ApiError, Happened, Retry
from tests.engine.conftest import Bench
from tests.engine.outside import Outside
from tests.engine.stand_in import answering

PAGES = [httpx.Response(200, text="<html>back soon"), httpx.Response(200), httpx.Response(302)]


def first(bench: Bench, page: httpx.Response) -> None:
    """The API's first answer is a page of something in between."""
    pages = [page]
    bench.keys.answer = lambda request: (
        pages.pop() if pages else answering(id="r", status="invoiced")(request)
    )


@pytest.mark.parametrize("page", PAGES)
def test_page_in_place_of_an_answer_does_not_park_an_unknown_outcome(
    bench: Bench, page: httpx.Response
) -> None:
    """A proxy that says that it is busy with 200 has not said whether the receipt is stamped."""
    outside = Outside(httpx.ReadTimeout("late"))

    def act(event: Any, ctx: Any) -> Any:
        return ctx.effect(
            "act", outside.act, on="r", check=lambda: Happened(ctx.gigstack.receipts.get("r").status)
        )

    first(bench, page)
    bench.handler(act)
    bench.deliver()
    for seconds in (0, 121, 11, 11):
        bench.work(seconds=seconds)
    assert (bench.run().state, bench.run().result, outside.acts) == ("done", '"invoiced"', 1)


@pytest.mark.parametrize("page", PAGES)
def test_page_in_place_of_an_answer_does_not_fail_the_run(bench: Bench, page: httpx.Response) -> None:
    """Gigstack has refused nothing: the policy says how often it is asked again."""
    first(bench, page)
    bench.handler(lambda e, ctx: ctx.gigstack.receipts.get("r").status)
    bench.deliver()
    bench.work()
    assert (bench.run().state, bench.run().reason_code) == ("waiting", "UnexpectedAnswer")
    bench.work(seconds=5)
    assert bench.run().state == "done"


@pytest.mark.parametrize("policy", [Retry(attempts=1), Retry(attempts=2, base=0, cap=0)])
def test_few_tries_of_a_handler_are_no_measure_for_its_checks(bench: Bench, policy: Retry) -> None:
    """A policy is about failures of the handler, not about an API that cannot say just now what happened."""
    outside = Outside(httpx.ReadTimeout("late"))
    troubles = [ApiError("busy", status=503, outcome="not_done", transient=True)] * 5

    def check() -> Happened:
        if troubles:
            raise troubles.pop()
        return Happened(1)

    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r", check=check), retry=policy)
    bench.deliver()
    for seconds in (0, 121, *[130] * 5, 11):
        bench.work(seconds=seconds)
    assert (bench.run().state, outside.acts) == ("done", 1)


def test_check_that_ends_its_process_is_not_asked_for_ever(bench: Bench) -> None:
    """It is a check that fails, like any other, and in the end a person is asked."""
    outside = Outside(httpx.ReadTimeout("late"))

    def check() -> Happened:
        raise SystemExit(3)

    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r", check=check))
    bench.deliver()
    for seconds in (0, 121, *[3601] * 25):
        bench.work(seconds=seconds)
    assert (bench.run().state, outside.acts) == ("parked", 1)
    assert "the check failed (SystemExit: 3)" in bench.run().reason


def test_clock_that_is_put_back_lets_the_wait_begin_anew(bench: Bench) -> None:
    """Another server took over, and its clock is two years behind: the check comes in time all the same."""
    outside = Outside(httpx.ReadTimeout("late"))
    bench.ledger.redis.set("gs:clock:offset", 800 * 86_400_000)
    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r", check=outside.check))
    bench.deliver()
    bench.work()
    bench.ledger.redis.set("gs:clock:offset", 0)
    bench.ledger.redis.zadd("gs:attention", {bench.run().id: 1})
    for seconds in (0, 121, 11):
        assert bench.run().state == "waiting"
        bench.work(seconds=seconds)
    assert (bench.run().state, outside.acts) == ("done", 1)


@pytest.mark.parametrize("on", ["", "  "])
def test_thing_without_a_name_is_told_and_not_acted_on(bench: Bench, on: str) -> None:
    """Taken for a name it would be the same thing for every event, and only the first would be acted on."""
    outside = Outside()
    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on=on))
    bench.deliver()
    bench.work()
    assert (bench.run().state, outside.acts, bench.effect_states()) == ("failed", 0, [])
    assert "`on` is empty" in bench.run().reason


@pytest.mark.parametrize("on", ["\ud83d", "x" * 1_000_000])
def test_odd_thing_is_acted_on_and_kept_in_bounds(bench: Bench, on: str) -> None:
    """Half an emoji or a whole text: neither fills the ledger nor lets the run wait for ever."""
    outside = Outside()
    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on=on))
    bench.deliver()
    bench.work()
    assert (bench.run().state, outside.acts) == ("done", 1)
    (key,) = bench.ledger.redis.scan_iter("gs:effect:*")
    assert bench.ledger.redis.hstrlen(key, "on") <= 500
