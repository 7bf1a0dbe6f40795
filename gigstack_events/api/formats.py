"""How single values are written: dates, RFCs, e-mail addresses, CFDI uuids. All raise InvalidInput."""

import calendar
import re
from datetime import date

from gigstack_events.api.errors import InvalidInput


def iso_date(field: str, value: date | str) -> str:
    """Return a day as `YYYY-MM-DD`, given so or as a `datetime.date`."""
    return _day(field, value).isoformat()


def month_range(start: date | str, end: date | str) -> tuple[str, str]:
    """Return both days as `YYYY-MM-DD`, both counted in; the SAT takes one month at most per request."""
    first, last = _day("start", start), _day("end", end)
    if last < first:
        raise InvalidInput(f"end: {last} comes before the start, {first}")
    if last >= (following := _month_later(first)):
        raise InvalidInput(
            f"end: from {first} to {last} is more than the one month that the SAT takes per request; "
            f"the last day from {first} on is the one before {following}. Ask month by month"
        )
    return first.isoformat(), last.isoformat()


def _day(field: str, value: date | str) -> date:
    if isinstance(value, date):
        return date(value.year, value.month, value.day)  # a datetime is a date, too
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            return date.fromisoformat(value)
    except (TypeError, ValueError):
        pass
    raise InvalidInput(f"{field}: {value!r} is no day that exists, written as YYYY-MM-DD")


def _month_later(day: date) -> date:
    year, month = (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
