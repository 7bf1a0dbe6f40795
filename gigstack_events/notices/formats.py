"""Amounts and times as people in Mexico read them; text in, text out, and '' where there is nothing."""

from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from gigstack_events.errors import ConfigurationError
from gigstack_events.times import read_time

LOCALES = {"es": "es_MX", "en": "en_US"}
ZONE = "America/Mexico_City"


class Formats:
    """The filters of one language."""

    def __init__(self, language: str) -> None:
        try:
            import babel.dates
            import babel.numbers
        except ImportError:
            raise missing_extra("babel") from None
        self._dates = babel.dates
        self._numbers = babel.numbers
        self._locale = LOCALES[language]

    def money(self, value: Any, currency: Any = "MXN") -> str:
        """An amount with its currency: `money(1160)` is `$1,160.00 MXN`."""
        amount, code = _number(value), str(currency or "MXN")[:8].upper()
        if amount is None:
            return str(value if value is not None else "")[:40]
        return f"{self._numbers.format_currency(amount, 'MXN', '¤#,##0.00', locale='es_MX')} {code}"

    def date(self, value: Any) -> str:
        """The day of a time in Mexico City."""
        moment = _moment(value)
        if moment is None:
            return _as_it_is(value)
        return self._dates.format_date(moment.date(), "d MMM y", locale=self._locale)

    def datetime(self, value: Any) -> str:
        """Day and time in Mexico City."""
        moment = _moment(value)
        if moment is None:
            return _as_it_is(value)
        return self._dates.format_datetime(moment, "d MMM y, HH:mm", locale=self._locale)


def missing_extra(module: str) -> ConfigurationError:
    """What to do where an optional library is not there."""
    return ConfigurationError(
        f"notify needs {module}, which is not installed: pip install 'gigstack-events[notify]'"
    )


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 1e15 else None


def _moment(value: Any) -> datetime | None:
    """A time as gigstack writes them: the SAT's have no zone and are of Mexico already."""
    if isinstance(value, str) and len(value) == 19 and value[10:11] == "T":
        try:
            return datetime.fromisoformat(value).replace(tzinfo=_zone())
        except ValueError:
            return None
    ms = read_time(value)
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC).astimezone(_zone())


def _as_it_is(value: Any) -> str:
    return "" if value is None else str(value)[:40]


@cache
def _zone() -> tzinfo:
    return ZoneInfo(ZONE)
