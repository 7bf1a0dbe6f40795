"""Each operation about clients, services, invoices, payments, receipts and documents asks as documented."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any

import pytest

from gigstack_events.api import Gigstack
from tests.api.stand_in import Api, ok

UUID = "5f3a1c9e-0b7d-4c1e-9a52-6d8e7f001122"
KEY = "batch-2026-01"
PDF = b"%PDF-1.7 x"
ITEM = {"id": "service_1", "quantity": 1, "unit_price": 1000}
LISTED = {"limit": "100"}
SEARCHED = {"q": "ana", "limit": "100", "page": "1"}
MINE = {"clients", "services", "invoices", "payments", "receipts", "documents"}

Asked = tuple[Callable[[Gigstack], Any], Mapping[str, str], Any]

CALLS: dict[str, Asked] = {
    "clients.list": (lambda g: g.clients.list(), LISTED, None),
    "clients.get": (lambda g: g.clients.get("x"), {}, None),
    "clients.create": (lambda g: g.clients.create(name="Ana"), {}, {"name": "Ana"}),
    "clients.update": (lambda g: g.clients.update("x", phone=None), {}, {"phone": None}),
    "clients.delete": (lambda g: g.clients.delete("x"), {}, None),
    "clients.search": (lambda g: g.clients.search("ana"), SEARCHED, None),
    "clients.validate": (lambda g: g.clients.validate("x"), {}, None),
    "clients.customer_portal": (lambda g: g.clients.customer_portal(id="y"), {}, {"id": "y"}),
    "clients.stamp_pending_receipts": (lambda g: g.clients.stamp_pending_receipts("x"), {}, None),
    "clients.upload_csf": (lambda g: g.clients.upload_csf(PDF, client_id="y"), {"client_id": "y"}, ...),
    "clients.upload_support_document": (
        lambda g: g.clients.upload_support_document("x", PDF, document_type="contract"), {}, ...
    ),
    "clients.list_support_documents": (lambda g: g.clients.list_support_documents("x"), {}, None),
    "services.list": (lambda g: g.services.list(sort="asc"), {**LISTED, "sort": "asc"}, None),
    "services.get": (lambda g: g.services.get("x"), {}, None),
    "services.create": (
        lambda g: g.services.create(
            description="Consultoría", unit_price=1000, product_key="80141503", unit_key="E48",
            taxes=[{"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False}],
        ),
        {},
        {"description": "Consultoría", "unit_price": 1000, "product_key": "80141503", "unit_key": "E48",
         "taxes": [{"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False}]},
    ),
    "services.update": (lambda g: g.services.update("x", unit_price=120), {}, {"unit_price": 120}),
    "services.delete": (lambda g: g.services.delete("x"), {}, None),
    "invoices.income.list": (
        lambda g: g.invoices.income.list(status="valid", client_id="y", created_gte=1_700_000_000_123),
        {**LISTED, "status": "valid", "client_id": "y", "created[gte]": "1700000000"},
        None,
    ),
    "invoices.income.create": (
        lambda g: g.invoices.income.create(
            client="client_1", items=[ITEM], payment_method="PUE", automation_type="pue_invoice",
            global_={"periodicity": "05", "months": "13", "year": 2026},
        ),
        {},
        {"client": {"id": "client_1"}, "items": [ITEM], "payment_method": "PUE",
         "automation_type": "pue_invoice", "global": {"periodicity": "05", "months": "13", "year": 2026}},
    ),
    "invoices.income.get": (lambda g: g.invoices.income.get("x"), {}, None),
    "invoices.income.create_batch": (
        lambda g: g.invoices.income.create_batch(
            [{"client": "client_1", "items": [ITEM], "idempotency_key": "a"}], idempotency_key=KEY
        ),
        {},
        {"invoices": [{"client": {"id": "client_1"}, "items": [ITEM], "idempotency_key": "a"}]},
    ),
    "invoices.income.get_batch": (lambda g: g.invoices.income.get_batch("x"), {}, None),
    "invoices.income.list_batch_items": (
        lambda g: g.invoices.income.list_batch_items("x", status="failed"),
        {**LISTED, "status": "failed"},
        None,
    ),
    "invoices.egress.list": (lambda g: g.invoices.egress.list(series="NC"), {**LISTED, "series": "NC"}, None),
    "invoices.egress.create": (
        lambda g: g.invoices.egress.create(
            client={"search": {"on_key": "tax_id", "on_value": "PEGJ800101ABC"}}, items=[ITEM],
            related_documents=[{"relationship": "01", "documents": [UUID]}],
        ),
        {},
        {"client": {"search": {"on_key": "tax_id", "on_value": "PEGJ800101ABC"}}, "items": [ITEM],
         "related_documents": [{"relationship": "01", "documents": [UUID]}]},
    ),
    "invoices.egress.get": (lambda g: g.invoices.egress.get("x"), {}, None),
    "invoices.drafts.list": (lambda g: g.invoices.drafts.list(), LISTED, None),
    "invoices.drafts.get": (lambda g: g.invoices.drafts.get("x"), {}, None),
    "invoices.drafts.create": (
        lambda g: g.invoices.drafts.create(invoice_type="I"), {}, {"invoice_type": "I"}
    ),
    "invoices.drafts.update": (
        lambda g: g.invoices.drafts.update("x", client="y", items=[ITEM]),
        {},
        {"client": {"id": "y"}, "items": [ITEM]},
    ),
    "invoices.drafts.stamp": (lambda g: g.invoices.drafts.stamp("x"), {}, None),
    "invoices.drafts.preview": (lambda g: g.invoices.drafts.preview("x"), {}, None),
    "invoices.drafts.delete": (lambda g: g.invoices.drafts.delete("x"), {}, None),
    "invoices.list_cfdi_errors": (
        lambda g: g.invoices.list_cfdi_errors(q="ana", type="receiver"),
        {**SEARCHED, "type": "receiver"},
        None,
    ),
    "invoices.complements.list": (
        lambda g: g.invoices.complements.list(invoice_id="y"), {**LISTED, "invoice_id": "y"}, None
    ),
    "invoices.complements.get": (lambda g: g.invoices.complements.get("x"), {}, None),
    "invoices.complements.create": (
        lambda g: g.invoices.complements.create(client="y", use="CP01"),
        {},
        {"client": {"id": "y"}, "use": "CP01"},
    ),
    "invoices.transfers.list": (lambda g: g.invoices.transfers.list(), LISTED, None),
    "invoices.transfers.get": (lambda g: g.invoices.transfers.get("x"), {}, None),
    "invoices.transfers.create": (
        lambda g: g.invoices.transfers.create(items=[ITEM]), {}, {"items": [ITEM]}
    ),
    "invoices.files": (lambda g: g.invoices.files("x", file_type="xml"), {"file_type": "xml"}, None),
    "invoices.upload_support_document": (
        lambda g: g.invoices.upload_support_document("x", PDF, document_type="delivery_proof"), {}, ...
    ),
    "invoices.list_support_documents": (lambda g: g.invoices.list_support_documents("x"), {}, None),
    "invoices.cancel": (lambda g: g.invoices.cancel("x", motive="02"), {}, {"motive": "02"}),
    "invoices.search": (lambda g: g.invoices.search("ana"), SEARCHED, None),
    "invoices.send": (lambda g: g.invoices.send("x", emails=["a@b.mx"]), {}, {"emails": ["a@b.mx"]}),
    "invoices.import_xml": (
        lambda g: g.invoices.import_xml([("a.xml", b"<a/>"), b"<b/>"]),
        {},
        {"files": [{"filename": "a.xml", "content": b64encode(b"<a/>").decode()},
                   {"filename": "cfdi_2.xml", "content": b64encode(b"<b/>").decode()}]},
    ),
    "invoices.run_global": (lambda g: g.invoices.run_global(), {}, {}),
    "payments.list": (lambda g: g.payments.list(currency="USD"), {**LISTED, "currency": "USD"}, None),
    "payments.get": (lambda g: g.payments.get("x"), {}, None),
    "payments.register": (
        lambda g: g.payments.register(
            client="client_1", automation_type="stamp_invoice", currency="MXN", exchange_rate=1,
            payment_form="03", items=[ITEM],
        ),
        {},
        {"client": {"id": "client_1"}, "automation_type": "pue_invoice", "currency": "MXN",
         "exchange_rate": 1, "payment_form": "03", "items": [ITEM]},
    ),
    "payments.request": (
        lambda g: g.payments.request(
            client="client_1", items=[ITEM], automation_type="payment_and_complement",
            allowed_payment_methods=["card"],
        ),
        {},
        {"client": {"id": "client_1"}, "items": [ITEM], "automation_type": "ppd_invoice_and_complement",
         "allowed_payment_methods": ["card"]},
    ),
    "payments.update": (
        lambda g: g.payments.update("x", automation_type="none"), {}, {"automation_type": "none"}
    ),
    "payments.mark_as_paid": (
        lambda g: g.payments.mark_as_paid("x", payment_form="03"), {}, {"payment_form": "03"}
    ),
    "payments.refund": (
        lambda g: g.payments.refund("x", reason="duplicate", amount=10, external_processor_refund=True),
        {},
        {"reason": "duplicate", "amount": 10, "external_processor_refund": True},
    ),
    "payments.cancel": (lambda g: g.payments.cancel("x"), {}, None),
    "payments.search": (
        lambda g: g.payments.search("ana", status="succeeded"), {**SEARCHED, "status": "succeeded"}, None
    ),
    "payments.upload_support_document": (
        lambda g: g.payments.upload_support_document("x", PDF, document_type="payment_proof"), {}, ...
    ),
    "payments.list_support_documents": (lambda g: g.payments.list_support_documents("x"), {}, None),
    "payments.get_reminders": (lambda g: g.payments.get_reminders("x"), {}, None),
    "payments.replace_reminders": (
        lambda g: g.payments.replace_reminders("x", operation_id=UUID, expected_livemode=True),
        {},
        {"operation_id": UUID, "expected_livemode": True},
    ),
    "payments.list_links": (
        lambda g: g.payments.list_links(status="active", since=1_700_000_000_123),
        {**LISTED, "status": "active", "from": "1700000000123"},
        None,
    ),
    "receipts.list": (lambda g: g.receipts.list(), LISTED, None),
    "receipts.get": (lambda g: g.receipts.get("x"), {}, None),
    "receipts.create": (
        lambda g: g.receipts.create(
            client="client_1", currency="MXN", items=[{"id": "service_1", "quantity": 1}],
            periodicity="month", payment_form="03",
        ),
        {},
        {"client": {"id": "client_1"}, "currency": "MXN", "items": [{"id": "service_1", "quantity": 1}],
         "periodicity": "month", "payment_form": "03"},
    ),
    "receipts.stamp": (lambda g: g.receipts.stamp("x", stamp_to="client"), {}, {"stamp_to": "client"}),
    "receipts.cancel": (lambda g: g.receipts.cancel("x"), {}, None),
    "receipts.reopen": (lambda g: g.receipts.reopen("x", reason="late"), {}, {"reason": "late"}),
    "receipts.search": (
        lambda g: g.receipts.search("ana", fields=["id", "email"]), {**SEARCHED, "fields": "id,email"}, None
    ),
    "documents.list": (
        lambda g: g.documents.list(entity_type="invoice", entity_id="y"),
        {**LISTED, "entity_type": "invoice", "entity_id": "y"},
        None,
    ),
}  # fmt: skip


def _listed() -> dict[str, Mapping[str, str]]:
    rows = json.loads(files("gigstack_events.api").joinpath("operations.json").read_text(encoding="utf-8"))
    return {row["name"]: row for row in rows if row["name"].split(".")[0] in MINE}


def _call(name: str, gigstack: Gigstack) -> Any:
    found = CALLS[name][0](gigstack)
    return list(found) if isinstance(found, Iterator) else found


def test_every_operation_of_these_sections_is_tried() -> None:
    """The list of operations and the table of this file are the same."""
    assert set(CALLS) == set(_listed())


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_the_documented_request(name: str) -> None:
    """Method, path, query and body are exactly those of the API's list."""
    _, query, body = CALLS[name]
    api = Api(ok([]) if "list" in name or "search" in name else ok({"pdf": b64encode(PDF).decode()}))
    _call(name, api.gigstack())
    (request,) = api.requests
    row = _listed()[name]
    assert (request.method, request.url.path) == (row["method"], "/v2" + row["path"].replace("{id}", "x"))
    assert dict(request.url.params) == query
    if body is not ...:
        assert (json.loads(request.content) if request.content else None) == body
    else:
        assert request.headers["content-type"].startswith("multipart/form-data")
