"""Internal events: rules listen to them by name, and nobody outside can make one."""

from typing import Any

import pytest

from gigstack_events.errors import GiveUp, Park
from gigstack_events.ledger.internal import due, keep, listen
from tests.engine.conftest import Bench

SUNDAY = 1_780_000_000_000


def give_up(event: Any, ctx: Any) -> None:
    raise GiveUp("no luck")


def states(bench: Bench) -> dict[str, str]:
    return {run.rule: run.state for run in bench.runs()}


def test_a_rule_reacts_to_a_failure(bench: Bench) -> None:
    """The failed run's facts are the event's object; the handler sees where it comes from."""
    seen = []
    bench.handler(give_up)
    bench.handler(lambda event, ctx: seen.append(event), "run.failed", name="tell")
    listen(bench.ledger.redis, ["run.failed"], {})
    bench.deliver()
    bench.work()
    bench.work()  # the event came while there was nothing more to do
    assert states(bench) == {"act": "failed", "tell": "done"}
    [event] = seen
    assert (event.type, event.id_source, event.livemode) == ("run.failed", "internal", True)
    assert (event.object["rule"], event.object["reason"]) == ("act", "no luck")


def test_a_reaction_that_fails_is_the_end(bench: Bench) -> None:
    """Rules that listen to everything, and to their own failures, come to rest all the same."""
    bench.handler(give_up, "*", "run.*", name="everything")
    bench.handler(give_up, "run.*", name="tell")
    listen(bench.ledger.redis, ["run.failed", "run.parked"], {})
    bench.deliver()
    for _ in range(5):
        bench.work(seconds=1)
    assert sorted(run.rule for run in bench.runs()) == ["everything", "everything", "tell"]


@pytest.mark.parametrize("type", ["run.failed", "run.parked", "schedule.due"])
def test_nobody_outside_makes_one(bench: Bench, type: str) -> None:
    """A signed delivery that claims such a type is kept, and matches nothing."""
    for number, pattern in enumerate(("run.*", "run.failed", "run.parked", "schedule.due", "*")):
        bench.handler(lambda event, ctx: None, pattern, name=f"rule_{number}", schedule="* * * * *")
    bench.deliver(type=type, thing={"rule": "rule_3", "due_at": SUNDAY})
    bench.work()
    assert bench.runs() == []


def test_a_claim_that_turns_into_a_forged_one_is_withdrawn(bench: Bench) -> None:
    """A more trusted delivery that claims an internal type ends the run of what was there before."""
    bench.handler(lambda event, ctx: 1, "payment.succeeded", "run.failed")
    bench.deliver(trust="secret")
    claim = bench.take_run()
    bench.deliver(type="run.failed", trust="signed")
    bench.ledger.finish(claim.run.id, claim.token, "handed_back")
    bench.work()
    assert [(run.state, run.reason_code) for run in bench.runs()] == [("cancelled", "facts")]


def test_stars_mean_what_comes_from_outside(bench: Bench) -> None:
    """A rule for everything, or for whatever failed, is not surprised by our own words."""
    bench.handler(lambda event, ctx: None, "*", name="all")
    bench.handler(lambda event, ctx: None, "*.failed", name="failures")
    keep(bench.ledger, due("all", SUNDAY, livemode=True))
    bench.work()
    assert bench.runs() == []


def test_a_due_time_is_for_its_rule_only(bench: Bench) -> None:
    """Of several rules with schedules the one whose time has come runs, in its mode."""
    seen = []
    bench.handler(lambda event, ctx: seen.append(event), "schedule.due", name="monthly", schedule="0 6 1 * *")
    bench.handler(lambda event, ctx: seen.append(event), "schedule.due", name="daily", schedule="0 6 * * *")
    keep(bench.ledger, due("daily", SUNDAY, livemode=False))
    bench.work()
    assert states(bench) == {"daily": "done"}
    [event] = seen
    assert (event.object, event.livemode) == ({"rule": "daily", "due_at": SUNDAY}, False)


def test_a_rule_may_have_events_and_a_schedule(bench: Bench) -> None:
    """What a delivery starts, the calendar may start too."""
    bench.handler(lambda event, ctx: event.type, schedule="0 6 * * *")
    bench.deliver()
    keep(bench.ledger, due("act", SUNDAY, livemode=True))
    bench.work()
    assert sorted(run.result for run in bench.runs()) == ['"payment.succeeded"', '"schedule.due"']


def test_a_run_of_the_calendar_that_parks_is_told_of(bench: Bench) -> None:
    """What nobody sent can fail like all else."""

    def park(event: Any, ctx: Any) -> None:
        raise Park("look")

    bench.handler(park, "schedule.due", name="daily", schedule="0 6 * * *")
    bench.handler(lambda event, ctx: event.object["event_type"], "run.parked", name="tell")
    listen(bench.ledger.redis, ["run.parked"], {})
    keep(bench.ledger, due("daily", SUNDAY, livemode=True))
    bench.work()
    bench.work()
    assert [(run.rule, run.result) for run in bench.runs()] == [("daily", ""), ("tell", '"schedule.due"')]


def test_a_word_reaches_the_rule_that_it_names_once(bench: Bench) -> None:
    """Two runs say the same to one rule: it hears of it once, and no other rule that listens does."""
    seen = []

    def tell(event: Any, ctx: Any) -> None:
        ctx.tell("fiscal_data.missing", "accounting", "client_1 tax_id", {"lacks": ["tax_id"]})

    bench.handler(tell, name="stamp")
    bench.handler(tell, name="stamp-too")
    bench.handler(lambda event, ctx: seen.append(event), "fiscal_data.missing", name="accounting")
    bench.handler(lambda event, ctx: seen.append(event), "fiscal_data.*", name="other")
    bench.deliver(livemode=False)
    bench.work()
    assert states(bench) == {"stamp": "done", "stamp-too": "done", "accounting": "done"}
    [event] = seen
    assert (event.type, event.id_source, event.livemode) == ("fiscal_data.missing", "internal", False)
    assert (event.object["lacks"], event.object["rule"][:5]) == (["tax_id"], "stamp")


@pytest.mark.parametrize("type", ["fiscal_data.missing", "run.failed"])
def test_a_word_that_was_heard_starts_no_other(bench: Bench, type: str) -> None:
    """A rule that answers itself, or the end of a run, with a word is the end of it."""

    heard: list[str] = []

    def tell(event: Any, ctx: Any) -> None:
        heard.append(event.id)
        if len(heard) < 5:
            ctx.tell("fiscal_data.missing", "echo", event.id, {})

    bench.handler(tell, type, "fiscal_data.missing", name="echo")
    bench.make(type=type, thing={"tell": "echo"})
    bench.work()
    bench.work()
    assert states(bench) == {"echo": "done"}
    assert heard == ["evt_1"]
