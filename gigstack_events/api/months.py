"""Calendar months of a range of days. No I/O here."""

from datetime import date, timedelta

from gigstack_events.api.errors import InvalidInput
from gigstack_events.api.formats import iso_date


def months(start: date | str, end: date | str) -> list[tuple[date, date]]:
    """Split a range of days by calendar month: the first and the last day of each, both counted in.

    The SAT takes one month at most per request: `for start, end in months("2026-01-01", "2026-03-31")` are
    the three requests of a quarter. Raises InvalidInput where a day does not exist or the end comes first.
    """
    first, last = (date.fromisoformat(iso_date(name, day)) for name, day in (("start", start), ("end", end)))
    if last < first:
        raise InvalidInput(f"end: {last} comes before the start, {first}")
    found = []
    while first <= last:
        month_end = _last_of_month(first)
        found.append((first, min(month_end, last)))
        first = month_end + timedelta(days=1)
    return found


def _last_of_month(day: date) -> date:
    in_next_month = day.replace(day=28) + timedelta(days=4)
    return in_next_month - timedelta(days=in_next_month.day)
