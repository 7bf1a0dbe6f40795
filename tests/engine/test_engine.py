"""The engine: gates before the handler, verdicts after it, one key at a time."""

import contextvars
import threading
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, ConfigDict

from gigstack_events import ApiError, Park, Retry
from gigstack_events.ledger.records import DispatchWork
from gigstack_events.plans import plan_runs
from gigstack_events.routing import rule_of
from tests.engine.conftest import Bench
from tests.engine.stand_in import answering
from tests.making import ask

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("left behind", default="clean")


def handled(event: Any, ctx: Any) -> str:
    """A handler that only says that it ran."""
    return "handled"


def test_event_reaches_the_handlers_that_match(bench: Bench) -> None:
    """Patterns decide; one event makes one run for each rule."""
    bench.handler(handled, "payment.succeeded", name="exact")
    bench.handler(handled, "payment.*", name="family")
    bench.handler(handled, "receipt.created", name="other")
    bench.deliver()
    bench.work()
    assert [(run.rule, run.state) for run in bench.runs()] == [("exact", "done"), ("family", "done")]


def test_supervisor_is_told_before_and_after(bench: Bench) -> None:
    """Limits can only be enforced on what was announced."""
    bench.handler(handled)
    bench.deliver()
    bench.work()
    assert bench.watcher.told == ["claimed act", "ended"]


def test_context_has_what_was_promised(bench: Bench) -> None:
    """Options as the handler's model, the attempt, the age, the deadline."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid")
        colour: str = "green"

    bench.handler(
        lambda e, ctx: [ctx.options.colour, ctx.attempt, ctx.age < 5, ctx.deadline > 0, e.object["total"]],
        options=Options,
    )
    bench.deliver(total=116)
    bench.work()
    assert bench.run().result == '["green",1,true,true,116]'


def test_error_is_tried_again_then_fails(bench: Bench) -> None:
    """Any other exception is tried again with backoff, up to the policy's bound, and then kept as failed."""

    def broken(event: Any, ctx: Any) -> None:
        raise ValueError("no such thing")

    bench.handler(broken, retry=Retry(attempts=3, base=1, cap=4))
    bench.deliver()
    states = []
    for _ in range(3):
        bench.work(seconds=5)
        states.append(bench.run().state)
    assert states == ["waiting", "waiting", "failed"]
    assert "3 times" in bench.run().reason
    assert bench.ledger.redis.zscore("gs:stuck", bench.run().id) is not None


def test_run_that_is_too_old_is_not_tried_again(bench: Bench) -> None:
    """The age counts from when the run was made, over all its attempts; the reason names it."""

    def broken(event: Any, ctx: Any) -> None:
        raise ValueError("no such thing")

    bench.handler(broken, retry=Retry(base=1, cap=1, age=100))
    bench.deliver()
    bench.work()
    assert bench.run().state == "waiting"
    bench.work(seconds=101)
    assert (bench.run().state, bench.run().failures) == ("failed", 2)
    assert "later than 100 s after the run was made" in bench.run().reason


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ApiError("bad RFC", status=422, outcome="not_done"), "failed"),
        (ApiError("bad key", status=401, outcome="not_done"), "waiting"),
        (ApiError("busy", status=429, outcome="not_done", transient=True, retry_after=50), "waiting"),
        (SystemExit(1), "waiting"),
        (Park("a person must look"), "parked"),
    ],
)
def test_errors_by_type(bench: Bench, error: BaseException, state: str) -> None:
    """A refusal for good fails at once; what may pass is tried again."""

    def act(event: Any, ctx: Any) -> None:
        raise error

    bench.handler(act)
    bench.deliver()
    bench.work()
    assert bench.run().state == state


def test_retry_after_is_honoured(bench: Bench) -> None:
    """The API's own wish is the least that a run waits."""

    def act(event: Any, ctx: Any) -> None:
        raise ApiError("busy", status=429, outcome="not_done", transient=True, retry_after=500)

    bench.handler(act)
    bench.deliver()
    bench.work()
    run = bench.run()
    assert run.due - bench.ledger.now() > 490_000


def test_result_that_is_not_json_fails(bench: Bench) -> None:
    """A handler is told what it may return."""
    bench.handler(lambda e, ctx: object())
    bench.deliver()
    bench.work()
    assert bench.run().state == "failed"
    assert "not JSON" in bench.run().reason


def test_missing_handler_parks_its_runs(bench: Bench) -> None:
    """A run whose handler has vanished waits for a person; nothing is dropped."""
    bench.handler(handled)
    bench.deliver()
    found = bench.ledger.take(ask("t")).work
    assert isinstance(found, DispatchWork)
    bench.ledger.dispatch(found.event, plan_runs([rule_of(bench.handlers["act"], {})], found.event, None))
    bench.handlers.clear()
    bench.work()
    assert (bench.run().state, bench.run().reason_code) == ("parked", "handler")


def test_context_variables_do_not_leak(bench: Bench) -> None:
    """What one run leaves in a context variable the next does not see."""

    def act(event: Any, ctx: Any) -> str:
        seen = VARIABLE.get()
        VARIABLE.set("dirty")
        return seen

    bench.handler(act)
    bench.deliver(id="evt_1")
    bench.deliver(id="evt_2")
    bench.work()
    assert [run.result for run in bench.runs()] == ['"clean"', '"clean"']


def test_mode_without_a_key_is_skipped(bench: Bench) -> None:
    """A test event is nothing for a deployment that only has a live key."""
    bench.keys.modes = {True}
    bench.handler(handled)
    bench.deliver(livemode=False)
    bench.work()
    assert (bench.run().state, bench.run().reason_code) == ("skipped", "mode")
    assert "GIGSTACK_TEST_API_KEY" in bench.run().reason


def test_event_without_mode_is_parked_for_writers_only(bench: Bench) -> None:
    """Nobody guesses whether it is live; a handler that writes nothing may still see it."""
    bench.handler(handled, name="writer")
    bench.handler(handled, name="reader", writes=False)
    bench.deliver(livemode=None)
    bench.work()
    assert [(run.rule, run.state) for run in bench.runs()] == [("reader", "done"), ("writer", "parked")]


def test_client_is_bound_to_mode_team_and_event(bench: Bench) -> None:
    """The call carries the key of the event's mode, its team and its id."""
    bench.handler(lambda e, ctx: ctx.gigstack.receipts.get("receipt_1").id)
    bench.deliver(livemode=False, team="team_1")
    bench.work()
    (request,) = bench.keys.requests
    assert request.headers["authorization"] == "Bearer sk_test_x"
    assert request.url.params["team"] == "team_1"
    assert request.headers["x-gigstack-event-id"] == bench.run().event


@pytest.mark.parametrize(("trust", "state"), [("signed", "done"), ("secret", "skipped"), ("none", "skipped")])
def test_trust_below_what_the_rule_asks_is_skipped(bench: Bench, trust: str, state: str) -> None:
    """An unsigned event that the API does not know is not acted on."""
    bench.keys.answer = lambda request: httpx.Response(
        404, json={"message": "no", "error": "resource_not_found"}
    )
    bench.handler(handled, trust="signed")
    bench.deliver(trust=trust, status="succeeded")
    bench.work()
    bench.work(seconds=31)
    assert bench.run().state == state


def test_read_back_without_an_answer_is_tried_again(bench: Bench) -> None:
    """An API that is down refuses nothing for good."""
    bench.keys.answer = answering(503)
    bench.handler(handled, trust="signed")
    bench.deliver(trust="none", status="succeeded")
    bench.work()
    assert bench.run().state == "waiting"


def test_waiters_of_a_key_follow_in_the_same_worker(bench: Bench) -> None:
    """Twenty-five events of one client are all carried out, in turns, though the worker asks only for one."""
    bench.handler(handled, key="object.client")
    for n in range(25):
        bench.deliver(id=f"evt_{n}", client={"id": "client_1"})
    bench.work()
    assert {run.state for run in bench.runs()} == {"done"}
    assert len(bench.runs()) == 25
    assert bench.runs()[0].key == "live:client_1"


def test_result_outlives_a_redis_that_refuses_for_a_moment(bench: Bench) -> None:
    """What a handler returned is recorded once Redis takes it, by the same claim."""
    server = bench.ledger.redis
    again = threading.Timer(0.4, server.config_set, ("min-replicas-to-write", 0))

    def refuse(event: Any, ctx: Any) -> str:
        server.config_set("min-replicas-to-write", 1)
        again.start()
        return "done all the same"

    bench.handler(refuse)
    bench.deliver()
    bench.work()
    again.join()
    (run,) = bench.runs()
    assert (run.state, run.attempt) == ("done", 1)
