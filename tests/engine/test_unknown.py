"""Unknown outcomes: checked, repeated where harmless, or left to a person. Never guessed."""

import hashlib
from typing import Any

import httpx
import pytest

from gigstack_events import ApiError, DidNotHappen, Happened
from gigstack_events.ledger.ids import digest
from gigstack_events.ledger.records import Claim
from tests.engine.conftest import Bench
from tests.engine.outside import Outside

UNKNOWN = [
    httpx.ReadTimeout("late"),
    ApiError("fault", status=500, outcome="unknown", transient=True),
    ValueError("a bug after the call"),
    SystemExit(3),
]


@pytest.mark.parametrize("failure", UNKNOWN)
def test_unknown_that_happened_is_found_by_check(bench: Bench, failure: BaseException) -> None:
    """An act whose answer was lost is found by the check, twice, and not repeated."""
    outside = Outside(failure)
    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r", check=outside.check))
    bench.deliver()
    bench.work()
    assert (bench.run().state, bench.run().reason_code) == ("waiting", "unknown")
    bench.work(seconds=121)
    assert bench.run().state == "waiting"  # one answer is not enough
    bench.work(seconds=11)
    assert (bench.run().state, bench.run().result) == ("done", '{"act":1}')
    assert outside.acts == 1


def test_unknown_that_did_not_happen_is_done_then(bench: Bench) -> None:
    """Two checks that find nothing allow the act."""
    outside = Outside(httpx.ReadTimeout("late"))
    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r", check=lambda: DidNotHappen()))
    bench.deliver()
    for seconds in (0, 121, 11):
        bench.work(seconds=seconds)
    assert bench.run().state == "done"
    assert len(outside.keys) == 2


def test_check_is_not_asked_before_its_time(bench: Bench) -> None:
    """The API may show an act late: nobody looks before two minutes."""
    asked: list[int] = []
    outside = Outside(httpx.ReadTimeout("late"))

    def check() -> Happened:
        asked.append(1)
        return Happened()

    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r", check=check))
    bench.deliver()
    bench.work()
    bench.ledger.redis.zadd("gs:attention", {bench.run().id: 1})  # looked at too early all the same
    bench.work(seconds=60)
    assert asked == []
    bench.work(seconds=61)
    assert asked == [1]


def test_changing_answers_start_over(bench: Bench) -> None:
    """Yes, then no: the check goes on until it says the same twice."""
    answers: list[Happened | DidNotHappen] = [Happened(1), DidNotHappen(), DidNotHappen()]
    outside = Outside(httpx.ReadTimeout("late"))
    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r", check=lambda: answers.pop(0)))
    bench.deliver()
    bench.work()
    for seconds in (121, 11):
        bench.work(seconds=seconds)
        assert bench.run().state == "waiting"
    bench.work(seconds=11)
    assert bench.run().state == "done"
    assert len(outside.keys) == 2


def test_failing_check_is_asked_again(bench: Bench) -> None:
    """An API that cannot be read just now decides nothing."""
    outside = Outside(httpx.ReadTimeout("late"))
    troubles: list[Exception] = [httpx.ConnectError("down")]

    def check() -> Happened | DidNotHappen:
        if troubles:
            raise troubles.pop()
        return outside.check()

    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r", check=check))
    bench.deliver()
    for seconds in (0, 121, 11, 11):
        bench.work(seconds=seconds)
    assert bench.run().state == "done"
    assert outside.acts == 1


def test_unknown_without_check_is_parked(bench: Bench) -> None:
    """Nobody guesses: a person decides, and a retry changes nothing by itself."""
    outside = Outside(httpx.ReadTimeout("late"))
    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r"))
    bench.deliver()
    bench.work()
    assert (bench.run().state, bench.run().reason_code) == ("parked", "parked")
    assert "`runs resolve`" in bench.run().reason
    assert outside.acts == 1


def test_repeatable_is_repeated(bench: Bench) -> None:
    """Better twice than never, where the handler says so."""
    outside = Outside(httpx.ReadTimeout("late"))
    bench.handler(lambda e, ctx: ctx.effect("tell", outside.act, on="r", repeatable=True))
    bench.deliver()
    for seconds in (0, 121):
        bench.work(seconds=seconds)
    assert bench.run().state == "done"
    assert outside.acts == 2
    assert outside.keys[0] == outside.keys[1]


def test_swallowed_unknown_still_binds(bench: Bench) -> None:
    """A handler that catches everything cannot turn an unknown outcome into a success."""
    outside = Outside(httpx.ReadTimeout("late"))

    def careless(event: Any, ctx: Any) -> str:
        try:
            ctx.effect("act", outside.act, on="r", check=outside.check)
        except Exception:
            return "all fine"
        return "settled"

    bench.handler(careless)
    bench.deliver()
    bench.work()
    assert bench.run().state == "waiting"
    for seconds in (121, 11):
        bench.work(seconds=seconds)
    assert (bench.run().state, bench.run().result) == ("done", '"settled"')


def test_check_that_returns_nonsense_parks(bench: Bench) -> None:
    """A check must say Happened or DidNotHappen; anything else is the author's mistake."""
    outside = Outside(httpx.ReadTimeout("late"))
    wrong: Any = lambda: True  # noqa: E731  # what a careless author writes
    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r", check=wrong))
    bench.deliver()
    for seconds in (0, 121):
        bench.work(seconds=seconds)
    assert bench.run().state == "parked"
    assert "Happened or DidNotHappen" in bench.run().reason


@pytest.mark.parametrize("check", [None, Happened])
def test_act_that_is_not_asked_for_again_is_left_to_a_person(bench: Bench, check: Any) -> None:
    """A handler that has begun an act and takes another way then cannot leave its outcome unknown."""

    def act(event: Any, ctx: Any) -> str:
        if ctx.attempt == 1:
            ctx.effect("mail", lambda key: None, check=check)
        return "fine"

    bench.handler(act)
    bench.deliver()
    claim = bench.take_run()
    bench.ledger.effect_start(claim.run.id, claim.token, *_begun(claim), again=False)  # and its process dies
    bench.work(seconds=21)
    assert (bench.run().state, bench.run().reason_code) == ("parked", "parked")
    assert bench.run().reason.startswith("nobody knows whether mail happened: look")


def test_act_of_another_run_keeps_nobody(bench: Bench) -> None:
    """What another run has begun is that one's to settle."""

    def act(event: Any, ctx: Any) -> str:
        if ctx.attempt == 1:
            ctx.effect("shared:mail", lambda key: None, on="x")
        return "fine"

    bench.handler(act)
    bench.deliver(id="evt_1")
    first = bench.take_run()
    name = ("shared:mail", "x")
    bench.ledger.effect_start(first.run.id, first.token, digest("f", "live", *name), *name, again=False)
    bench.deliver(id="evt_2", thing={"id": "payment_2"})
    bench.carry(bench.take_run())  # somebody is at it: this one waits
    bench.work(seconds=6)
    assert sorted(run.state for run in bench.runs()) == ["done", "running"]


def _begun(claim: Claim) -> tuple[str, str, str]:
    """The act of this run, as the engine names it."""
    run, none = claim.run, hashlib.sha256(b"{}").hexdigest()
    return digest("f", "event", run.event, run.handler, none, f"{run.handler}:mail"), "mail", ""
