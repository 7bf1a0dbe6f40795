"""What is to be asked of the SAT: which months, which request is which, what it costs. No I/O here."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from gigstack_events.api.models import SatRequest
from gigstack_events.api.months import months

MEXICO = "America/Mexico_City"
PRICE_MXN = Decimal("0.20")
"""What an XML costs where the API does not say it."""
MOST_MONTHS = 71
"""How many months back the SAT has CFDI."""

_PRICE = re.compile(r"\d+(\.\d+)?")
Kind = Literal["cfdi", "metadata"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing to ask for: what an RFC issued or received within one calendar month; both days count."""

    rfc: str
    start: date
    end: date
    direction: Literal["issued", "received"]
    kind: Kind = "cfdi"

    @property
    def key(self) -> str:
        """What it is known by, whoever asks."""
        plain = f"{self.rfc}:{self.start}:{self.end}:{self.direction}"
        return plain if self.kind == "cfdi" else f"{plain}:{self.kind}"

    @property
    def folder(self) -> str:
        """Where what it brings is stored."""
        return f"{self.rfc}/{self.start:%Y/%m}"

    @property
    def name(self) -> str:
        """What it is called in its folder."""
        plain = f"{self.direction}_{self.start}_{self.end}"
        return plain if self.kind == "cfdi" else f"{plain}_{self.kind}"

    def __str__(self) -> str:
        return f"{self.direction} of {self.start} to {self.end}"

    def is_asked_by(self, row: SatRequest) -> bool:
        """Tell whether a row of the history asks for the same; it may leave out which kind it is."""
        days = (row.start_date or "")[:10], (row.end_date or "")[:10]
        same_kind = row.request_type in (None, "", self.kind)
        return (
            days == (str(self.start), str(self.end))
            and (row.rfc_type or "").lower() == self.direction
            and same_kind
        )


def day_in_mexico(moment_ms: int) -> date:
    """Return the day of a moment, as the SAT counts it."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).astimezone(ZoneInfo(MEXICO)).date()


def ranges(
    today: date, count: int, *, start: date | None = None, month_to_date: bool = False
) -> list[tuple[date, date]]:
    """Return first and last day of the `count` months that are over, or of all from `start` on.

    `month_to_date` adds the month that runs, up to yesterday; on its first day there is nothing of it yet.
    """
    running, yesterday = today.replace(day=1), today - timedelta(days=1)
    first = start or _months_before(running, count)
    last = yesterday if month_to_date else running - timedelta(days=1)
    return months(first, last) if first <= last else []


def slots(rfc: str, spans: Iterable[tuple[date, date]], directions: Sequence[str], kind: Kind) -> list[Slot]:
    """Return what there is to ask for, the newest month first: it is what people wait for."""
    newest_first = sorted(spans, reverse=True)
    both: tuple[Literal["issued", "received"], ...] = ("issued", "received")
    return [
        Slot(rfc, start, end, direction, kind)
        for start, end in newest_first
        for direction in both
        if direction in directions
    ]


def price_in(text: str | None) -> Decimal:
    """Read the price of one XML in a text such as `$0.20 MXN`."""
    found = _PRICE.search(text or "")
    return Decimal(found[0]) if found else PRICE_MXN


def cost(count: int, price: Decimal) -> float:
    """Return what so many XMLs cost, in pesos."""
    return float(round(count * price, 2))


def _months_before(first: date, count: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 - count, 12)
    return date(year, month + 1, 1)
