"""What Descarga Masiva answers is read, whichever way it is written."""

from typing import Any

import pytest

from gigstack_events.api.models import FetchedInvoice, SatRequest, SatSchedule
from tests.api.stand_in import Api, ok

_ROW = {
    "id": "r1", "rfcType": "issued", "startDate": "2026-01-01", "endDate": "2026-01-31",
    "status": "completed", "invoiceCount": 12, "processedCount": "9", "source": "manual",
    "createdAt": 1_767_225_600_000, "completedAt": "2026-01-01T01:00:00Z", "statusMessage": None,
}  # fmt: skip


@pytest.mark.parametrize("data", [{"history": [_ROW, None]}, [_ROW, 7], {"history": [{**_ROW, "owner": []}]}])
def test_a_row_of_the_history_is_read(data: object) -> None:
    """Its names are in camelCase; an odd row or field costs only itself."""
    rows = Api(ok(data)).gigstack().sat.history()
    assert len(rows) == 1
    row = rows[0]
    assert (row.request_id, row.rfc_type, row.start_date, row.invoice_count) == (
        "r1",
        "issued",
        "2026-01-01",
        12,
    )
    assert (row.processed_count, row.created_at, row.completed_at) == (
        9,
        1_767_225_600_000,
        1_767_229_200_000,
    )


@pytest.mark.parametrize(
    "data",
    [
        {"package_ids": ["p1", "p2"]},
        {"packageIds": ["p1", "p2"]},
        {"packages": [{"id": "p1"}, {"packageId": "p2"}]},
        {"request": {"id": "r1", "result": {"packages": ["p1", "p2", "p1"]}}},
    ],
)
def test_packages_are_found_wherever_they_stand(data: dict[str, Any]) -> None:
    """What a status answers is not documented."""
    assert SatRequest.model_validate(data).package_ids == ["p1", "p2"]


def test_one_package_is_a_list_of_one() -> None:
    """A request of few CFDI has a single package."""
    assert SatRequest.model_validate({"packageId": "p1"}).package_ids == ["p1"]
    assert SatRequest.model_validate({"status": "processing"}).package_ids == []


def test_a_status_is_of_the_request_asked_for() -> None:
    """Also where the reply does not repeat the id."""
    assert Api(ok({"status": "accepted"})).gigstack().sat.status("r1").request_id == "r1"


@pytest.mark.parametrize(
    ("status", "is_open", "is_completed", "is_failed"),
    [
        ("pending", True, False, False),
        ("accepted", True, False, False),
        ("processing", True, False, False),
        ("completed", False, True, False),
        ("failed", False, False, True),
        ("expired", False, False, True),
        ("of tomorrow", False, False, False),
    ],
)
def test_statuses_say_what_to_do(status: str, is_open: bool, is_completed: bool, is_failed: bool) -> None:
    """Ask again, fetch, or look why; a status that nobody knows does neither."""
    request = SatRequest(status=status)
    assert (request.is_open, request.is_completed, request.is_failed) == (is_open, is_completed, is_failed)


def test_a_saved_schedule_reads_alone_and_within_the_whole() -> None:
    """Whether the save answers the run or everything is not documented."""
    run = {"enabled": True, "time": "21:00", "downloadTypes": ["received"], "daysBack": 7}
    for data in (run, {"fiel_uploaded": True, "schedule": run}):
        found = SatSchedule.model_validate(data).schedule
        assert (found.enabled, found.time, found.download_types, found.days_back) == (
            True,
            "21:00",
            ["received"],
            7,
        )


@pytest.mark.parametrize(
    "data", ["<a/>", {"xml": "<a/>"}, {"encoding": "base64", "content": "PGEvPg=="}, {"cfdi": "<a/>"}]
)
def test_a_fetched_cfdi_is_its_xml(data: object) -> None:
    """How the reply carries it is not documented."""
    assert FetchedInvoice.model_validate(data).xml == "<a/>"
