"""A rule in shadow tells what it would have done, and does nothing."""

import contextlib
from dataclasses import replace
from typing import Any

import pytest

from gigstack_events import GiveUp, Park
from gigstack_events.engine import Engine
from gigstack_events.events import RUN_EVENTS
from gigstack_events.ledger.internal import listen, unsent
from gigstack_events.plans import Rulebook
from gigstack_events.routing import Rule, on, rule_of
from tests.engine.conftest import Bench


class ShadowBench(Bench):
    """A bench whose rules are all in shadow."""

    def engine(self, lane: str = "live", *, stopping: bool = False) -> Engine:
        """The usual engine with other rules."""
        engine = super().engine(lane, stopping=stopping)
        engine._rules = Rulebook(replace(page.rule, shadow=True) for page in engine._rules._pages)
        return engine


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """The usual bench in shadow."""
    return ShadowBench(bench.url, bench.ledger)


def test_it_ends_at_the_first_effect(bench: Bench) -> None:
    """The run says which act, on what; nothing is recorded, sent or done; reads go through."""
    done = []

    def act(event: Any, ctx: Any) -> None:
        ctx.gigstack.receipts.get("receipt_1")
        ctx.effect("receipt:stamp", lambda key: done.append(key), on="receipt_1")

    bench.handler(act)
    bench.deliver()
    bench.work()
    run = bench.run()
    assert (run.state, run.reason_code) == ("skipped", "shadow")
    assert run.reason == "shadow: would have done 'receipt:stamp' on 'receipt_1'"
    assert [request.method for request in bench.keys.requests] == ["GET"]
    assert done == bench.effect_states() == []


def test_no_handler_swallows_it(bench: Bench) -> None:
    """Whoever catches everything comes to the same end, and does no second act either."""
    done = []

    def act(event: Any, ctx: Any) -> None:
        for thing in ("one", "two"):
            with contextlib.suppress(BaseException):
                ctx.effect("act", lambda key: done.append(key), on=thing)

    bench.handler(act)
    bench.deliver()
    bench.work()
    assert (bench.run().reason, done) == ("shadow: would have done 'act' on 'one'", [])


def test_without_effects_it_tells_what_it_returned(bench: Bench) -> None:
    """What only reads shows its result."""
    bench.handler(lambda event, ctx: {"paid": True})
    bench.deliver()
    bench.work()
    run = bench.run()
    assert (run.state, run.reason_code, run.result) == ("skipped", "shadow", '{"paid":true}')
    assert run.reason == 'shadow: would have returned {"paid":true}'


@pytest.mark.parametrize(("says", "word"), [(GiveUp, "failed"), (Park, "parked")])
def test_what_it_would_have_come_to_needs_nobody(bench: Bench, says: type[Exception], word: str) -> None:
    """A handler that gives up or parks is told of, and no rule hears of a failure that nobody has."""

    def act(event: Any, ctx: Any) -> None:
        raise says("client_1 lacks its RFC")

    listen(bench.ledger.redis, RUN_EVENTS, {})
    bench.handler(act)
    bench.deliver()
    bench.work()
    assert (bench.run().state, bench.run().reason_code) == ("skipped", "shadow")
    assert bench.run().reason == f"shadow: would have {word}: client_1 lacks its RFC"
    assert unsent(bench.ledger.redis) == (0, 0)


def test_a_write_outside_an_effect_is_refused(bench: Bench) -> None:
    """The same mistake as without shadow, and the same end; no request leaves."""
    bench.handler(lambda event, ctx: ctx.gigstack.receipts.stamp("receipt_1"))
    bench.deliver()
    bench.work()
    assert bench.run().state == "failed"
    assert bench.keys.requests == []


def test_old_and_new_rules_read_each_other() -> None:
    """A snapshot without the newer fields has their defaults, and a rule that uses none writes none."""
    plain = rule_of(on("payment.succeeded", name="act")(lambda event, ctx: None), {})
    shadowed = replace(plain, shadow=True)
    assert Rule.restore(shadowed.snapshot()) == shadowed
    assert not {"when", "shadow", "schedule"} & {*plain.snapshot().replace('"', " ").split()}
    assert Rule.restore(plain.snapshot()) == plain


def test_it_tells_no_other_rule(bench: Bench) -> None:
    """What a run would say to a rule is not said: nobody shall act on what was not done."""
    bench.handler(lambda event, ctx: ctx.tell("fiscal_data.missing", "accounting", "client_1", {}))
    bench.handler(lambda event, ctx: None, "fiscal_data.missing", name="accounting")
    bench.deliver()
    bench.work()
    assert [run.rule for run in bench.runs()] == ["act"]
