"""Retentions: CFDI of taxes withheld."""

from typing import Any

import pytest

from gigstack_events.api import InvalidInput, Retention
from gigstack_events.api.models import RetentionFiles
from tests.api.asked import Asked, asked
from tests.api.stand_in import Api, ok

INPUT: dict[str, Any] = {
    "retention_key": "26", "client": "client_1", "period_start": 1, "period_end": 1, "period_year": 2026,
    "total_operation": 1000, "taxes": [{"tax": "ISR", "base": 1000, "amount": 10}],
}  # fmt: skip
ANSWER = {
    "id": "u1", "uuid": "u1", "status": "valid", "document_type": "retenciones", "retention_key": "26",
    "folio_number": 7, "series": "RET", "issuer": {"legal_name": "ACME", "tax_id": "AAA010101AAA"},
    "period": {"start": 1, "end": 1, "year": 2026},
    "totals": {"total_operation": 1000, "total_retained": "10.0", "tax_retained": [{"tax": "001"}, None]},
    "stamp": {"uuid": "u1", "stamped_at": "2026-02-01T00:00:00Z"}, "created_at": 1_769_904_000_000,
}  # fmt: skip


def test_a_retention_is_made_and_read() -> None:
    """An id is enough to name the client; parts and times are read."""
    api = Api(ok(ANSWER))
    made = api.gigstack().retentions.create(**INPUT)
    assert asked(api.last) == Asked("POST", "/retentions", {**INPUT, "client": {"id": "client_1"}})
    assert (made.uuid, made.status, made.is_canceled, made.folio_number) == ("u1", "valid", False, "7")
    assert (made.totals.total_retained, made.totals.tax_retained) == (10.0, [{"tax": "001"}])
    assert (made.stamp.stamped_at, made.created_at) == (1_769_904_000_000, 1_769_904_000_000)


def test_the_list_takes_its_range_in_milliseconds() -> None:
    """All other lists take seconds: this one is documented so, by another name."""
    api = Api(ok([ANSWER], has_more=True, next="c1"), ok([None, {"id": "u2"}], has_more=False))
    found = api.gigstack().retentions.list(created_gte=1_767_225_600_000, status="valid", retention_key="26")
    assert [retention.id for retention in found] == ["u1", "u2"]
    query = {"limit": "100", "created_gte": "1767225600000", "status": "valid", "retention_key": "26"}
    assert asked(api.last) == Asked("GET", "/retentions", None, {**query, "next": "c1"})


def test_get_cancel_and_files_follow_the_invoices() -> None:
    """Their routes are the API's convention."""
    api = Api(ok({"pdf": "https://x.mx/a.pdf"}))
    retentions = api.gigstack().retentions
    retentions.get("u1")
    assert asked(api.last) == Asked("GET", "/retentions/u1")
    assert retentions.files("u1").pdf == "https://x.mx/a.pdf"
    assert asked(api.last) == Asked("GET", "/retentions/u1/files")
    retentions.files("u1", "xml")
    assert asked(api.last) == Asked("GET", "/retentions/u1/files", None, {"file_type": "xml"})
    retentions.cancel("u1", "02")
    assert asked(api.last) == Asked("DELETE", "/retentions/u1", {"motive": "02"})
    other = "5f3a1c9e-0b7d-4c1e-9a52-6d8e7f001122"
    retentions.cancel("u1", "01", other)
    assert asked(api.last) == Asked("DELETE", "/retentions/u1", {"motive": "01", "substitution_uuid": other})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"retention_key": "27"}, "retention_key"),
        ({"period_start": 0}, "period_start"),
        ({"period_end": 13}, "period_start, period_end"),
        ({"period_start": 3, "period_end": 2}, "period_start"),
        ({"taxes": []}, "taxes"),
    ],
)
def test_a_retention_that_cannot_be_right_is_not_sent(fields: dict[str, Any], field: str) -> None:
    """The SAT's keys, months of a year, at least one tax."""
    api = Api(ok({}))
    with pytest.raises(InvalidInput, match=f"^{field}"):
        api.gigstack().retentions.create(**{**INPUT, **fields})
    assert api.requests == []
    api.gigstack(check_inputs=False).retentions.create(**{**INPUT, **fields})


def test_motive_01_names_what_takes_its_place() -> None:
    """The SAT refuses it without."""
    with pytest.raises(InvalidInput, match="substitution_uuid"):
        Api(ok({})).gigstack().retentions.cancel("u1", "01")


@pytest.mark.parametrize("status", ["canceled", "cancelled"])
def test_both_spellings_are_cancelled(status: str) -> None:
    """With one l or two."""
    assert Retention(status=status).is_canceled


@pytest.mark.parametrize("data", [{"pdf": "p", "xml": "x"}, {"files": {"pdf": "p", "xml_url": "x"}}])
def test_files_are_found_wherever_they_stand(data: dict[str, Any]) -> None:
    """What this answers is not documented."""
    files = RetentionFiles.model_validate(data)
    assert (files.pdf, files.xml) == ("p", "x")
