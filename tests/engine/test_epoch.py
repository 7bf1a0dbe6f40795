"""Another server, or the same one restarted: what may have been lost is looked at before anybody acts."""

from typing import Any

import httpx
import pytest

from gigstack_events import DidNotHappen, Happened, NotDone
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import text
from tests.engine.conftest import Bench
from tests.engine.outside import Outside


class Asked(Outside):
    """An outside that counts how often it was looked at."""

    def __init__(self, *answers: Happened | DidNotHappen | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked = 0

    def look(self) -> Happened | DidNotHappen:
        """Give the next answer."""
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def stamp(bench: Bench, outside: Asked, **how: Any) -> None:
    """Enable a handler that acts on `r` and can look."""
    how = {"check": outside.look, **how}
    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r", **how))


def fail_over(bench: Bench, *, seconds: int = 10) -> None:
    """Some time passes, then another server answers at the same address."""
    bench.work(seconds=seconds)
    bench.ledger.redis.set("gs:replid", "that-of-another-server")


def notice(bench: Bench) -> None:
    """Whoever connects notices it."""
    bench.ledger.redis.connection_pool.disconnect()
    bench.work()


def effect(bench: Bench) -> dict[str, str]:
    """The only effect's record."""
    (key,) = bench.ledger.redis.scan_iter("gs:effect:*")
    return {text(name): text(value) for name, value in bench.ledger.redis.hgetall(key).items()}


def accepted_before(bench: Bench) -> None:
    """An event that waits while the server changes; connections live on, as through a demotion."""
    bench.deliver()
    Operator(bench.ledger.redis).pause("all")
    fail_over(bench)
    Operator(bench.ledger.redis).resume("all")


def test_older_event_finds_what_the_old_server_did(bench: Bench) -> None:
    """An act whose record was lost is found by one look, recorded, and not repeated."""
    outside = Asked(Happened("as before"))
    stamp(bench, outside)
    accepted_before(bench)
    bench.work(seconds=1)
    assert (bench.run().state, bench.run().result) == ("done", '"as before"')
    assert (outside.acts, outside.asked) == (0, 1)
    record = effect(bench)
    assert (record["state"], record["checked"]) == ("done", "1")
    assert int(record["epoch"]) == int(bench.ledger.redis.get("gs:epoch") or 0) > 0


def test_older_event_acts_once_when_nothing_was_done(bench: Bench) -> None:
    """One look without delay, then the act; the same epoch is not asked about twice."""
    outside = Asked(DidNotHappen())
    outside.failures = [httpx.ConnectError("down"), None]
    stamp(bench, outside)
    accepted_before(bench)
    for seconds in (1, 30):
        bench.work(seconds=seconds)
    assert bench.run().state == "done"
    assert (len(outside.keys), outside.asked) == (2, 1)


def test_newer_event_is_not_looked_at(bench: Bench) -> None:
    """What happens after the change costs nothing more."""
    outside = Asked()
    stamp(bench, outside)
    fail_over(bench)
    notice(bench)
    bench.deliver()
    bench.work(seconds=1)
    assert (outside.acts, outside.asked) == (1, 0)


def test_event_that_is_sent_again_is_an_old_one(bench: Bench) -> None:
    """Its record went with the old server, and it arrives again after the change: its own date counts."""
    outside = Asked(Happened("as before"))
    stamp(bench, outside)
    made = bench.ledger.now()
    fail_over(bench)
    bench.work()
    bench.deliver(created=made)
    bench.work(seconds=1)
    assert (outside.acts, outside.asked) == (0, 1)


def test_ledger_that_was_lost_altogether(bench: Bench) -> None:
    """A new ledger's birth is an epoch: what is older may have been done by the lost one."""
    outside = Asked(Happened("as before"))
    stamp(bench, outside)
    bench.deliver(created=bench.ledger.now() - 60_000)
    bench.work()
    assert (outside.acts, outside.asked) == (0, 1)


def test_first_events_of_a_new_ledger_are_not_old(bench: Bench) -> None:
    """The receiver may take events before any worker has looked at the server."""
    outside = Asked()
    stamp(bench, outside)
    bench.deliver()
    bench.work(seconds=5)
    assert (outside.acts, outside.asked) == (1, 0)


def test_check_that_fails_starts_nothing(bench: Bench) -> None:
    """An API that cannot be read just now decides nothing: the run waits and asks again."""
    outside = Asked(httpx.ReadTimeout("late"), Happened("as before"))
    stamp(bench, outside)
    accepted_before(bench)
    bench.work(seconds=1)
    assert (bench.run().state, bench.run().reason_code) == ("waiting", "unknown")
    assert bench.effect_states() == []
    bench.work(seconds=30)
    assert bench.run().state == "done"
    assert (outside.acts, outside.asked) == (0, 2)


@pytest.mark.parametrize("how", [{"check": None}, {"repeatable": True}])
def test_effect_that_cannot_or_need_not_be_looked_at_goes_on(bench: Bench, how: dict[str, Any]) -> None:
    """A restart cannot be told from a failover: without a check the act is carried out."""
    outside = Asked()
    stamp(bench, outside, **how)
    accepted_before(bench)
    bench.work(seconds=1)
    assert (bench.run().state, outside.acts, outside.asked) == ("done", 1, 0)


def test_unknown_outcome_that_was_settled_is_not_asked_again(bench: Bench) -> None:
    """Two answers after the change are more than one."""
    outside = Asked(DidNotHappen(), DidNotHappen())
    outside.failures = [httpx.ReadTimeout("late"), NotDone("refused"), None]
    stamp(bench, outside)
    bench.deliver()
    bench.work()
    fail_over(bench)
    notice(bench)
    for seconds in (121, 11, 30):
        bench.work(seconds=seconds)
    assert (bench.run().state, outside.asked) == ("done", 2)


def test_every_body_has_a_date_or_is_as_old_as_its_arrival(bench: Bench) -> None:
    """A sender's clock that is ahead makes no event younger than its arrival."""
    outside = Asked(Happened("as before"))
    stamp(bench, outside)
    Operator(bench.ledger.redis).pause("all")
    bench.deliver(created=bench.ledger.now() + 3_600_000)
    fail_over(bench)
    Operator(bench.ledger.redis).resume("all")
    bench.work(seconds=1)
    assert (outside.acts, outside.asked) == (0, 1)
