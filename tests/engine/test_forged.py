"""Forged and weaker deliveries: they block nothing, decide nothing, and lend nothing to the true one."""

import time
from typing import Any

import pytest

from gigstack_events import Park, RetryLater
from tests.engine.conftest import Bench
from tests.engine.stand_in import answering


def seen_by(bench: Bench, *patterns: str, **fields: Any) -> list[str]:
    """Enable a handler that notes the types it sees."""
    seen: list[str] = []
    bench.handler(lambda e, ctx: seen.append(e.type), *patterns, **{"trust": "signed", **fields})
    return seen


def test_true_event_that_comes_while_a_forged_one_is_dispatched(bench: Bench) -> None:
    """A worker dispatches what the forged body said; the true event is dispatched all the same."""
    seen = seen_by(bench, "payment.succeeded")
    bench.deliver(trust="none", type="whatever.else")
    work = bench.take()
    bench.deliver(trust="signed", type="payment.succeeded")
    bench.carry(work)
    bench.work(seconds=60)
    assert seen == ["payment.succeeded"]


@pytest.mark.parametrize("trust", ["none", "secret"])
def test_true_event_whose_id_was_used_with_an_old_date(bench: Bench, trust: str) -> None:
    """A weaker delivery that was parked as too old does not keep the true one from being handled."""
    seen = seen_by(bench, "payment.succeeded")
    bench.deliver(trust=trust, created=1_500_000_000_000)
    bench.deliver(trust="signed", created=int(time.time() * 1000))
    bench.work()
    assert seen == ["payment.succeeded"]


def test_run_of_a_forged_type_ends_when_the_truth_comes(bench: Bench) -> None:
    """A run that was tried for the forged type does not see an event that its rule never asked for."""
    seen = seen_by(bench, "payment.succeeded")
    bench.keys.answer = answering(503)
    bench.deliver(trust="none", type="payment.succeeded", status="succeeded")
    bench.work()
    bench.deliver(trust="signed", type="payment.created", status="pending")
    bench.work(seconds=60)
    assert (seen, bench.run().state) == ([], "cancelled")


def test_key_is_that_of_the_body_which_is_handled(bench: Bench) -> None:
    """A forged client does not let two runs of the true client go at once."""
    bench.handler(lambda e, ctx: None, trust="signed", key="object.client")
    bench.keys.answer = answering(503)
    bench.deliver(trust="none", id="evt_1", client="client_forged")
    bench.carry(bench.take_run())
    assert bench.run().state == "waiting"
    bench.deliver(trust="signed", id="evt_2", client="client_a")
    held = bench.take_run()
    bench.deliver(trust="signed", id="evt_1", client="client_a")
    bench.work(seconds=10)
    first = next(run for run in bench.runs() if run.event != held.event.id and run.n == 1)
    assert (first.state, first.key, first.at) == ("queued", "live:client_a", "held:key:live:client_a")
    bench.carry(held)
    bench.work()
    bench.work(seconds=6)
    assert {run.state for run in bench.runs()} == {"done"}


@pytest.mark.parametrize("told", [{"total": 1}, {"total": 1, "status": "pending"}])
def test_rule_that_the_forged_text_did_not_fit(bench: Bench, told: dict[str, Any]) -> None:
    """A condition that was false of a forged text is asked again of the true one."""
    seen = seen_by(bench, "payment.succeeded")
    bench.conditions["act"] = "object.total > 1000"
    bench.deliver(trust="none", **told)
    bench.work()
    assert bench.runs() == []
    bench.deliver(trust="signed", total=5000)
    bench.work()
    assert seen == ["payment.succeeded"]


def test_second_run_of_a_rule_waits_for_the_first(bench: Bench) -> None:
    """The truth came after a weaker delivery was acted on: its run starts when the first is at rest."""
    waits = [600.0]

    def act(event: Any, ctx: Any) -> str:
        if waits:
            raise RetryLater(waits.pop())
        return str(event.type)

    bench.handler(act, "payment.*", trust="none")
    bench.deliver(trust="none", type="payment.updated")
    bench.work()
    bench.deliver(trust="signed", type="payment.succeeded")
    bench.work()
    assert [(run.n, run.state, run.attempt) for run in bench.runs()] == [(1, "waiting", 1), (2, "waiting", 0)]
    bench.work(seconds=601)
    bench.work(seconds=6)
    assert [(run.state, run.result) for run in bench.runs()] == [("done", '"payment.succeeded"')] * 2


def test_forged_duplicate_keeps_what_a_person_shall_see(bench: Bench) -> None:
    """The body of a parked event does not begin to expire because somebody repeats its id."""

    def park(event: Any, ctx: Any) -> None:
        raise Park("look")

    bench.handler(park)
    bench.deliver()
    bench.work()
    bench.deliver(trust="none", forged=1)
    (body,) = bench.ledger.redis.scan_iter("gs:body:*")
    assert bench.ledger.redis.ttl(body) == -1


@pytest.mark.parametrize("on", [None, "identity"])
def test_act_on_a_lie_is_not_the_truth_s(bench: Bench, on: str | None) -> None:
    """Who acted on a weaker delivery of another thing acts on the true one too, once; on a new text, not."""
    acts: list[str] = []

    def act(event: Any, ctx: Any) -> None:
        thing = event.object["id"]
        ctx.effect("act", lambda key: acts.append(thing), on=event.identity if on else None)

    bench.handler(act, trust="secret")
    bench.deliver(trust="secret", thing={"id": "payment_forged"})
    bench.work()
    for total in (100, 100, 200):
        bench.deliver(trust="signed", thing={"id": "payment_1", "total": total})
        bench.work(seconds=6)
    assert acts == ["payment_forged", "payment_1"]


def test_more_trusted_text_of_the_same_thing_is_not_acted_on_again(bench: Bench) -> None:
    """The vendor renders some bodies anew: of the same thing, also where one text names no team."""
    acts: list[str] = []
    bench.handler(lambda e, ctx: ctx.effect("act", lambda key: acts.append(e.identity)), trust="secret")
    bench.deliver(trust="secret", total=100)
    bench.work()
    bench.deliver(trust="signed", total=200, team="team_1")
    bench.work(seconds=6)
    assert len(acts) == 1
