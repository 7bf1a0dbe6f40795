"""How single values are written: days, RFCs, e-mail addresses, uuids, amounts.

All raise InvalidInput that begins with the field's name. What may be personal is not repeated.
"""

import calendar
import math
import re
from datetime import date
from typing import Any

from gigstack_events.api.errors import InvalidInput

GENERIC_FOREIGN = "XEXX010101000"

_RFC = re.compile(r"[A-ZÑ&]{3,4}(\d{2})(\d{2})(\d{2})[A-Z0-9]{3}", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HEADER_KEY = re.compile(r"[A-Za-z0-9._:-]{8,128}")
_LONGEST_EMAIL = 254


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
    raise InvalidInput(f"{field}: this is no day that exists, written as YYYY-MM-DD")


def _month_later(day: date) -> date:
    year, month = (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def rfc(field: str, value: Any) -> None:
    """Check an RFC: 12 characters for a company, 13 for a person, with a day that exists."""
    found = _RFC.fullmatch(value.upper()) if isinstance(value, str) else None
    if found is None:
        raise InvalidInput(
            f"{field}: this is no RFC, which has 12 characters for a company and 13 for a person, such as "
            f"XAXX010101000 for the general public. For a client abroad name the country of the address, "
            f"or use {GENERIC_FOREIGN}"
        )
    year, month, day = map(int, found.groups())
    # The RFC does not tell the century; a 29th of February is good in either.
    if not (_exists(1900 + year, month, day) or _exists(2000 + year, month, day)):
        raise InvalidInput(f"{field}: the six digits of this RFC are no day that exists, YYMMDD")


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def email(field: str, value: Any) -> None:
    """Check that it looks like one e-mail address."""
    if not (isinstance(value, str) and len(value) <= _LONGEST_EMAIL and _EMAIL.fullmatch(value)):
        raise InvalidInput(f"{field}: this is not one e-mail address, such as ana@empresa.mx")


def uuid(field: str, value: Any) -> None:
    """Check the uuid of a CFDI (folio fiscal)."""
    if not (isinstance(value, str) and _UUID.fullmatch(value)):
        raise InvalidInput(f"{field}: this is no CFDI's uuid, such as 5f3a1c9e-0b7d-4c1e-9a52-6d8e7f001122")


def zip_code(field: str, value: Any) -> None:
    """Check a Mexican postal code."""
    text = str(value) if isinstance(value, int) and 0 <= value < 100_000 else value
    if not (isinstance(text, str) and re.fullmatch(r"\d{5}", text, re.ASCII)):
        raise InvalidInput(
            f"{field}: a Mexican postal code has 5 digits, as text, such as '03100'. For an address abroad "
            "name its country"
        )


def currency(field: str, value: Any) -> None:
    """Check that it can be a currency of ISO 4217."""
    if not (isinstance(value, str) and re.fullmatch(r"[A-Za-z]{3}", value)):
        raise InvalidInput(f"{field}: a currency has three letters, such as 'MXN'")


def amount(field: str, value: Any) -> None:
    """Check a number, also as text: finite and not negative."""
    if not _number(value) >= 0:
        raise InvalidInput(f"{field}: this is no finite number from 0 on")


def positive(field: str, value: Any) -> None:
    """Check a number, also as text: finite and more than 0."""
    if not _number(value) > 0:
        raise InvalidInput(f"{field}: this is no finite number above 0")


def month(field: str, value: Any) -> None:
    """Check the number of a month."""
    if _number(value) not in range(1, 13):
        raise InvalidInput(f"{field}: a month is a number from 1 to 12")


def year(field: str, value: Any) -> None:
    """Check a year of this century."""
    if _number(value) not in range(2000, 2100):
        raise InvalidInput(f"{field}: a year has four digits, such as 2026")


def header_key(field: str, value: Any) -> None:
    """Check an idempotency key that goes into a header."""
    if not (isinstance(value, str) and _HEADER_KEY.fullmatch(value)):
        raise InvalidInput(f"{field}: a key has 8 to 128 letters, digits or . _ : -")


def _number(value: Any) -> float:
    """Read a number; what is none, or not finite, compares to nothing."""
    if isinstance(value, bool):
        return math.nan
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan
