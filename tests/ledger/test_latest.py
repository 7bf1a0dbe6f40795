"""`latest`: of one object only the newest state counts."""

import time

import pytest

from gigstack_events.events import Trust, normalise
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.audit import audit
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import RunRecord
from gigstack_events.ledger.views import Views
from gigstack_events.plans import plan_runs
from tests.making import accept, body_of, pass_time, record_of, rule, sweep, take_run

NOW = time.time_ns() // 1_000_000
SYNC = rule("sync", "customer.updated", latest="object")


def arrive(
    ledger: Ledger, url: str, id: str, created: int, *, client: str = "client_1", trust: Trust = "signed"
) -> None:
    """An event about a client (`created`: ms from now), dispatched to a rule that wants the latest only."""
    body = body_of(id, "customer.updated", created=NOW + created, thing={"id": client})
    (accepted,) = accept(url, body, trust=trust)
    record = record_of(ledger, accepted.id)
    ledger.dispatch(record, plan_runs([SYNC], record, normalise(body, {})))


def run_of(ledger: Ledger, id: str) -> RunRecord:
    views = Views(ledger.redis)
    detail = views.event(views.find(id))
    assert detail
    return detail.runs[-1]


def states(ledger: Ledger, *ids: str) -> list[str]:
    return [run_of(ledger, id).state for id in ids]


def test_older_queued_runs_are_skipped_visibly(ledger: Ledger, redis_url: str) -> None:
    """Of three updates that wait, only the newest is carried out; the others name what superseded them."""
    for n in (1, 2, 3):
        arrive(ledger, redis_url, f"evt_{n}", created=n)
    claim = take_run(ledger)
    assert claim
    assert claim.event.raw_id == "evt_3"
    assert states(ledger, "evt_1", "evt_2", "evt_3") == ["skipped", "skipped", "running"]
    first = run_of(ledger, "evt_1")
    assert first.reason_code == "superseded"
    assert claim.run.id in first.reason


def test_late_arrival_of_an_older_state_is_skipped(ledger: Ledger, redis_url: str) -> None:
    """Deliveries come in no order: what happened first is older, whenever it arrives."""
    arrive(ledger, redis_url, "new", created=2)
    claim = take_run(ledger)
    assert claim
    ledger.finish(claim.run.id, claim.token, "done")
    arrive(ledger, redis_url, "old", created=1)
    assert take_run(ledger) is None
    assert states(ledger, "old") == ["skipped"]


def test_other_objects_are_left_alone(ledger: Ledger, redis_url: str) -> None:
    """Each object has its own newest state."""
    arrive(ledger, redis_url, "one", created=1, client="client_1")
    arrive(ledger, redis_url, "two", created=2, client="client_2")
    assert take_run(ledger, "a")
    assert take_run(ledger, "b")


def test_run_that_waits_for_a_retry_is_superseded(ledger: Ledger, redis_url: str) -> None:
    """A failed older state must not come back after the newer one was carried out."""
    arrive(ledger, redis_url, "old", created=1)
    claim = take_run(ledger)
    assert claim
    ledger.finish(claim.run.id, claim.token, "waiting", delay_ms=1000)
    arrive(ledger, redis_url, "new", created=2)
    pass_time(ledger, 2000)
    sweep(ledger)
    newer = take_run(ledger)
    assert newer
    assert newer.event.raw_id == "new"
    assert take_run(ledger) is None
    assert states(ledger, "old") == ["skipped"]


def test_run_that_has_acted_goes_on(ledger: Ledger, redis_url: str) -> None:
    """An act of unknown outcome has to be settled, however old the state is."""
    arrive(ledger, redis_url, "old", created=1)
    claim = take_run(ledger)
    assert claim
    ledger.effect_start(claim.run.id, claim.token, "f" * 26, "act", "x", again=False)
    ledger.finish(claim.run.id, claim.token, "waiting", delay_ms=1000)
    arrive(ledger, redis_url, "new", created=2)
    pass_time(ledger, 2000)
    sweep(ledger)
    assert {claim.event.raw_id for claim in (take_run(ledger, "a"), take_run(ledger, "b")) if claim} == {
        "old",
        "new",
    }


def test_what_is_not_believed_supersedes_nothing(ledger: Ledger, redis_url: str) -> None:
    """A forged update from the future must not make the true ones vanish."""
    arrive(ledger, redis_url, "true", created=1)
    arrive(ledger, redis_url, "forged", created=10**9, trust="none")
    claim = take_run(ledger)
    assert claim
    assert claim.event.raw_id == "true"


@pytest.mark.parametrize("verdict", ["cancel", "retry"])
def test_a_persons_word_comes_first(ledger: Ledger, redis_url: str, verdict: str) -> None:
    """A cancelled newer run supersedes nothing; a skipped one that a person retries is carried out."""
    arrive(ledger, redis_url, "old", created=1)
    arrive(ledger, redis_url, "new", created=2)
    operator = Operator(ledger.redis)
    if verdict == "cancel":
        assert operator.cancel(run_of(ledger, "new").id) == ""
    else:
        assert take_run(ledger)
        assert states(ledger, "old") == ["skipped"]
        assert operator.retry(run_of(ledger, "old").id) == ""
    claim = take_run(ledger)
    assert claim
    assert claim.event.raw_id == "old"


def done_next(ledger: Ledger, token: str) -> str:
    """Carry the next run out; the sender's id of its event."""
    claim = take_run(ledger, token)
    assert claim
    ledger.finish(claim.run.id, claim.token, "done")
    return claim.event.raw_id


def test_trust_that_comes_later_counts(ledger: Ledger, redis_url: str) -> None:
    """An update that is believed only by now supersedes like any other, and is superseded like any other."""
    arrive(ledger, redis_url, "new", created=3, trust="none")
    accept(redis_url, body_of("new", "customer.updated", created=NOW + 3, thing={"id": "client_1"}))
    assert done_next(ledger, "a") == "new"
    arrive(ledger, redis_url, "old", created=1)
    arrive(ledger, redis_url, "older", created=2, trust="none")
    accept(redis_url, body_of("older", "customer.updated", created=NOW + 2, thing={"id": "client_1"}))
    assert take_run(ledger, "b") is None
    assert states(ledger, "old", "older") == ["skipped", "skipped"]


@pytest.mark.parametrize("forged", [-(10**9), 10**9])
def test_true_delivery_does_not_borrow_a_forged_date(ledger: Ledger, redis_url: str, forged: int) -> None:
    """Neither does it count as older than it is, nor does it outdo what comes after it."""
    arrive(ledger, redis_url, "before", created=-1000)
    assert done_next(ledger, "a") == "before"
    arrive(ledger, redis_url, "true", created=forged, trust="none")
    arrive(ledger, redis_url, "true", created=0)
    assert done_next(ledger, "b") == "true"
    arrive(ledger, redis_url, "after", created=1000)
    assert done_next(ledger, "c") == "after"


def test_confirmed_delivery_is_not_newer_than_its_arrival(ledger: Ledger, redis_url: str) -> None:
    """The API confirms an object, and no date to come that an unsigned delivery names."""
    arrive(ledger, redis_url, "forged", created=10**9, trust="none")
    claim = take_run(ledger, "a")
    assert claim
    ledger.confirm(claim, b"{}")
    ledger.finish(claim.run.id, claim.token, "done")
    arrive(ledger, redis_url, "true", created=10**8)
    assert done_next(ledger, "b") == "true"


def test_states_of_one_moment_are_all_carried_out(ledger: Ledger, redis_url: str) -> None:
    """A sender that counts in seconds does not say which of two came first."""
    arrive(ledger, redis_url, "one", created=1)
    arrive(ledger, redis_url, "two", created=1)
    assert {done_next(ledger, "a"), done_next(ledger, "b")} == {"one", "two"}


def test_what_was_superseded_is_open_again_when_the_newer_is_withdrawn(
    ledger: Ledger, redis_url: str
) -> None:
    """A stronger delivery says that the newer event is about somebody else: the older is the latest again."""
    for n in (1, 2):
        arrive(ledger, redis_url, f"old_{n}", created=n)
    arrive(ledger, redis_url, "new", created=3, trust="secret")
    claim = take_run(ledger, "a")
    assert claim
    assert claim.event.raw_id == "new"
    ledger.finish(claim.run.id, claim.token, "handed_back")
    assert states(ledger, "old_1", "old_2") == ["skipped", "skipped"]
    accept(redis_url, body_of("new", "customer.updated", created=NOW + 3, thing={"id": "client_2"}))
    assert states(ledger, "old_1", "old_2", "new") == ["skipped", "queued", "cancelled"]
    assert audit(ledger.redis).problems == ()


def test_newest_of_those_that_stand_counts(ledger: Ledger, redis_url: str) -> None:
    """When the newest is cancelled, an older one is still superseded by the one between them."""
    arrive(ledger, redis_url, "mid", created=2)
    assert done_next(ledger, "a") == "mid"
    arrive(ledger, redis_url, "newest", created=3)
    assert Operator(ledger.redis).cancel(run_of(ledger, "newest").id) == ""
    arrive(ledger, redis_url, "oldest", created=1)
    assert take_run(ledger, "b") is None
    assert states(ledger, "oldest") == ["skipped"]
