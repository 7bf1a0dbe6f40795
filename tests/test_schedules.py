"""Schedules: due times in Mexico City's time, and which of the missed ones count."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gigstack_events.schedules import Look, local, look, next_due, wrong_schedule

MEXICO = ZoneInfo("America/Mexico_City")


def at(text: str, *, fold: int = 0) -> int:
    """A moment in Mexico City, epoch ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=MEXICO, fold=fold).timestamp()) * 1000


def test_times_are_mexico_citys() -> None:
    """Six in the morning is twelve in Greenwich."""
    assert next_due("0 6 * * *", at("2026-01-31T07:00")) == at("2026-02-01T06:00")
    assert local(at("2026-01-31T06:00")) == "2026-01-31T06:00-06:00"


def test_nothing_is_due_twice() -> None:
    """A due time that was considered is over; the next one is not here yet."""
    six = at("2026-02-01T06:00")
    assert look("0 6 * * *", six - 1, six) == Look(six, six, None)
    assert look("0 6 * * *", six, six + 3_600_000) == Look(None, six, None)


def test_only_the_newest_missed_time_is_made_up() -> None:
    """After three hours of downtime a quarter-hourly rule fires once, and says what was left out."""
    before, now = at("2026-02-01T06:00"), at("2026-02-01T09:01")
    newest = at("2026-02-01T09:00")
    assert look("*/15 * * * *", before, now) == Look(newest, newest, at("2026-02-01T06:15"))


def test_what_is_older_than_a_day_is_not_made_up() -> None:
    """A monthly rule that was missed by two days waits for the next month."""
    before, now = at("2026-01-20T00:00"), at("2026-02-03T06:00")
    assert look("0 6 1 * *", before, now) == Look(None, now, at("2026-02-01T06:00"))


@pytest.mark.parametrize("cron", ["30 2 * * *", "30 1 * * *", "0 3 * * *"])
@pytest.mark.parametrize("day", ["2022-04-03", "2022-10-30"])
def test_once_on_days_when_clocks_change(cron: str, day: str) -> None:
    """A daily rule fires once on the day with 23 hours and on that with 25, however often one looks."""
    begin = at(f"{day}T00:00")
    end = int((datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=MEXICO).timestamp()) * 1000
    considered, fired = begin, []
    for now in range(begin, end, 7 * 60_000):
        seen = look(cron, considered, now)
        considered = seen.considered
        fired += [seen.due] if seen.due else []
        assert seen.missed is None
    assert len(fired) == 1


@pytest.mark.parametrize(
    ("cron", "says"),
    [
        ("0 6 * *", "five fields"),
        ("* * * * * *", "five fields"),
        ("0 25 * * *", "hour"),
        ("sometimes at noon or later", "no cron expression"),
        ("0 0 31 2 *", "day-of-month"),
    ],
)
def test_mistakes_are_found_at_the_start(cron: str, says: str) -> None:
    """Whatever never comes, or is no expression, is refused with a sentence."""
    assert says in wrong_schedule(cron)
    assert wrong_schedule("0 6 1-5 * mon-fri") == ""
