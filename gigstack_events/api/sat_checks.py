"""What cannot be right in a call about the SAT's bulk download. All raise InvalidInput; no I/O here."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from gigstack_events.api.errors import InvalidInput

_MONTHS_BACK = 71
_MOST_UUIDS = 500
_DIRECTIONS = ("issued", "received")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_PHONE = re.compile(r"\+52\d{10,11}", re.ASCII)  # mobile numbers had a 1 behind the 52


def check_schedule(fields: Mapping[str, Any]) -> None:
    """Look at the daily run's time, its kinds of CFDI and how far back it looks."""
    if not _CLOCK.fullmatch(str(fields.get("time"))):
        raise InvalidInput("time: is HH:mm, from 00:00 to 23:59, in Mexico City")
    check_directions("download_types", fields.get("download_types", _DIRECTIONS))
    days = fields.get("days_back", 1)
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= 90:
        raise InvalidInput("days_back: is a number of days from 1 to 90")


def check_directions(field: str, given: Sequence[str]) -> None:
    """CFDI are issued or received by the team; at least one of both is meant."""
    if isinstance(given, str) or not given or any(one not in _DIRECTIONS for one in given):
        raise InvalidInput(f"{field}: is a list of 'issued', 'received' or both")


def check_phone(phone: str | None) -> None:
    """Phone numbers are Mexican ones."""
    if phone is not None and not _PHONE.fullmatch(phone):
        raise InvalidInput("phone: is written as +52 and ten digits, without spaces")


def check_sync_start(day: str | None, today: date) -> None:
    """The SAT keeps CFDI for 71 months; `today` is a day of UTC, which may be one ahead of Mexico's."""
    if day is None:
        return
    earliest = _months_before(today - timedelta(days=1), _MONTHS_BACK)
    if not earliest <= date.fromisoformat(day) <= today:
        raise InvalidInput(
            f"sync_start_date: {day} is not within the last {_MONTHS_BACK} months, from {earliest} on"
        )


def check_import(uuids: Sequence[str], cost: float) -> None:
    """One import takes up to 500 CFDI, for a cost in pesos."""
    if isinstance(uuids, str) or not 1 <= len(uuids) <= _MOST_UUIDS:
        raise InvalidInput(f"uuids: is a list of 1 to {_MOST_UUIDS} of them; send more in several imports")
    try:
        agreed = float(cost) >= 0
    except (TypeError, ValueError, OverflowError):
        agreed = False
    if not agreed:
        raise InvalidInput("confirm_cost_mxn: is the cost in pesos that you agree to, 0 or more")


def in_order(start: str, end: str) -> tuple[str, str]:
    """Return both days, of which the end is not the earlier one."""
    if end < start:
        raise InvalidInput(f"end: {end} comes before the start, {start}")
    return start, end


def _months_before(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    in_next_month = date(year, month + 1, 28) + timedelta(days=4)
    last = in_next_month - timedelta(days=in_next_month.day)
    return last.replace(day=min(day.day, last.day))
