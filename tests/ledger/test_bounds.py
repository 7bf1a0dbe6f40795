"""Bounds: work that kills or loses its workers is put aside for a person."""

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.audit import audit
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import text
from tests.making import (
    LEASE_MS,
    accept,
    body_of,
    claimed,
    pass_time,
    record_of,
    sweep,
    take_event,
    take_run,
)


def run_field(ledger: Ledger, run: str, name: str) -> str:
    return text(ledger.redis.hget(f"gs:run:{run}", name) or "")


def test_crashes_park_at_the_bound(ledger: Ledger, redis_url: str) -> None:
    """A run whose worker dies three times in a row is poison and waits for a person."""
    claim = claimed(ledger, redis_url)
    states = []
    for token in ("token", "b", "c"):
        states.append(ledger.finish(claim.run.id, token, "crashed", crash_bound=3)[0])
        take_run(ledger, {"token": "b", "b": "c", "c": "d"}[token])
    assert states == ["queued", "queued", "parked"]
    assert run_field(ledger, claim.run.id, "reason_code") == "poison"


def test_new_effect_starts_the_crash_count_again(ledger: Ledger, redis_url: str) -> None:
    """A run that gets one step further at each death is not poison."""
    claim = claimed(ledger, redis_url)
    token = claim.token
    for turn in range(6):
        ledger.effect_start(claim.run.id, token, f"f{turn}", "step", str(turn), again=False)
        ledger.effect_end(claim.run.id, token, f"f{turn}", "done", "null")
        state, _ = ledger.finish(claim.run.id, token, "crashed", crash_bound=2)
        assert state == "queued"
        token = f"t{turn}"
        assert take_run(ledger, token)


def test_waiting_for_a_check_is_no_progress(ledger: Ledger, redis_url: str) -> None:
    """A run that dies in its act, waits for the check and dies again is poison too."""
    claim = claimed(ledger, redis_url)
    token, states = claim.token, []
    for turn in range(2):
        states.append(ledger.finish(claim.run.id, token, "crashed", crash_bound=2)[0])
        if take_run(ledger, f"check-{turn}"):
            ledger.finish(claim.run.id, f"check-{turn}", "waiting", code="unknown")
            pass_time(ledger, 1)
            sweep(ledger)
            token = f"again-{turn}"
            assert take_run(ledger, token)
    assert states == ["queued", "parked"]


def test_lost_leases_count_in_a_row(ledger: Ledger, redis_url: str) -> None:
    """A claim that ends in good order starts the count again."""
    claim = claimed(ledger, redis_url)
    for turn in range(4):
        pass_time(ledger, LEASE_MS + 1)
        sweep(ledger, lost_bound=2)
        assert take_run(ledger, f"t{turn}")
        ledger.finish(claim.run.id, f"t{turn}", "waiting", delay_ms=1)
        pass_time(ledger, 2)
        sweep(ledger, lost_bound=2)
        assert take_run(ledger, f"u{turn}")
    assert run_field(ledger, claim.run.id, "state") == "running"


def test_event_whose_dispatchers_vanish_is_parked(ledger: Ledger, redis_url: str) -> None:
    """What ends each worker that dispatches it waits for a person, who may let it go again."""
    (accepted,) = accept(redis_url, body_of())
    for _ in range(2):
        take_event(ledger)
        pass_time(ledger, LEASE_MS + 1)
        sweep(ledger, lost_bound=2)
    record = record_of(ledger, accepted.id)
    assert (record.state, record.reason) == (
        "parked",
        "2 workers vanished while they dispatched it; see the log",
    )
    assert take_run(ledger) is None
    assert audit(ledger.redis).problems == ()
    assert Operator(ledger.redis).judge(accepted.id, "release") == ""
    take_event(ledger)
    pass_time(ledger, LEASE_MS + 1)
    sweep(ledger, lost_bound=2)
    assert take_event(ledger).event.id == accepted.id


def test_retry_opens_a_run_again(ledger: Ledger, redis_url: str) -> None:
    """A person has mended the cause: the run goes again, its counts start anew; nothing else is opened."""
    claim = claimed(ledger, redis_url)
    assert Operator(ledger.redis).retry(claim.run.id) == "running"
    ledger.finish(claim.run.id, claim.token, "failed", failures=25)
    assert Operator(ledger.redis).retry(claim.run.id) == ""
    again = take_run(ledger, "again")
    assert again
    assert (again.run.id, again.run.failures, again.run.attempt) == (claim.run.id, 0, 2)
    assert ledger.redis.zscore("gs:stuck", claim.run.id) is None
    ledger.finish(again.run.id, "again", "done")
    assert Operator(ledger.redis).retry(claim.run.id) == "done"
    assert Operator(ledger.redis).retry("r-nowhere") == "unknown"
    assert ledger.redis.hget(f"gs:event:{claim.event.id}", "state") == b"settled"
