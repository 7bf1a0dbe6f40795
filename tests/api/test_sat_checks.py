"""What the SAT would refuse hours later is refused at once, and where checks are off, it is sent."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from gigstack_events.api import InvalidInput, months
from gigstack_events.api.sat import Sat
from gigstack_events.api.sat_checks import check_sync_start
from tests.api.stand_in import Api, ok

TODAY = date(2026, 7, 15)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda sat: sat.request("2026-01-01", "2026-02-01"), "end"),
        (lambda sat: sat.preview("2026-02-01", "2026-01-01"), "end"),
        (lambda sat: sat.preview("2026-01-01", "2026-01-31", []), "directions"),
        (lambda sat: sat.preview("2026-01-01", "2026-01-31", "received"), "directions"),
        (lambda sat: sat.update_schedule(time="9:00"), "time"),
        (lambda sat: sat.update_schedule(time="24:00"), "time"),
        (lambda sat: sat.update_schedule(enabled=True), "time"),
        (lambda sat: sat.update_schedule(time="21:00", days_back=0), "days_back"),
        (lambda sat: sat.update_schedule(time="21:00", days_back=91), "days_back"),
        (lambda sat: sat.update_schedule(time="21:00", download_types=["all"]), "download_types"),
        (lambda sat: sat.register(phone="5512345678", sync_start_date=date.today()), "phone"),
        (lambda sat: sat.register(phone="+525512345678", sync_start_date="2019-01-01"), "sync_start_date"),
        (lambda sat: sat.import_xml([], 0), "uuids"),
        (lambda sat: sat.import_xml(["u"] * 501, 0), "uuids"),
        (lambda sat: sat.import_xml("u", 0), "uuids"),
        (lambda sat: sat.import_xml(["u"], -1), "confirm_cost_mxn"),
        (lambda sat: sat.import_xml(["u"], float("nan")), "confirm_cost_mxn"),
        (lambda sat: sat.list_invoices(start="01/02/2026"), "start"),
    ],
)
def test_what_cannot_be_right_is_not_sent(call: Callable[[Sat], Any], field: str) -> None:
    """The message names the field."""
    api = Api(ok({}))
    with pytest.raises(InvalidInput, match=f"^{field}: "):
        call(api.gigstack().sat)
    assert api.requests == []


def test_checks_can_be_turned_off() -> None:
    """Where the SAT changes its rules, nobody has to wait for this library."""
    api = Api(ok({}))
    sat = api.gigstack(check_inputs=False).sat
    sat.request("2026-01-01", "2026-02-01")
    sat.update_schedule(time="at night", days_back=365)
    sat.register(phone="+1", sync_start_date="2010-01-01")
    sat.import_xml(["u"] * 501, 0)
    assert len(api.requests) == 4


@pytest.mark.parametrize("day", ["2020-08-15", "2020-08-14", "2026-07-15", None])
def test_the_sat_keeps_71_months(day: str | None) -> None:
    """From the same day 71 months ago on; a day more, for Mexico's day begins later than ours."""
    check_sync_start(day, TODAY)


@pytest.mark.parametrize("day", ["2020-08-13", "2026-07-16"])
def test_older_and_coming_cfdi_cannot_be_had(day: str) -> None:
    """One day outside is outside."""
    with pytest.raises(InvalidInput, match="71 months"):
        check_sync_start(day, TODAY)


def test_71_months_before_the_end_of_a_month() -> None:
    """Where the earlier month is shorter, its last day counts."""
    check_sync_start("2019-02-28", date(2025, 2, 1))
    with pytest.raises(InvalidInput):
        check_sync_start("2019-02-27", date(2025, 2, 1))


def test_a_range_is_split_by_calendar_months() -> None:
    """Every day is in exactly one part, also in February and over the end of a year."""
    assert months("2027-12-15", date(2028, 3, 1)) == [
        (date(2027, 12, 15), date(2027, 12, 31)),
        (date(2028, 1, 1), date(2028, 1, 31)),
        (date(2028, 2, 1), date(2028, 2, 29)),
        (date(2028, 3, 1), date(2028, 3, 1)),
    ]
    assert months("2026-02-10", "2026-02-10") == [(date(2026, 2, 10), date(2026, 2, 10))]


@pytest.mark.parametrize(("start", "end"), [("2026-02-01", "2026-01-31"), ("2026-02-30", "2026-03-01")])
def test_a_range_that_makes_no_sense_has_no_months(start: str, end: str) -> None:
    """A typing error is an error, not an empty quarter."""
    with pytest.raises(InvalidInput):
        months(start, end)
