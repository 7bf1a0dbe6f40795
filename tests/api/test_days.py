"""Days, and the month that one request to the SAT may be about."""

from datetime import date, datetime

import pytest

from gigstack_events.api import InvalidInput, checks


@pytest.mark.parametrize("value", ["2026-02-28", date(2026, 2, 28), datetime(2026, 2, 28, 23, 59)])
def test_a_day_is_a_date_or_its_text(value: date | str) -> None:
    """Handlers hold dates, configuration holds text."""
    assert checks.iso_date("start_date", value) == "2026-02-28"


@pytest.mark.parametrize(
    "value", ["2026-02-29", "2026-2-8", "20260228", "28/02/2026", "", "٢٠٢٦-٠٢-٢٨", None]
)
def test_no_other_day_passes(value: str) -> None:
    """A day that does not exist, or written in another way, would be a surprise at the SAT."""
    with pytest.raises(InvalidInput, match="start_date"):
        checks.iso_date("start_date", value)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-01", "2026-01-31"),
        ("2026-02-01", "2026-02-28"),
        ("2026-01-15", "2026-02-14"),
        ("2026-01-31", "2026-02-27"),
        ("2026-12-10", "2027-01-09"),
        ("2026-01-01", "2026-01-01"),
    ],
)
def test_a_month_is_one_request(start: str, end: str) -> None:
    """The SAT takes up to one month, from any day on."""
    assert checks.month_range(date.fromisoformat(start), end) == (start, end)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-01", "2026-02-01"),
        ("2026-01-31", "2026-02-28"),
        ("2026-01-01", "2027-01-01"),
        ("2026-01-02", "2026-01-01"),
        ("2026-01-02", "soon"),
    ],
)
def test_more_than_a_month_or_less_than_a_day_is_refused(start: str, end: str) -> None:
    """Such a request would come back from the SAT hours later, refused."""
    with pytest.raises(InvalidInput, match=r"^end"):
        checks.month_range(start, end)
