"""`run_handler` runs a handler as a worker would, on a real ledger."""

from collections.abc import Callable

import pytest
from pydantic import BaseModel

from gigstack_events import Context, DidNotHappen, Event, GiveUp, Happened, RetryLater, on
from gigstack_events.testing import LocalGigstack, Run

MakeEvent = Callable[..., Event]
RunHandler = Callable[..., Run]


class Wish(BaseModel):
    """What the handler below says."""

    words: str = "thank you"


@on("payment.succeeded", options=Wish)
def thank(event: Event, ctx: Context) -> str:
    """Thank a client, once for each payment."""
    client = ctx.gigstack.clients.get(event.object["client"]["id"])
    ctx.effect("thanks", lambda key: {"to": client.email}, on=event.object["id"], repeatable=True)
    return str(ctx.options.words)


@on("payment.succeeded")
def thank_again(event: Event, ctx: Context) -> None:
    """Do the same act under another handler's name."""
    ctx.effect("thank:thanks", lambda key: None, on=event.object["id"], repeatable=True)


def test_a_run_shows_what_was_done(make_event: MakeEvent, run_handler: RunHandler) -> None:
    """State, result and effects are there to be asserted."""
    event = make_event()
    run = run_handler(thank, event, options={"words": "gracias"})
    assert (run.state, run.result, run.attempt) == ("done", "gracias", 1)
    (effect,) = run.effects
    assert (effect.name, effect.on, effect.state) == ("thanks", event.object["id"], "done")
    assert effect.result == {"to": event.object["client"]["email"]}


def test_why_a_run_is_not_done_is_printed(
    make_event: MakeEvent, run_handler: RunHandler, capsys: pytest.CaptureFixture[str]
) -> None:
    """An assertion about its state alone would not say what the author got wrong, and where."""

    @on("payment.succeeded")
    def slip(event: Event, ctx: Context) -> str:
        return str(event.object["amount"])

    run_handler(slip, make_event())
    said = capsys.readouterr().out
    assert "slip is waiting: will be tried again after KeyError: 'amount' (test_runs.py:" in said


def test_the_same_event_is_a_duplicate(make_event: MakeEvent, run_handler: RunHandler) -> None:
    """A second delivery runs nothing."""
    event = make_event()
    assert run_handler(thank, event) == run_handler(thank, event)


def test_another_handler_gets_the_same_event(make_event: MakeEvent, run_handler: RunHandler) -> None:
    """Each handler has its own run for it; an act under a shared name is done once."""
    event = make_event()
    run_handler(thank, event)
    run = run_handler(thank_again, event)
    assert (run.state, run.effects[0].result) == ("done", {"to": event.object["client"]["email"]})
    assert run_handler(thank, event).result == "thank you"


def test_time_passes_when_the_test_says_so(make_event: MakeEvent, run_handler: RunHandler) -> None:
    """A run that waits goes on after its pause, without anybody waiting for it."""

    @on("payment.succeeded")
    def patient(event: Event, ctx: Context) -> float:
        if ctx.age < 3600:
            raise RetryLater(3600, "the bank sleeps")
        return ctx.age

    run = run_handler(patient, make_event())
    assert (run.state, run.reason, round(run.again_in)) == ("waiting", "the bank sleeps", 3600)
    run = run.wait(60)
    assert run.state == "waiting"
    assert run.wait().result == pytest.approx(3600, abs=60)


def test_lost_answer_is_checked(
    make_event: MakeEvent, run_handler: RunHandler, gigstack: LocalGigstack
) -> None:
    """Faults of the API are a line in a test, and `settle` plays the rest."""

    @on("receipt.created")
    def stamp(event: Event, ctx: Context) -> str:
        id = event.object["id"]

        def check() -> Happened | DidNotHappen:
            return Happened() if ctx.gigstack.receipts.get(id).is_stamped else DidNotHappen()

        ctx.effect("receipt:stamp", lambda key: ctx.gigstack.receipts.stamp(id).id, on=id, check=check)
        return "stamped"

    event = make_event("receipt.created")
    gigstack.fault("lost", "receipts.stamp", times=1)
    run = run_handler(stamp, event)
    assert (run.state, run.code) == ("waiting", "unknown")
    assert run.settle().result == "stamped"
    assert len(gigstack.journal("cfdis")["cfdis"]) == 1
    assert gigstack.api.receipts.get(event.object["id"]).is_stamped


def test_failure_tells_its_reason(make_event: MakeEvent, run_handler: RunHandler) -> None:
    """What an operator would read is what the test reads."""

    @on("payment.succeeded")
    def hopeless(event: Event, ctx: Context) -> None:
        raise GiveUp("no address")

    run = run_handler(hopeless, make_event())
    assert (run.state, run.reason) == ("failed", "no address")


def test_event_that_is_not_for_the_handler_is_told(make_event: MakeEvent, run_handler: RunHandler) -> None:
    """A test of the wrong event is a mistake, not a run that never comes."""
    with pytest.raises(ValueError, match=r"thank is for payment\.succeeded, not for receipt\.created"):
        run_handler(thank, make_event("receipt.created"))


def test_function_without_on_is_told(make_event: MakeEvent, run_handler: RunHandler) -> None:
    """A forgotten decorator is named."""
    with pytest.raises(TypeError, match=r"is no handler: put @on\(\.\.\.\) before it"):
        run_handler(lambda event, ctx: None, make_event())


@pytest.mark.parametrize("type", ["run.failed", "schedule.due", "fiscal_data.missing"])
def test_event_of_our_own_reaches_the_handler(
    type: str, make_event: MakeEvent, run_handler: RunHandler
) -> None:
    """What this program itself says can be tried too; one that names its rule names this one."""
    noun = type.partition(".")[0]
    listener = on(f"{noun}.*", name="listener", writes=False)(lambda event, ctx: event.object.get("rule"))
    run = run_handler(listener, make_event(type, object={"tell": "another", "run": "r1"}))
    assert run.state == "done"
    assert type != "schedule.due" or run.result == "listener"
