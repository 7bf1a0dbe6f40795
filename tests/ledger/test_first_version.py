"""The ledger of the first version: every event comes to rest, nothing is done twice, migrated or not."""

from typing import Any

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.audit import audit
from gigstack_events.ledger.bodies import unpack
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.schema import SCHEMA, Progress, bring_up
from gigstack_events.ledger.views import Views
from tests.ledger.first_version import ACTED, Successor, load_first_version
from tests.making import accept, body_of

AT_REST = {
    "act fine_1": "done", "act fine_2": "skipped trust", "act fine_3": "done", "act fine_4": "done",
    "act fine_5": "done", "act fine_6": "done", "act fine_7": "done",
    "act late_1": "done", "act asked_1": "done",
    "act bad_1": "failed gave_up", "act doubtful_1": "parked parked", "act doubtful_2": "parked parked",
    "gone gone": "parked handler", "stamp_receipts stamp": "parked options", "note note": "queued",
}  # fmt: skip
"""What each run comes to; the last one is paused."""


@pytest.fixture
def successor(redis_url: str, ledger: Ledger) -> Successor:
    """The version of now on the ledger of the first."""
    load_first_version(ledger.redis)
    successor = Successor(redis_url, ledger)
    successor.take_over()
    return successor


def everything(ledger: Ledger) -> dict[bytes, Any]:
    """All that the ledger holds, without what each connection writes."""
    redis, held = ledger.redis, {}
    for key in redis.scan_iter("gs:*"):
        held[key] = redis.hgetall(key) if redis.type(key) == b"hash" else redis.dump(key)
    for key in (b"gs:probe", b"gs:replid", b"gs:epoch"):
        held.pop(key, None)
    return held


def work_through(successor: Successor) -> None:
    """Carry out all that is due, until nothing happens by itself any more."""
    for seconds in (0, 61, 121, 11, 600, 600):
        successor.work(seconds=seconds)


@pytest.mark.parametrize("when", ["before", "meanwhile", "after"])
def test_its_work_comes_to_rest_and_nothing_is_done_twice(successor: Successor, when: str) -> None:
    """Whenever it is migrated: what was done stands, what was not is done once, and bodies stay the same."""
    ledger, migration = successor.ledger, bring_up(successor.ledger.redis, look_at=2)
    views = Views(ledger.redis)
    bodies = {event.id: views.body(event.id) for event in views.events().rows}
    if when == "before":
        assert list(migration)[-1] == Progress(18, 18)
    while when == "meanwhile" and next(migration, None):
        if (work := successor.take()) is not None:
            successor.carry(work)
    work_through(successor)
    assert successor.states() == AT_REST
    assert sorted(successor.acts) == ["fine_4", "fine_5", "fine_6", "fine_7"]
    assert audit(ledger.redis).problems == ()
    assert not ledger.redis.exists("gs:load:live", "gs:running:live:act", "gs:queued:live")
    assert {row.state for row in views.events().rows} == {"settled", "dispatched", "parked", "unreadable"}
    assert when != "after" or list(migration)[-1].changed == 18
    assert {event: views.body(event) for event in bodies} == bodies


@pytest.mark.parametrize("migrated", [False, True])
def test_a_person_settles_what_it_left(successor: Successor, operator: Operator, migrated: bool) -> None:
    """Verdicts on its parked and failed work hold: what is told to have happened is not done, else once."""
    redis = successor.ledger.redis
    assert not migrated or list(bring_up(redis))
    work_through(successor)
    successor.acts.clear()
    for name, happened in (("doubtful_1", True), ("doubtful_2", False)):
        (effect,) = next(run for run in successor.runs() if run.id == successor.id_of(f"act {name}")).effects
        assert operator.resolve(successor.id_of(f"act {name}"), effect, happened=happened) == "queued"
    assert [operator.retry(successor.id_of(name)) for name in ("act bad_1", "gone gone")] == ["", ""]
    assert operator.cancel(successor.id_of("stamp_receipts stamp")) == ""
    operator.resume("note")
    views = Views(redis)
    assert [operator.judge(event.id, "release") for event in views.events(state="parked").rows] == [""]
    assert [operator.judge(event.id, "dismiss") for event in views.events(state="unreadable").rows] == [""]
    work_through(successor)
    assert successor.acts == ["doubtful_2"]
    assert {event.state for event in views.events().rows} == {"settled"}
    assert set(successor.states().values()) == {"done", "skipped trust", "cancelled cancelled"}
    assert (views.totals().stuck, views.totals().open, audit(redis).problems) == (0, 0, ())


def test_what_it_had_done_is_known_to_later_events(successor: Successor) -> None:
    """Another event about the same payment finds the record of the act."""
    list(bring_up(successor.ledger.redis))
    work_through(successor)
    successor.acts.clear()
    for name in ("fine_1", "fine_3", "late_1", "asked_1", "bad_1", "fine_5"):
        successor.deliver(
            id=f"evt_again_{name}", thing={"id": f"payment_{name}", "story": "fine", "client": "c"}
        )
    successor.work()
    assert successor.acts == []
    assert {successor.states()[f"act again_{name}"] for name in ("fine_1", "bad_1", "fine_5")} == {"done"}


def test_its_deliveries_come_again_without_harm(successor: Successor) -> None:
    """A sender's repetition does nothing, with the same body or another, unless it is believed more."""
    list(bring_up(successor.ledger.redis))
    work_through(successor)
    successor.acts.clear()
    views = Views(successor.ledger.redis)
    same = [views.body(event.id) or b"" for event in views.events().rows if event.raw_id.startswith("evt_")]
    other = [body_of(id=f"evt_{name}", thing={"id": f"payment_{name}", "story": "fine"}) for name in ACTED]
    outcomes = [accepted.outcome for accepted in accept(successor.url, *same, *other)]
    assert (outcomes.count("stronger"), outcomes.count("duplicate")) == (1, len(same) + len(other) - 1)
    work_through(successor)
    assert successor.acts == ["fine_2"]  # which nobody had believed


def test_migration_leaves_nothing_of_the_old_form(successor: Successor) -> None:
    """Bodies say the same in less room, what says the usual is gone, aliases have the names of now."""
    redis = successor.ledger.redis
    before: dict[Any, dict[Any, Any]] = {key: redis.hgetall(key) for key in redis.scan_iter("gs:body:*")}
    lives = {key: redis.pttl(key) for key in redis.scan_iter("gs:*")}
    list(bring_up(redis))
    for key, bodies in before.items():
        after: dict[Any, Any] = redis.hgetall(key)
        assert {name: unpack(body) for name, body in after.items()} == bodies
        assert all(len(after[name]) < len(body) or not body.startswith(b"{") for name, body in bodies.items())
        assert abs(redis.pttl(key) - lives[key]) < 60_000
    for kind in ("event", "run"):
        for fields in map(redis.hgetall, redis.scan_iter(f"gs:{kind}:*")):
            assert (b"trust" in fields, fields.get(b"failures") == b"0") == (False, False)
            assert {name for name, value in fields.items() if value == b""} <= {b"key"}
    again = body_of(id="evt_unmatched", type="customer.created", thing={"id": "client_1"})
    assert not [key for key in redis.scan_iter("gs:alias:*") if key.count(b":") > 2]
    aliases = set(redis.scan_iter("gs:alias:*"))
    accept(successor.url, again)
    assert set(redis.scan_iter("gs:alias:*")) == aliases


def test_effects_last_as_long_as_their_runs(successor: Successor) -> None:
    """The first version let an act be forgotten while its failed run could still be retried."""
    redis = successor.ledger.redis
    run = next(run for run in successor.runs() if run.id == successor.id_of("act bad_1"))
    assert redis.ttl(f"gs:effect:{run.effects[0]}") > 0
    list(bring_up(redis))
    assert redis.ttl(f"gs:effect:{run.effects[0]}") == -1


def test_migration_that_was_stopped_goes_on(successor: Successor, redis_url: str) -> None:
    """Stopped after each number of events and begun anew, it ends at the same; then it changes nothing."""
    redis = successor.ledger.redis
    list(bring_up(redis))
    whole = everything(successor.ledger)
    assert list(bring_up(redis))[-1] == Progress(18, 0)
    assert everything(successor.ledger) == whole
    redis.flushall()
    load_first_version(redis)
    for most in range(1, 6):
        next(bring_up(redis, look_at=most * 2))
    assert list(bring_up(redis))[-1].changed < 18
    assert everything(successor.ledger) == whole


def test_marked_only_by_the_command(successor: Successor) -> None:
    """Neither work nor the walk itself lifts the schema."""
    successor.ledger.redis.set("gs:schema", SCHEMA - 1)
    successor.ledger.check_schema()
    work_through(successor)
    list(bring_up(successor.ledger.redis))
    assert int(successor.ledger.redis.get("gs:schema") or 0) == SCHEMA - 1
