"""Doubt: an act whose outcome is not on record binds its run, whatever the handler makes of it."""

from typing import Any

import httpx
import pytest
import redis

from gigstack_events import ApiError, DidNotHappen, GiveUp, Happened, Park
from gigstack_events.ledger import Ledger
from tests.engine.conftest import Bench
from tests.engine.outside import Outside
from tests.making import pass_time, sweep


def deep() -> list[Any]:
    """A list too deep for JSON."""
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    return nested


def swallowing(do: Any, **more: Any) -> Any:
    """A handler that catches everything."""

    def careless(event: Any, ctx: Any) -> str:
        try:
            ctx.effect("act", do, on="r", **more)
        except Exception:
            return "all fine"
        return "settled"

    return careless


def unreachable(*args: Any, **more: Any) -> Any:
    """Redis does not answer."""
    raise redis.TimeoutError("slow")


@pytest.mark.parametrize("call", ["effect_start", "effect_end"])
def test_ledger_that_does_not_answer_is_not_swallowed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Without a record the run waits, is checked, and acts once in all."""
    outside = Outside()
    bench.handler(swallowing(outside.act, check=outside.check))
    bench.deliver()
    with monkeypatch.context() as broken:
        broken.setattr(Ledger, call, unreachable)
        bench.work()
    assert bench.run().state == "waiting"
    for seconds in (6, 121, 11):
        bench.work(seconds=seconds)
    assert (bench.run().state, bench.run().result, outside.acts) == ("done", '"settled"', 1)


def test_result_too_deep_for_json_is_on_record(bench: Bench) -> None:
    """It happened; that its result cannot be kept does not make it happen again."""
    acts: list[int] = []

    def do(key: str) -> Any:
        acts.append(1)
        return deep()

    bench.handler(swallowing(do))
    bench.deliver()
    bench.work()
    assert (bench.effect_states(), len(acts), bench.run().state) == (["done"], 1, "done")


@pytest.mark.parametrize("other", [GiveUp("no"), Park("x"), ApiError("gone", status=404, outcome="not_done")])
def test_unknown_is_not_replaced_by_another_error(bench: Bench, other: Exception) -> None:
    """A handler that catches the doubt and raises something else still waits for the check."""
    outside = Outside(httpx.ReadTimeout("late"))

    def handler(event: Any, ctx: Any) -> None:
        try:
            ctx.effect("act", outside.act, on="r", check=outside.check)
        except Exception:
            raise other from None

    bench.handler(handler)
    bench.deliver()
    for seconds in (0, 121, 11):
        bench.work(seconds=seconds)
    assert (bench.run().state, bench.effect_states(), outside.acts) == ("done", ["done"], 1)


def test_error_after_the_write_is_not_the_writes_own(bench: Bench) -> None:
    """The stamp went through, a read behind it did not: unknown, not `not done`."""
    stamps: list[str] = []

    def api(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            stamps.append(request.url.path)
            return httpx.Response(200, json={"data": {"id": "receipt_1"}})
        return httpx.Response(404, json={"message": "not yet", "error": "resource_not_found"})

    def handler(event: Any, ctx: Any) -> Any:
        def do(key: str) -> str:
            ctx.gigstack.receipts.stamp("receipt_1")
            return str(ctx.gigstack.receipts.get("receipt_1").status)

        return ctx.effect("stamp", do, on="receipt_1", check=lambda: Happened("stamped"))

    bench.keys.answer = api
    bench.handler(handler)
    bench.deliver()
    for seconds in (0, 121, 11):
        bench.work(seconds=seconds)
    assert (len(stamps), bench.run().state) == (1, "done")


def test_check_that_is_refused_for_good_parks(bench: Bench) -> None:
    """A receipt that does not exist any more is nothing to ask for every ten seconds, for ever."""
    outside = Outside(httpx.ReadTimeout("late"))

    def check() -> Happened:
        raise ApiError("no such receipt", status=404, outcome="not_done")

    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r", check=check))
    bench.deliver()
    for seconds in (0, 121):
        bench.work(seconds=seconds)
    assert bench.run().state == "parked"
    assert "no such receipt" in bench.run().reason


def test_check_that_keeps_failing_parks_in_the_end(bench: Bench) -> None:
    """It is asked later and later, and then a person is."""
    outside = Outside(httpx.ReadTimeout("late"))

    def check() -> Happened:
        raise ValueError("a bug")

    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r", check=check))
    bench.deliver()
    for _ in range(30):
        bench.work(seconds=3601)
    assert (bench.run().state, bench.run().failures, outside.acts) == ("parked", 24, 1)


def test_two_runs_that_settle_one_effect_act_once_more_at_most(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the check's last answer and the go-ahead another run may act: its doubt is ours too."""
    acts: list[str] = []

    def handler(name: str) -> Any:
        def do(key: str) -> None:
            acts.append(name)
            raise httpx.ReadTimeout("late")

        return lambda e, ctx: ctx.effect("x:stamp", do, on="receipt_1", check=lambda: DidNotHappen())

    bench.handler(handler("a"), name="a")
    bench.handler(handler("b"), name="b")
    bench.deliver()
    bench.work()
    bench.work(seconds=121)
    acts.clear()
    pass_time(bench.ledger, 11_000)
    sweep(bench.ledger)
    one, two = bench.take_run(), bench.take_run()
    real = Ledger.effect_answer

    def slow(ledger: Ledger, run: str, *args: Any, **more: Any) -> Any:
        found = real(ledger, run, *args, **more)
        if run == one.run.id:
            monkeypatch.undo()
            bench.carry(two)
        return found

    monkeypatch.setattr(Ledger, "effect_answer", slow)
    bench.carry(one)
    assert len(acts) == 1


@pytest.mark.parametrize("how", [{"repeatable": True}, {"check": DidNotHappen}])
def test_an_act_is_not_repeated_for_ever(bench: Bench, how: dict[str, Any]) -> None:
    """One that is in doubt each time is repeated later and later, and in the end a person is asked."""
    outside = Outside(*(ValueError("a bug after the call") for _ in range(100)))
    bench.handler(lambda e, ctx: ctx.effect("mail", outside.act, on="r", **how))
    bench.deliver()
    bench.work()
    pauses: list[int] = []
    while bench.run().state == "waiting" and len(pauses) < 100:
        pauses.append(round((bench.run().due - bench.ledger.now()) / 60_000))
        bench.work(seconds=(bench.run().due - bench.ledger.now()) / 1000 + 0.1)
    assert (bench.run().state, len(outside.keys)) == ("parked", 25)
    assert bench.run().reason.endswith("then say it with `runs resolve`")
    assert [pause for pause in pauses if pause][:10] == [2, 2, 2, 2, 4, 8, 16, 32, 64, 64]
