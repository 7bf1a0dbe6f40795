"""Schedules: when a cron expression falls due, in Mexico City's time. Pure: values in, values out.

Times are epoch ms. cronsim follows Debian's cron where clocks change: what falls into the hour that is
left out comes right after it, and what falls into the hour that comes twice comes once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MADE_UP_MS = 24 * 3_600_000
"""A due time that was missed is made up for at most this long."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the clock found: a time that is `due`, up to where all is `considered` now.

    `missed` is the first of the due times that are skipped for good.
    """

    due: int | None
    considered: int
    missed: int | None


def wrong_schedule(cron: str) -> str:
    """What is wrong with a cron expression, or ''."""
    from cronsim import CronSimError  # a process that knows no schedule does not load it

    if len(cron.split()) != 5:
        return f"has the schedule {cron!r}: write five fields, such as '0 6 * * *' for six in the morning"
    try:
        found = next_due(cron, 0)
    except CronSimError as error:
        return f"has the schedule {cron!r}, which is no cron expression: {error}"
    except ZoneInfoNotFoundError:
        return f"has the schedule {cron!r}, but this machine knows no time zones: install tzdata"
    return "" if found else f"has the schedule {cron!r}, which never comes"


def look(cron: str, considered: int, now: int) -> Look:
    """What is due by now, when everything until `considered` was looked at before.

    Of several times that went by, the newest of the last 24 hours is due, and the others are skipped.
    """
    first = next_due(cron, considered)
    if first is None or first > now:
        return Look(None, considered, None)
    newest = None
    for due in _dues(cron, max(considered, now - MADE_UP_MS)):
        if due > now:
            break
        newest = due
    return Look(newest, newest or now, first if first != newest else None)


@lru_cache(maxsize=1000)
def next_due(cron: str, after: int) -> int | None:
    """The first due time after a moment; None where none comes within 50 years."""
    return next(_dues(cron, after), None)


def local(moment: int) -> str:
    """A moment as people in Mexico City write it, to the minute: `2026-01-31T06:00-06:00`."""
    return datetime.fromtimestamp(moment / 1000, _zone()).isoformat(timespec="minutes")


def _dues(cron: str, after: int) -> Iterator[int]:
    from cronsim import CronSim

    for moment in CronSim(cron, datetime.fromtimestamp(after // 1000, _zone())):
        due = int(moment.timestamp()) * 1000
        if due > after:  # in the hour that comes twice it may start with the first one again
            yield due


@cache
def _zone() -> ZoneInfo:
    return ZoneInfo("America/Mexico_City")
