"""Effects: once through retries, crashes and several events."""

from typing import Any

import httpx
import pytest

from gigstack_events import ApiError, GiveUp, NotDone, RetryLater
from gigstack_events.ledger.records import RunRecord
from tests.engine.conftest import Bench
from tests.engine.outside import Outside


def test_result_is_returned_and_kept(bench: Bench) -> None:
    """A handler that fails after its effect gets the first result back, without a second act."""
    outside, seen = Outside(), []

    def act(event: Any, ctx: Any) -> str:
        seen.append(ctx.effect("act", outside.act, on="receipt_1"))
        if ctx.attempt == 1:
            raise ValueError("afterwards")
        return "fine"

    bench.handler(act)
    bench.deliver()
    bench.work()
    bench.work(seconds=10)
    assert (outside.acts, seen) == (1, [{"act": 1}, {"act": 1}])
    assert (bench.run().state, bench.run().result) == ("done", '"fine"')


def test_same_thing_is_acted_on_once_whoever_asks(bench: Bench) -> None:
    """Two events and two handlers that share a name with a colon stamp one receipt once."""
    outside = Outside()
    for name in ("one", "two"):
        bench.handler(lambda e, ctx: ctx.effect("receipt:stamp", outside.act, on="receipt_1"), name=name)
    bench.deliver(id="evt_1")
    bench.deliver(id="evt_2", team="team_1")
    bench.work()
    assert outside.acts == 1
    assert [run.state for run in bench.runs()] == ["done"] * 4


def test_live_and_test_are_two_things(bench: Bench) -> None:
    """The same id in the other mode is another thing."""
    outside = Outside()
    bench.handler(lambda e, ctx: ctx.effect("receipt:stamp", outside.act, on="receipt_1"))
    bench.deliver(id="evt_1", livemode=True)
    bench.deliver(id="evt_2", livemode=False)
    bench.work()
    assert outside.acts == 2


def test_without_on_each_event_acts_once(bench: Bench) -> None:
    """An effect without `on` belongs to its event."""
    outside = Outside()
    bench.handler(lambda e, ctx: ctx.effect("act", outside.act))
    bench.deliver(id="evt_1")
    bench.deliver(id="evt_2")
    bench.work()
    assert outside.acts == 2


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (
            {"do": lambda: None},
            "wants a plain function of the key, such as `lambda key: ...`, not a function",
        ),
        ({"do": {"sent": 1}}, "not what has been done already (dict)"),
        ({"do": lambda key: 1, "on": {"id": "client_1"}}, "`on` is the id of a thing, as text, not dict"),
        ({"do": lambda key: 1, "check": lambda key: 1}, "`check` is a function without arguments"),
        ({"name": 5, "do": lambda key: 1}, "an effect's name is a text, not int"),
    ],
)
def test_wrong_argument_of_an_effect_is_told_and_nothing_begun(
    bench: Bench, how: dict[str, Any], told: str
) -> None:
    """No outcome is unknown, so nobody has to look: correct it, and retry the run."""
    bench.handler(lambda e, ctx: ctx.effect(**{"name": "act", **how}))
    bench.deliver()
    bench.work()
    assert (bench.run().state, bench.effect_states()) == ("failed", [])
    assert told in bench.run().reason


def test_one_identity_twice_in_a_run_is_an_error(bench: Bench) -> None:
    """A loop that forgets to name each thing is told so, and acts once."""
    outside = Outside()
    bench.handler(lambda e, ctx: [ctx.effect("act", outside.act, on="same") for _ in range(2)])
    bench.deliver()
    bench.work()
    assert outside.acts == 1
    assert bench.run().state == "failed"
    assert "twice in one run" in bench.run().reason


@pytest.mark.parametrize(
    "failure",
    [
        NotDone("no"),
        ApiError("limit", status=429, outcome="not_done", transient=True),
        httpx.ConnectError("refused"),
    ],
)
def test_not_done_is_tried_again_at_once(bench: Bench, failure: Exception) -> None:
    """What certainly did not happen needs no check."""
    outside = Outside(failure)
    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r"))
    bench.deliver()
    bench.work()
    assert bench.run().state == "waiting"
    bench.work(seconds=10)
    assert bench.run().state == "done"
    assert len(outside.keys) == 2
    assert outside.keys[0] != outside.keys[1]  # an API that remembers refusals by key is asked anew


def test_another_run_in_the_act_is_waited_for(bench: Bench) -> None:
    """Two runs of two events meet at one receipt: the second waits, then uses the first's result."""
    outside = Outside()
    inner: list[RunRecord] = []

    def slow(key: str) -> dict[str, int]:
        bench.deliver(id="evt_2")
        bench.work()  # another worker, meanwhile
        inner.extend(run for run in bench.runs() if run.state == "waiting")
        return outside.act(key)

    bench.handler(lambda e, ctx: ctx.effect("act", slow if e.id == "evt_1" else outside.act, on="r"))
    bench.deliver(id="evt_1")
    bench.work()
    assert len(inner) == 1
    bench.work(seconds=6)
    assert [run.state for run in bench.runs()] == ["done", "done"]
    assert outside.acts == 1


def test_result_that_is_not_json_is_said_and_not_repeated(bench: Bench) -> None:
    """An act that returns an object happened all the same."""
    outside = Outside()

    def returns_object(key: str) -> object:
        outside.act(key)
        return object()

    bench.handler(lambda e, ctx: ctx.effect("act", returns_object, on="r"))
    bench.deliver()
    bench.work()
    assert (bench.run().state, outside.acts) == ("failed", 1)
    assert "not JSON" in bench.run().reason


def test_writes_outside_an_effect_are_refused(bench: Bench) -> None:
    """What is not recorded does not leave the process."""
    bench.handler(lambda e, ctx: ctx.gigstack.receipts.stamp("receipt_1"))
    bench.deliver()
    bench.work()
    assert bench.run().state == "failed"
    assert "inside ctx.effect" in bench.run().reason
    assert bench.keys.requests == []


def test_reads_that_cost_money_are_writes(bench: Bench) -> None:
    """A CFDI that is bought with a GET is bought once, and only where the ledger allowed it."""
    bench.handler(lambda e, ctx: ctx.gigstack.sat.fetch_invoice("uuid_1") and None)
    bench.deliver()
    bench.work()
    assert "inside ctx.effect" in bench.run().reason
    assert bench.keys.requests == []


def test_a_read_that_costs_money_goes_within_an_effect(bench: Bench) -> None:
    """One, as any other write; plain reads beside it do not count."""

    def buy(key: str, ctx: Any) -> None:
        ctx.gigstack.sat.status("request_1")
        ctx.gigstack.sat.fetch_invoice("uuid_1")
        ctx.gigstack.sat.fetch_invoice("uuid_2")

    bench.handler(lambda e, ctx: ctx.effect("buy", lambda key: buy(key, ctx), on="uuid_1"))
    bench.deliver()
    bench.work()
    assert bench.run().state == "parked"
    assert [request.url.path.rpartition("/")[2] for request in bench.keys.requests] == ["request_1", "uuid_1"]


def test_second_write_in_one_effect_is_refused(bench: Bench) -> None:
    """One effect sends one write; the second makes the outcome unknown and a person looks."""

    def two(key: str, ctx: Any) -> None:
        ctx.gigstack.receipts.stamp("receipt_1")
        ctx.gigstack.receipts.stamp("receipt_2")

    bench.handler(lambda e, ctx: ctx.effect("act", lambda key: two(key, ctx), on="r"))
    bench.deliver()
    bench.work()
    assert bench.run().state == "parked"
    assert [request.url.path for request in bench.keys.requests] == ["/v2/receipts/receipt_1/stamp"]


def test_process_that_stood_still_does_not_act(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker frozen between the ledger's go and the call refuses to send, and the act is tried again."""
    from gigstack_events import fence

    clock = [100.0]
    monkeypatch.setattr(fence, "_boottime", lambda: clock[0])

    def frozen(key: str, ctx: Any) -> Any:
        clock[0] += 6.0 if ctx.attempt == 1 else 0.0
        return ctx.gigstack.receipts.stamp("receipt_1")

    bench.handler(lambda e, ctx: ctx.effect("act", lambda key: frozen(key, ctx), on="r"))
    bench.deliver()
    bench.work()
    assert (bench.run().state, bench.keys.requests) == ("waiting", [])
    bench.work(seconds=10)
    assert (bench.run().state, len(bench.keys.requests)) == ("done", 1)


def test_handler_control_words(bench: Bench) -> None:
    """RetryLater waits without counting a failure; GiveUp fails for good."""
    said: list[Exception] = [RetryLater(30, "not yet"), GiveUp("never")]

    def act(event: Any, ctx: Any) -> None:
        raise said.pop(0)

    bench.handler(act)
    bench.deliver()
    bench.work()
    assert (bench.run().state, bench.run().failures, bench.run().reason) == ("waiting", 0, "not yet")
    bench.work(seconds=31)
    assert (bench.run().state, bench.run().reason) == ("failed", "never")
