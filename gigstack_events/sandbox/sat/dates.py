"""Days and months as the SAT counts them: in Mexico City."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from gigstack_events.sandbox.replies import invalid

# The SAT's office; Mexico has had no summer time since 2022.
MEXICO = timezone(timedelta(hours=-6))

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_day(text: str, field: str) -> date:
    """Read YYYY-MM-DD, or raise Problem (400)."""
    try:
        if _DAY.fullmatch(text) and "2000" <= text < "3000":
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise invalid(f"{field} is a day that exists, as YYYY-MM-DD", field)


def day_of(moment_ms: int) -> date:
    """Return the day in Mexico City."""
    return datetime.fromtimestamp(moment_ms / 1000, MEXICO).date()


def start_of(day: date) -> int:
    """Return the first moment of a day in epoch ms."""
    return int(datetime(day.year, day.month, day.day, tzinfo=MEXICO).timestamp() * 1000)


def moment(day: date, hour: int, minute: int, second: int = 0) -> int:
    """Return a time of a day in epoch ms."""
    return start_of(day) + ((hour * 60 + minute) * 60 + second) * 1000


def local_text(moment_ms: int) -> str:
    """Write a moment as CFDIs do: `2026-01-15T10:00:00`, in Mexico City."""
    return datetime.fromtimestamp(moment_ms // 1000, MEXICO).replace(tzinfo=None).isoformat()


def utc_text(moment_ms: int) -> str:
    """Write a moment as ISO text in UTC."""
    return datetime.fromtimestamp(moment_ms // 1000, UTC).replace(tzinfo=None).isoformat() + "Z"


def months_later(day: date, months: int) -> date:
    """Return the day some months later or, where `months` is negative, earlier.

    The 31st of a month becomes the 1st of the month behind where there is no 31st.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        # Only days from the 29th on are missing somewhere, and never in December.
        return date(year, month + 2, 1)


def months_between(first: date, last: date) -> list[date]:
    """Return the first days of all months that a range touches."""
    begin = first.replace(day=1)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [months_later(begin, step) for step in range(count)]


def by_month(first: date, last: date) -> list[tuple[date, date]]:
    """Split a range where months end."""
    begins = [max(first, begin) for begin in months_between(first, last)]
    ends = [begin - timedelta(days=1) for begin in begins[1:]]
    return list(zip(begins, [*ends, last], strict=True))
