"""Times as gigstack writes them: seconds, milliseconds, digits, ISO 8601 and Firestore's objects."""

import re
from datetime import UTC, datetime

_DIGITS = re.compile(r"[0-9]{1,18}(\.[0-9]{1,9})?")
_YEAR_10000 = 253_402_300_800_000


def read_time(value: object) -> int | None:
    """Read a time as epoch ms; ISO times without an offset are UTC.

    None where that gives no time between 1970 and the year 10000.
    """
    if isinstance(value, dict):  # Firestore's Timestamp, which the vendor's CLI reads too
        value = value.get("_seconds", value.get("seconds"))
    if isinstance(value, str):
        value = float(value) if _DIGITS.fullmatch(value) else _iso_seconds(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # The vendor's CLI tells the units apart by this bound: its objects carry seconds, its envelopes ms
    ms = value if value > 1e12 else value * 1000
    return round(ms) if 0.5 < ms < _YEAR_10000 else None  # rounds to 1 at least


def _iso_seconds(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
