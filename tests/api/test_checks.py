"""What cannot be right is refused before it is sent, and the message names the field and a way out."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gigstack_events.api import InvalidInput, checks
from gigstack_events.api.checks import check_inputs
from tests.api.stand_in import Api, ok

UUID = "5f3a1c9e-0b7d-4c1e-9a52-6d8e7f001122"
ABROAD: dict[str, Any] = {"tax_id": "98-7654321", "tax_system": "O-13"}

_NAMES = sorted({*checks._RULES, *(name for _, name in checks._PLACED), "address", "country", "items"})
_SINGLE = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals()
_VALUES = _SINGLE | st.lists(_SINGLE, max_size=2) | st.dictionaries(st.sampled_from(_NAMES), _SINGLE)


GOOD: list[Any] = [
    {"tax_id": "XAXX010101000"},
    {"tax_id": "XEXX010101000"},
    {"tax_id": "PEGJ800101ABC"},
    {"tax_id": "pegj800101abc"},
    {"tax_id": "Ñ&A000229AB1"},
    {**ABROAD, "address": {"country": "USA", "zip": "K1A 0B1"}},
    {**ABROAD, "document_type": "NIT", "address": {"zip": "110111"}},
    {"tax_id": "XEXX010101000", "address": {"zip": "K1A 0B1"}},
    {"tax_id": "PEGJ800101ABC", "address": {"country": "Mexico", "zip": "03100"}},
    {"address": {"country": "MEX", "zip": 64000}},
    {"tax_id": None, "email": None, "bcc": None, "address": None, "items": None},
    {"email": "ana+facturas@sub.empresa.com.mx", "bcc": ["a@b.mx"]},
    {"emails": {"invoices_bcc": ["a@b.mx"], "invoice_subject": "x"}, "periodicity": "month"},
    {"use": "G03"},
    {"use": "P01"},
    {"payment_form": "99", "payment_method": "PPD"},
    {"global": {"periodicity": "05", "months": "18", "year": 2026}},
    {"global": {"periodicity": "04", "months": "12", "year": "2026"}},
    {"invoice_config": {"global": {"months": "13"}}},
    {"motive": "01", "substitution_uuid": UUID.upper()},
    {"motive": "01", "replacement": UUID},
    {"related_documents": [{"relationship": "04", "documents": [UUID]}]},
    {"taxes": [{"type": "iva", "rate": 0, "factor": "tasa", "base": "100.50"}]},
    {"taxes": [{"tax": "ISR", "base": 1, "amount": 0.1, "payment_type": "03"}]},
    {"taxes": [{"tax": "001"}]},
    {"items": ({"quantity": 0.001, "unit_price": 0, "taxability": "08"},)},
    {"metadata": {"tax_id": "x", "quantity": -1, "email": "none"}},
    {"platform_services": {"periodicity": "04", "services": [{"payment_form": "07"}]}},
    {"search": {"on_key": "tax_id", "on_value": "x"}},
    {"period_start": 1, "period_end": 12, "period_year": 2026, "retention_key": "26"},
    {"start_date": "2026-01-01", "rfc_type": "received", "request_type": "cfdi", "directions": ["issued"]},
    {"currency": "usd", "exchange_rate": 17.5},
    [{"role": "viewer"}],
    None,
    "text",
]
BAD: list[tuple[Any, str]] = [
    ({"tax_id": "PEGJ80010ABC"}, "tax_id"),
    ({"tax_id": "PEGJ801301ABC"}, "tax_id"),
    ({"tax_id": "PEGJ800230ABC"}, "tax_id"),
    ({"tax_id": "PEGJ 800101 ABC"}, "tax_id"),
    ({"tax_id": ""}, "tax_id"),
    ({"tax_id": 5}, "tax_id"),
    ({**ABROAD, "address": {"country": "MX"}}, "tax_id"),
    ({"client": {"tax_id": "x", "address": {"city": "Lima"}}}, "client.tax_id"),
    ({"items": [{}, {"third_party": {"tax_id": "x"}}]}, "items[1].third_party.tax_id"),
    ({"address": {"zip": "3100"}}, "address.zip"),
    ({"fiscal_information": {"zip": 3100}}, "fiscal_information.zip"),
    ({"email": "ana"}, "email"),
    ({"email": "ana@x.mx, eva@x.mx"}, "email"),
    ({"emails": ["a@b.mx", "b"]}, "emails[1]"),
    ({"bcc": "b@"}, "bcc"),
    ({"emails": {"receipts_bcc": ["x"]}}, "emails.receipts_bcc[0]"),
    ({"tax_system": 601}, "tax_system"),
    ({"payment_form": ["01", "99", "07"]}, "payment_form[2]"),
    ({"global": {"periodicity": "month"}}, "global.periodicity"),
    ({"global": {"periodicity": "04", "months": "13"}}, "global.months"),
    ({"global": {"months": "19"}}, "global.months"),
    ({"global": {"year": 26}}, "global.year"),
    ({"periodicity": "04"}, "periodicity"),
    ({"motive": "01"}, "substitution_uuid"),
    ({"motive": "02", "substitution_uuid": "invoice_1"}, "substitution_uuid"),
    ({"motive": "5"}, "motive"),
    ({"related_documents": [{"documents": ["invoice_1"]}]}, "related_documents[0].documents[0]"),
    ({"related_documents": [{"relationship": "08"}]}, "related_documents[0].relationship"),
    ({"uuids": ["x"]}, "uuids[0]"),
    ({"items": [{"taxes": [{"type": "ISH"}]}]}, "items[0].taxes[0].type"),
    ({"taxes": [{"factor": "Porcentaje"}]}, "taxes[0].factor"),
    ({"items": [{"quantity": 0}]}, "items[0].quantity"),
    ({"items": [{"quantity": float("nan")}]}, "items[0].quantity"),
    ({"items": [{"unit_price": -1}]}, "items[0].unit_price"),
    ({"items": [{"unit_price": float("inf")}]}, "items[0].unit_price"),
    ({"items": [{"unit_price": True}]}, "items[0].unit_price"),
    ({"items": [{"unit_price": "mil"}]}, "items[0].unit_price"),
    ({"amount": Decimal("-0.01")}, "amount"),
    ({"exchange_rate": 0}, "exchange_rate"),
    ({"currency": "pesos"}, "currency"),
    ({"currency": "M1N"}, "currency"),
    ({"taxability": "2"}, "taxability"),
    ({"invoice_type": "ingreso"}, "invoice_type"),
    ({"exports": "05"}, "exports"),
    ({"automation_type": "pue"}, "automation_type"),
    ({"stamp_to": "public"}, "stamp_to"),
    ({"documentType": "contrato"}, "documentType"),
    ({"retention_key": "27"}, "retention_key"),
    ({"taxes": [{"payment_type": "05"}]}, "taxes[0].payment_type"),
    ({"period_start": 13}, "period_start"),
    ({"period_end": 1.5}, "period_end"),
    ({"period_year": "26"}, "period_year"),
    ({"start_date": "01/01/2026"}, "start_date"),
    ({"rfc_type": "emitted"}, "rfc_type"),
    ({"download_types": ["received", "all"]}, "download_types[1]"),
    ({"add_members": [{"role": "owner"}]}, "add_members[0].role"),
]


@pytest.mark.parametrize("body", GOOD)
def test_what_can_be_right_passes(body: Any) -> None:
    """A check that refuses what the API takes would be worse than none."""
    check_inputs(body)


@pytest.mark.parametrize(("body", "field"), BAD)
def test_what_cannot_be_right_is_refused_by_name(body: Any, field: str) -> None:
    """The message begins with the path of the field."""
    with pytest.raises(InvalidInput) as caught:
        check_inputs(body)
    assert str(caught.value).startswith(f"{field}: ")
    assert caught.value.outcome == "not_done"


@pytest.mark.parametrize(
    ("body", "way_out"),
    [
        ({"payment_form": "3"}, "'03' (Transferencia electrónica de fondos)"),
        ({"payment_form": "Efectivo"}, "'01' (Efectivo)"),
        ({"payment_form": "tarjeta de credito"}, "'04' (Tarjeta de crédito)"),
        ({"payment_method": "pue"}, "'PUE' (Pago en una sola exhibición)"),
        ({"use": "g03"}, "'G03' (Gastos en general)"),
        ({"tax_system": 612}, "'612' (Personas Físicas con Actividades Empresariales y Profesionales)"),
        ({"tax_system": "zzz"}, "`gigstack.catalogs` has them all"),
        ({"periodicity": "monthly"}, "'month'"),
        ({"role": "boss"}, "'admin', 'editor', 'viewer'"),
    ],
)
def test_the_message_knows_a_way_out(body: Any, way_out: str) -> None:
    """The nearest value and what it means, or where to find them all."""
    with pytest.raises(InvalidInput) as caught:
        check_inputs(body)
    assert way_out in str(caught.value)


@given(st.sampled_from(_NAMES), _VALUES)
@example("zip", 10**5000)
@example("use", 10**5000)
@example("amount", 10**5000)
def test_no_value_breaks_a_check(name: str, value: Any) -> None:
    """Whatever stands in a field, it passes or is refused by name."""
    for body in ({name: value}, {"global": [{name: value}]}, {"taxes": {name: [value, {}]}}):
        with suppress(InvalidInput):
            check_inputs(body)


@pytest.mark.parametrize(
    "body",
    [
        {"tax_id": "PEGJ8013013ABC"},
        {"use": "PEGJ800101ABC"},
        {"email": "PEGJ800101ABC"},
        {"substitution_uuid": "PEGJ800101ABC"},
        {"start_date": "PEGJ800101ABC"},
    ],
)
def test_no_message_repeats_what_may_be_personal(body: Any) -> None:
    """Error texts end up in logs."""
    with pytest.raises(InvalidInput) as caught:
        check_inputs(body)
    assert "PEGJ80" not in str(caught.value)


def test_nothing_is_sent_unless_the_caller_insists() -> None:
    """The check comes before the request; `check_inputs=False` is the way around it."""
    api = Api(ok({"id": "client_1"}))
    with pytest.raises(InvalidInput, match="tax_id"):
        api.gigstack().clients.create(tax_id="none")
    with pytest.raises(InvalidInput, match="either by its id or by its e-mail"):
        api.gigstack().clients.customer_portal()
    with pytest.raises(InvalidInput, match="update of a payment"):
        api.gigstack().payments.update("payment_1")
    assert api.requests == []
    api.gigstack(check_inputs=False).clients.create(tax_id="none")
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    ("keys", "header", "field"),
    [
        (["a", "b"], "short", "idempotency_key"),
        (["a", "b"], "with space", "idempotency_key"),
        (["a", "b"], "x" * 129, "idempotency_key"),
        (["a", "a"], "batch-2026-01", "invoices[1].idempotency_key"),
        (["a", ""], "batch-2026-01", "invoices[1].idempotency_key"),
        (["a"] * 1001, "batch-2026-01", "invoices"),
    ],
)
def test_a_batch_cannot_make_an_invoice_twice(keys: list[str], header: str, field: str) -> None:
    """Every invoice has a key of its own, and the batch has one that fits into a header."""
    api = Api(ok({}))
    with pytest.raises(InvalidInput) as caught:
        api.gigstack().invoices.income.create_batch(
            [{"client": "c", "items": [], "idempotency_key": key} for key in keys], idempotency_key=header
        )
    assert str(caught.value).startswith(f"{field}: ")
    assert api.requests == []
