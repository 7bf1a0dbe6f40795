"""Views: what people see of the ledger is what is in it, newest first, within bounds."""

import asyncio
import time

from gigstack_events.ledger import AsyncLedger, Ledger
from gigstack_events.ledger.views import Views
from tests.making import accept, body_of, claimed, pass_time, plan_of, rule, take_event, take_run


def ids(rows: tuple[object, ...]) -> list[str]:
    return [str(getattr(row, "raw_id", "") or getattr(row, "id", "")) for row in rows]


def test_events_come_newest_first(ledger: Ledger, redis_url: str) -> None:
    """The newest event stands first, and the limit says whether there is more."""
    for number in range(3):
        accept(redis_url, body_of(id=f"evt_{number}"))
        pass_time(ledger, 1000)
    found = Views(ledger.redis).events(limit=2)
    assert (ids(found.rows), found.complete) == (["evt_2", "evt_1"], False)
    assert Views(ledger.redis).events().complete


def test_events_are_filtered(ledger: Ledger, redis_url: str) -> None:
    """Type (also as a pattern), state and time narrow the list down."""
    accept(redis_url, body_of(id="old", type="receipt.created"))
    pass_time(ledger, 60_000)
    accept(redis_url, body_of(id="paid"), body_of(id="made", type="receipt.created"))
    ledger.dispatch(take_event(ledger).event, [])
    views = Views(ledger.redis)
    assert set(ids(views.events(type="receipt.*").rows)) == {"old", "made"}
    assert ids(views.events(type="payment.succeeded").rows) == ["paid"]
    assert ids(views.events(state="settled").rows) == ["old"]
    assert set(ids(views.events(since=ledger.now() - 30_000).rows)) == {"paid", "made"}


def test_looking_is_bounded(ledger: Ledger, redis_url: str) -> None:
    """A filter that fits nothing does not read the whole ledger."""
    accept(redis_url, *(body_of(id=f"evt_{number}") for number in range(450)))
    found = Views(ledger.redis).events(type="invoice.failed", look_at=200)
    assert (found.rows, found.complete) == ((), False)


def test_event_is_found_by_any_of_its_names(ledger: Ledger, redis_url: str) -> None:
    """The internal id, the sender's id and a run's id lead to the same event; others lead nowhere."""
    claim = claimed(ledger, redis_url, id="evt_named")
    views = Views(ledger.redis)
    assert {views.find(name) for name in (claim.event.id, "evt_named", claim.run.id)} == {claim.event.id}
    assert views.find("evt_other") == views.find("") == ""
    assert views.event("e" * 26) is None


def test_event_has_its_runs_effects_and_variants(ledger: Ledger, redis_url: str) -> None:
    """One look shows what was done, to what, and under which body."""
    claim = claimed(ledger, redis_url, id="evt_1")
    ledger.effect_start(claim.run.id, claim.token, "f" * 26, "receipt:stamp", "receipt_1", again=False)
    ledger.effect_end(claim.run.id, claim.token, "f" * 26, "done", '{"uuid": "U"}')
    ledger.finish(claim.run.id, claim.token, "done", result='"fine"')
    other = body_of(id="evt_1", amount=5)
    accept(redis_url, other)
    views = Views(ledger.redis)
    detail = views.event(claim.event.id)
    assert detail is not None
    assert [(run.state, run.result) for run in detail.runs] == [("done", '"fine"')]
    (effect,) = detail.effects
    assert (effect.name, effect.on, effect.state) == ("receipt:stamp", "receipt_1", "done")
    assert {variant.size for variant in detail.variants} == {len(body_of(id="evt_1")), len(other)}
    assert [variant.size for variant in detail.variants if variant.used] == [len(other)]
    assert views.body(claim.event.id) == other
    assert views.body("e" * 26) is None


def test_runs_are_listed_by_state(ledger: Ledger, redis_url: str) -> None:
    """Each state is found where the ledger keeps it: open work, stuck work, work at rest."""
    endings = {"done": "done", "failed": "failed", "parked": "parked", "waiting": "waiting"}
    for outcome in endings:
        claim = claimed(ledger, redis_url, id=f"evt_{outcome}")
        ledger.finish(claim.run.id, claim.token, outcome, reason="because", delay_ms=5000)
    running = claimed(ledger, redis_url, id="evt_running")
    accept(redis_url, body_of(id="evt_queued"))
    event = take_event(ledger).event
    ledger.dispatch(event, [plan_of(event.id, rule())])
    views = Views(ledger.redis)
    for state in (*endings, "running", "queued"):
        assert [run.state for run in views.runs(state=state).rows] == [state]
    assert ids(views.runs(state="running").rows) == [running.run.id]
    assert len(views.runs().rows) == 6


def test_held_runs_are_listed_as_queued(ledger: Ledger, redis_url: str) -> None:
    """A run that waits for another's key is found, and counted."""
    claimed(ledger, redis_url, id="evt_1", key="live:client")
    accept(redis_url, body_of(id="evt_2"))
    event = take_event(ledger).event
    ledger.dispatch(event, [plan_of(event.id, rule(), key="live:client")])
    assert take_run(ledger) is None
    views = Views(ledger.redis)
    (held,) = views.runs(state="queued").rows
    assert (held.event, held.at) == (event.id, "held:key:live:client")
    assert views.totals().held == {"key": 1}


def test_unreadable_events_are_listed(ledger: Ledger, redis_url: str) -> None:
    """What waits for a person is found among the stuck."""

    async def deliver() -> None:
        door = AsyncLedger(redis_url)
        await door.accept_unreadable(b"?", "signed", "not JSON")
        await door.close()

    asyncio.run(deliver())
    views = Views(ledger.redis)
    (event,) = views.events(state="unreadable").rows
    assert event.reason == "not JSON"
    assert views.find(event.raw_id) == event.id
    assert views.runs(state="parked").rows == ()


def test_totals(ledger: Ledger, redis_url: str) -> None:
    """Totals count what is open, where it stands, and how old the oldest is."""
    before = int(time.time() * 1000)
    claim = claimed(ledger, redis_url, id="evt_1")
    ledger.finish(claim.run.id, claim.token, "parked", reason="look")
    claimed(ledger, redis_url, id="evt_2")
    accept(redis_url, body_of(id="evt_3"))
    totals = Views(ledger.redis).totals()
    assert (totals.events, totals.stuck, totals.attention, totals.queued) == (3, 1, 1, {"live": 1})
    assert totals.open == 2
    assert before <= totals.oldest_queued <= ledger.now() < totals.oldest_due


def test_empty_ledger(ledger: Ledger) -> None:
    """Nothing is shown as nothing."""
    views = Views(ledger.redis)
    assert [views.events().rows, views.runs().rows, views.runs(state="queued").rows] == [(), (), ()]
    assert (views.totals().open, views.totals().oldest_due) == (0, 0)
