"""The ledger's schema: who works on it, and that only the command lifts it."""

import pytest

from gigstack_events.errors import ConfigurationError
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.schema import SCHEMA, bring_up
from tests.making import accept, body_of, claimed, plan_of, record_of, rule, take_event


def test_new_ledger_begins_with_the_newest(ledger: Ledger) -> None:
    """What nobody has marked yet is marked as ours, once."""
    ledger.check_schema()
    assert ledger.redis.get("gs:schema") == str(SCHEMA).encode()


def test_the_schema_of_before_is_worked_on_and_stays(ledger: Ledger) -> None:
    """Programs of the version before may be started beside ours, as long as nobody migrates."""
    ledger.redis.set("gs:schema", SCHEMA - 1)
    ledger.check_schema()
    assert ledger.redis.get("gs:schema") == str(SCHEMA - 1).encode()


@pytest.mark.parametrize(
    ("found", "cure"),
    [(SCHEMA + 1, "deploy the newer version"), (SCHEMA - 2, "run `python -m admin migrate`")],
)
def test_other_schemas_are_refused_with_a_cure(ledger: Ledger, found: int, cure: str) -> None:
    """One that is newer, and one that is older than the version before; neither is changed."""
    ledger.redis.set("gs:schema", found)
    with pytest.raises(ConfigurationError, match=f"schema {found}.*{cure}"):
        ledger.check_schema()
    assert ledger.redis.get("gs:schema") == str(found).encode()


def test_runs_are_counted_anew(ledger: Ledger, redis_url: str) -> None:
    """What programs of two versions have miscounted is right again, so that quotas are."""
    redis, act = ledger.redis, rule("act")
    running = claimed(ledger, redis_url, act)
    accept(redis_url, body_of("evt_2"))
    event = take_event(ledger).event
    ledger.dispatch(event, [plan_of(event.id, act), plan_of(event.id, rule("other"))])
    redis.hset("gs:rules", mapping={"act": act.snapshot(), "other": rule("other").snapshot()})
    redis.hset("gs:load:live", mapping={"act": 7, "gone": 3})
    redis.hdel("gs:load:live", "other")
    redis.sadd("gs:running:live:act", *record_of(ledger, event.id).runs)
    list(bring_up(redis))
    assert redis.hgetall("gs:load:live") == {b"act": b"1", b"other": b"1"}
    assert redis.smembers("gs:running:live:act") == {running.run.id.encode()}
