"""Conditions in the engine: a run says why it was not let through, and forged bodies do not open it."""

from tests.engine.conftest import Bench
from tests.engine.stand_in import answering


def test_run_that_cannot_be_decided_is_skipped_with_the_reason(bench: Bench) -> None:
    """The handler is not called; the run says what is missing."""
    called: list[str] = []
    bench.handler(lambda event, ctx: called.append(event.id))
    bench.conditions["act"] = "object.amount_paid > 100"
    bench.deliver(total=5)
    bench.work()
    run = bench.run()
    assert (run.state, called) == ("skipped", [])
    assert run.reason == "`when` cannot be decided: the event has no field 'amount_paid'"


def test_condition_is_judged_by_what_the_api_confirms(bench: Bench) -> None:
    """A forged body may make a run, but what the API says of the object decides whether it goes on."""
    called: list[str] = []
    bench.handler(lambda event, ctx: called.append(event.id), trust="signed")
    bench.conditions["act"] = "object.note == 'yes'"
    bench.keys.answer = answering(id="payment_1", status="succeeded", note="no", livemode=True)
    bench.deliver(note="yes", trust="none")
    bench.work()
    assert (bench.run().state, called) == ("skipped", [])
    assert "`when` is false" in bench.run().reason
