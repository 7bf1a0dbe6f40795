"""Invoices: what the answers mean."""

import httpx
import pytest

from gigstack_events.api import InvalidInput, Invoice
from gigstack_events.errors import ApiError
from tests.api.stand_in import Api, ok

ITEM = {"id": "service_1", "quantity": 1}
UUID = "5f3a1c9e-0b7d-4c1e-9a52-6d8e7f001122"


def test_an_invoice_is_read_from_the_documented_example() -> None:
    """The fields of the API's own example, with its odd types."""
    data = {
        "uuid": UUID, "status": "stamped", "invoice_type": "I", "total": "116.00", "subtotal": 100,
        "series": "A", "folio_number": 19, "payment_method": "PUE", "payments": ["payment_one"],
        "date": 1_791_547_200_000, "created_at": 1_677_651_234, "livemode": False, "team": "team",
        "items": [None, {"id": "i", "unit_price": "100", "taxes": [{"rate": "0.16", "base": "100"}]}],
        "stamp": {"sello": "abc", "stamp_at": "2026-01-02T03:04:05Z", "provider": "p"}, "cancellation": None,
        "global": {"periodicity": "04", "months": "01", "year": "2026"}, "addenda": None,
        "related_documents": [{"relationship": "04", "documents": [UUID]}],
        "issuer_info": {"legal_name": "EMPRESA", "zip": 3100}, "files": {"pdf": "https://x/p", "xml": None},
        "automations": [{"type": "payment", "from": "invoice"}], "brand_new": 1,
    }  # fmt: skip
    invoice = Api(ok(data)).gigstack().invoices.income.get(UUID)
    assert (invoice.id, invoice.uuid, invoice.folio_number, invoice.total) == (UUID, UUID, "19", 116.0)
    assert (invoice.date, invoice.created_at) == (1_791_547_200_000, 1_677_651_234_000)
    assert (invoice.items[0].unit_price, invoice.items[0].taxes[0].rate) == (100.0, 0.16)
    assert invoice.stamp is not None
    assert invoice.stamp.stamp_at == 1_767_323_045_000
    assert invoice.global_ is not None
    assert (invoice.global_.months, invoice.global_.year) == ("01", 2026)
    assert invoice.related_documents[0].documents == [UUID]
    assert invoice.issuer_info is not None
    assert invoice.issuer_info.zip == "3100"
    assert (invoice.files.pdf, invoice.files.xml, invoice.cancellation) == ("https://x/p", None, None)
    assert (invoice.model_extra or {})["brand_new"] == 1


@pytest.mark.parametrize(
    ("status", "stamped", "cancelled"),
    [
        ("valid", True, False),
        ("stamped", True, False),
        ("cancelled", False, True),
        ("canceled", False, True),
        ("pending", False, False),
        ("draft", False, False),
        (None, False, False),
    ],
)
def test_an_invoice_knows_whether_it_counts(status: str | None, stamped: bool, cancelled: bool) -> None:
    """The API has two words, or two spellings, for each."""
    invoice = Invoice.model_validate({"id": "i", "status": status})
    assert (invoice.is_stamped, invoice.is_cancelled) == (stamped, cancelled)


def test_an_id_goes_before_the_uuid() -> None:
    """The uuid stands in only where there is no id, or none that can be read."""
    assert Invoice.model_validate({"id": "invoice_1", "uuid": UUID}).id == "invoice_1"
    for data in ({"id": None}, {"id": ""}, {"id": [1]}):
        assert Invoice.model_validate({**data, "uuid": UUID}).id == UUID


def test_a_draft_is_an_invoice_with_more() -> None:
    """Drafts show what they will be; times are milliseconds."""
    data = {"id": "draft_1", "draft": True, "total": 116, "updated_at": 1_767_323_045_000, "pdf": "JVBERi0="}
    draft = Api(ok(data)).gigstack().invoices.drafts.get("draft_1")
    assert (draft.draft, draft.total, draft.updated_at) == (True, 116, 1_767_323_045_000)
    assert not draft.is_stamped


def test_a_partial_import_tells_of_each_file() -> None:
    """The API may call such a call a failure with 200; what became of each file is there all the same."""
    results = [
        {"filename": "a.xml", "success": True},
        {"filename": "b.xml", "success": False, "error": "RFC"},
    ]
    data = {"summary": {"imported": 1, "not_imported": 1}, "results": results}
    partial = httpx.Response(200, json={"success": False, "message": "partial", "data": data})
    for reply in (ok(data), partial):
        done = Api(reply).gigstack().invoices.import_xml([b"<a/>", b"<b/>"])
        assert (done.summary.imported, [file.success for file in done.results]) == (1, [True, False])
    with pytest.raises(ApiError):
        Api(httpx.Response(200, json={"success": False})).gigstack().invoices.import_xml([b"<a/>"])


def test_more_files_than_one_call_takes_are_not_sent() -> None:
    """The API takes 50."""
    api = Api(ok({}))
    with pytest.raises(InvalidInput, match="51 are more than the 50"):
        api.gigstack().invoices.import_xml([b"<a/>"] * 51)
    assert api.requests == []


def test_a_batch_carries_its_key_in_the_header() -> None:
    """The body's keys are for the invoices, the header's is for the whole batch."""
    api = Api(ok({"id": "batch_1", "result": "queued", "counts": {"pending": 1}, "rejected": []}))
    batch = api.gigstack().invoices.income.create_batch(
        [{"client": "client_1", "items": [ITEM], "idempotency_key": "a"}], idempotency_key="batch-2026-01"
    )
    assert api.last.headers["idempotency-key"] == "batch-2026-01"
    assert (batch.id, batch.counts) == ("batch_1", {"pending": 1})


def test_pages_that_are_nested_in_data_are_followed() -> None:
    """The items of a batch and the documents page inside of `data`."""
    pages = [
        ok({"data": [{"status": "failed"}], "next": "c", "has_more": True}),
        ok({"data": [{"status": "x"}]}),
    ]
    api = Api(*pages)
    found = api.gigstack().invoices.income.list_batch_items("batch_1")
    assert [item.status for item in found] == ["failed", "x"]
    assert api.last.url.params["next"] == "c"
    api = Api(ok({"data": [{"id": "doc_1"}], "next_cursor": "c", "has_more": True}), ok({"data": []}))
    assert [document.id for document in api.gigstack().documents.list()] == ["doc_1"]
    assert api.last.url.params["cursor"] == "c"


def test_cfdi_errors_are_read_page_by_page() -> None:
    """This list tells its size as `total` and is paged by number."""
    row = {"code": "CFDI140223", "description": "d", "explanation": "e", "solution": "s", "type": "receiver"}
    api = Api(ok([row], total=2, page=1, limit=1), ok([{**row, "code": "CFDI40145"}], total=2))
    found = list(api.gigstack().invoices.list_cfdi_errors())
    assert [error.code for error in found] == ["CFDI140223", "CFDI40145"]
    assert found[0].solution == "s"
