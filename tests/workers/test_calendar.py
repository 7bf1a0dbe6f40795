"""The calendar on a real ledger: one event for each due time, whoever looks."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.internal import listen
from gigstack_events.ledger.records import text
from gigstack_events.ledger.views import Views
from workers.calendar import Calendar

DAILY = {"daily": {"cron": "0 6 * * *", "livemode": True}}


@pytest.fixture
def ledger(redis_url: str) -> Iterator[Ledger]:
    """An empty ledger on the evening of a day in January."""
    ledger = Ledger.at(redis_url)
    clock(ledger, "2026-01-31T20:00")
    yield ledger
    ledger.redis.close()


def clock(ledger: Ledger, text: str) -> None:
    """Set the ledger's clock, by Mexico City's time."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Mexico_City")).timestamp() * 1000
    ledger.redis.incrby("gs:clock:offset", int(moment) - ledger.now())


def fired(ledger: Ledger) -> list[str]:
    """The ids of the events that were made."""
    return sorted(row.raw_id for row in Views(ledger.redis).events(type="schedule.due").rows)


def look(ledger: Ledger, *moments: str) -> list[str]:
    """Let a supervisor that has just started look at each of these times."""
    for moment in moments:
        clock(ledger, moment)
        Calendar(ledger).look()
    return fired(ledger)


def test_a_start_fires_for_nothing_past(ledger: Ledger) -> None:
    """A new rule waits for its first due time."""
    listen(ledger.redis, [], DAILY)
    assert look(ledger, "2026-01-31T20:00", "2026-02-01T05:59") == []
    assert look(ledger, "2026-02-01T06:00") == ["daily@2026-02-01T06:00-06:00"]


def test_several_supervisors_make_one_event(ledger: Ledger) -> None:
    """Whoever looks, and even who died before noting it, makes the same event."""
    listen(ledger.redis, [], DAILY)
    look(ledger, "2026-01-31T20:00")
    before = text(ledger.redis.hget("gs:considered", "daily") or "")
    look(ledger, "2026-02-01T06:00", "2026-02-01T06:00")
    ledger.redis.hset("gs:considered", "daily", before)
    assert len(look(ledger, "2026-02-01T06:01")) == 1
    assert ledger.redis.zcard("gs:events") == 1


def test_after_downtime_the_newest_missed_time_is_made_up(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of three missed mornings one fires; the log says since when."""
    listen(ledger.redis, [], DAILY)
    found = look(ledger, "2026-01-31T20:00", "2026-02-03T12:00")
    assert found == ["daily@2026-02-03T06:00-06:00"]
    assert "2026-02-01T06:00-06:00" in capsys.readouterr().out
    assert len(look(ledger, "2026-02-03T12:01")) == 1


def test_what_was_missed_long_ago_is_not_made_up(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    """A monthly rule that was missed two days ago waits for next month."""
    listen(ledger.redis, [], {"monthly": {"cron": "0 6 1 * *", "livemode": True}})
    assert look(ledger, "2026-01-31T20:00", "2026-02-03T12:00") == []
    assert "schedule.missed" in capsys.readouterr().out
    assert look(ledger, "2026-03-01T06:00") == ["monthly@2026-03-01T06:00-06:00"]


def test_a_rule_that_is_gone_fires_no_more(ledger: Ledger) -> None:
    """Nor does it fire for the time in between when it comes back."""
    listen(ledger.redis, [], DAILY)
    look(ledger, "2026-01-31T20:00")
    listen(ledger.redis, [], {})
    assert look(ledger, "2026-02-01T06:00") == []
    listen(ledger.redis, [], DAILY)
    assert look(ledger, "2026-02-01T07:00") == []
    assert look(ledger, "2026-02-02T06:00") == ["daily@2026-02-02T06:00-06:00"]


def test_another_schedule_does_not_fire_for_the_past(ledger: Ledger) -> None:
    """Whoever changes the expression gets its next time."""
    listen(ledger.redis, [], DAILY)
    look(ledger, "2026-01-31T20:00", "2026-02-01T06:00")
    listen(ledger.redis, [], {"daily": {"cron": "*/5 * * * *", "livemode": True}})
    assert len(look(ledger, "2026-02-01T09:01")) == 1
    assert len(look(ledger, "2026-02-01T09:05")) == 2


def test_one_wrong_expression_stops_no_other(ledger: Ledger) -> None:
    """What another version of the program wrote is logged and left out."""
    listen(ledger.redis, [], {"a": {"cron": "0 99 * * *", "livemode": True}, **DAILY})
    ledger.redis.hset("gs:considered", "a", f"{ledger.now()} 0 99 * * *")
    assert look(ledger, "2026-01-31T20:00", "2026-02-01T06:00") == ["daily@2026-02-01T06:00-06:00"]
