"""Retentions: made, listed, cancelled, and their documents."""

from typing import Any

import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.caller import Caller
from tests.sandbox.cfdi_reading import RETENTION, amount, fetched, read, total

TAXES = [{"tax": "ISR", "base": 1000, "amount": 100}, {"tax": "IVA", "base": 160, "amount": 80.5}]
PLATFORM = {"periodicity": "04", "services": [{"price_without_tax": 100, "tax_rate": 0.16, "commission": 20}]}


@pytest.fixture
def sandbox(prompt: SandboxProcess) -> SandboxProcess:
    """The one that does not keep anybody waiting."""
    return prompt


def retained(api: Caller, **fields: Any) -> dict[str, Any]:
    base = {"retention_key": "01", "period_start": 1, "period_end": 3, "period_year": 2026}
    more = {"total_operation": 1000, "total_exempt": 200, "taxes": TAXES, "client": {"id": api.client()}}
    return {**base, **more, **fields}


def test_a_retention_is_made_and_found(api: Caller) -> None:
    """Its sums are worked out, taxes become the SAT's codes, and its XML says the same."""
    made = api("POST", "/retentions", retained(api))
    assert (made["id"], made["status"], made["series"]) == (made["uuid"], "valid", "RET")
    assert made["totals"]["total_taxable"] == 800
    assert made["totals"]["total_retained"] == 180.5
    kinds = [(tax["tax"], tax["payment_type"]) for tax in made["totals"]["tax_retained"]]
    assert kinds == [("001", "03"), ("002", "01")]
    assert api("GET", f"/retentions/{made['id'].lower()}") == made
    files = api("GET", f"/retentions/{made['id']}/files")
    assert fetched(files["pdf"]).startswith(b"%PDF-")
    root = read(files["xml"])
    totals = root.find(f"{RETENTION}Totales")
    assert totals is not None
    assert amount(totals, "MontoTotRet") == total(totals, f"{RETENTION}ImpRetenidos", "MontoRet")
    period = root.find(f"{RETENTION}Periodo")
    assert period is not None
    assert period.attrib == {"MesIni": "01", "MesFin": "03", "Ejercicio": "2026"}
    assert api("POST", "/retentions", retained(api))["folio_number"] == "2"


def test_retentions_are_listed_with_filters(api: Caller) -> None:
    """By status, key, client and time; this time range is in milliseconds."""
    one = api("POST", "/retentions", retained(api))
    other = api("POST", "/retentions", retained(api, retention_key="26", platform_services=PLATFORM))
    api("DELETE", f"/retentions/{one['id']}", {"motive": "02"})
    found = {
        "": [other, one],
        "status=canceled": [one],
        "status=valid": [other],
        "retention_key=26": [other],
        f"client_id={one['client']['id']}": [one],
        f"created_gte={other['created_at']}": [other],
        f"created_lte={one['created_at'] - 1}": [],
    }
    for query, rows in found.items():
        assert [row["id"] for row in api("GET", f"/retentions?{query}")] == [row["id"] for row in rows], query
    assert api.refused("GET", "/retentions?created_gte=1700000000")[0] == 400


def test_a_retention_is_cancelled_once(api: Caller) -> None:
    """With motive 01 one has to say which takes its place."""
    path = f"/retentions/{api('POST', '/retentions', retained(api))['id']}"
    assert api.refused("DELETE", path, {"motive": "01"}) == (400, "missing_required_field")
    assert api("DELETE", path, {"motive": "03"})["status"] == "canceled"
    assert api("GET", path)["status"] == "canceled"
    assert api.refused("DELETE", path, {"motive": "03"}) == (400, "operation_not_allowed")


@pytest.mark.parametrize(
    "fields",
    [
        {"retention_key": "99"},
        {"retention_key": "26"},
        {"platform_services": PLATFORM},
        {"period_start": 4},
        {"period_end": 13},
        {"period_year": "soon"},
        {"total_operation": None},
        {"total_exempt": 1000.01},
        {"taxes": []},
        {"taxes": [{"tax": "VAT", "base": 1, "amount": 1}]},
        {"client": {}},
    ],
)
def test_what_makes_no_sense_is_not_made(api: Caller, fields: dict[str, Any]) -> None:
    """Nor does it fail the sandbox."""
    assert api.refused("POST", "/retentions", retained(api, **fields))[0] in (400, 404)
    assert api("GET", "/retentions") == []


def test_a_receiver_that_the_sat_does_not_know_gets_none(api: Caller) -> None:
    """The same rules as for invoices."""
    body = retained(api, client={"id": api.client(tax_id=None)})
    assert "CFDI40143" in api.raw("POST", "/retentions", json=body).text
