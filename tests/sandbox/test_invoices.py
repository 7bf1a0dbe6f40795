"""Invoices: made, refused, found, sent, brought in, and their files."""

import re
import zlib
from typing import Any
from uuid import uuid4

import httpx
import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.caller import Caller
from tests.sandbox.cfdi_reading import TFD, amount, check_sums, fetched, read
from tests.sandbox.inbox import Inbox
from tests.sandbox.invoicing import ITEM, invoiced


@pytest.fixture
def sandbox(prompt: SandboxProcess) -> SandboxProcess:
    """The one that does not keep anybody waiting."""
    return prompt


def test_an_income_invoice_is_a_cfdi_at_once(
    sandbox: SandboxProcess, api: Caller, team: str, inbox: Inbox
) -> None:
    """It is in the journal, in the list, in the files and in an event."""
    api("POST", "/webhooks", {"url": inbox.url, "events": ["invoice.created"]})
    made = invoiced(api)
    assert (made["status"], made["total"], made["series"], made["folio_number"]) == ("valid", 1160, "A", 1)
    assert api("GET", f"/invoices/income/{made['uuid'].lower()}") == made
    assert [row["uuid"] for row in api("GET", "/invoices/income?status=stamped&series=A")] == [made["uuid"]]
    [cfdi] = [row for row in sandbox.journal("cfdis")["cfdis"] if row["team"] == team]
    assert (cfdi["uuid"], cfdi["type"], cfdi["receipt"]) == (made["uuid"], "I", None)
    root = read(api("GET", f"/invoices/{made['uuid']}/files")["xml"])
    check_sums(root)
    assert float(amount(root, "Total")) == made["total"]
    [told] = inbox.wait(1)
    assert told.event["data"]["object"]["uuid"] == made["uuid"]


def test_a_pdf_opens(api: Caller) -> None:
    """Its table of objects leads to the objects, and its text is the invoice's."""
    made = invoiced(api)
    content = fetched(api("GET", f"/invoices/{made['uuid']}/files?file_type=pdf")["pdf"])
    assert content.startswith(b"%PDF-1.4")
    start = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    places = re.findall(rb"(\d{10}) 00000 n", content[start:])
    assert len(places) == 5
    for number, place in enumerate(places, 1):
        assert content[int(place) :].startswith(b"%d 0 obj" % number)
    assert made["uuid"].encode() in content
    assert api("GET", f"/invoices/{made['uuid']}/files?file_type=pdf")["xml"] is None
    assert zlib.crc32(content) == zlib.crc32(fetched(made["files"]["pdf"]))


def test_a_file_that_is_not_there_is_a_404(sandbox: SandboxProcess) -> None:
    """Neither another kind nor another uuid."""
    for name in ("nothing.xml", "nothing", "..%2Fsandbox.jsonl"):
        assert httpx.get(f"{sandbox.url}/_sandbox/files/{name}", trust_env=False).status_code == 404


def test_only_an_idempotency_key_prevents_a_second_cfdi(api: Caller) -> None:
    """The same key returns the same invoice; without one, asked twice is made twice."""
    body = {"client": {"id": api.client()}, "items": [ITEM]}
    first, second = (api("POST", "/invoices/income", {**body, "idempotency_key": "k"}) for _ in "ab")
    assert first == second
    assert api("POST", "/invoices/income", body)["uuid"] != api("POST", "/invoices/income", body)["uuid"]
    assert [row["folio_number"] for row in api("GET", "/invoices/income")] == [3, 2, 1]


def test_folios_count_by_series_and_mode(sandbox: SandboxProcess, api: Caller, team: str) -> None:
    """A number that is given is taken, and the next one follows it."""
    wanted: list[dict[str, Any]] = [{"series": "B"}, {"series": "B", "folio_number": 40}]
    folios = [invoiced(api, **fields)["folio_number"] for fields in (*wanted, wanted[0], {"series": "C"})]
    assert folios == [1, 40, 41, 1]
    fiscal = {
        "legal_name": "ANA",
        "tax_id": "PEGJ800101ABC",
        "tax_system": "612",
        "address": {"zip": "03100"},
    }
    search = {"on_key": "tax_id", "on_value": "PEGJ800101ABC", "auto_create": True}
    body = {"client": {**fiscal, "search": search}, "items": [ITEM], "series": "B"}
    test = sandbox.call("POST", f"/invoices/income?team={team}", body, livemode=False)["data"]
    assert (test["folio_number"], test["livemode"]) == (1, False)
    assert api.refused("GET", f"/invoices/income/{test['uuid']}") == (404, "resource_not_found")


@pytest.mark.parametrize(
    ("client", "fields", "rule"),
    [
        ({"tax_id": None}, {}, "CFDI40143"),
        ({"address": {}}, {}, "CFDI40147"),
        ({"tax_system": "601"}, {}, "CFDI40158"),
        ({"tax_id": "EKU9003173C9"}, {}, "CFDI40158"),
        ({"metadata": {"cfdi_error": "CFDI40138"}}, {}, "CFDI40138"),
        ({}, {"metadata": {"cfdi_error": "CFDI40139"}}, "CFDI40139"),
        ({}, {"payment_method": "PPD", "payment_form": "03"}, "CFDI40105"),
        ({}, {"currency": "USD"}, "CFDI40115"),
        ({}, {"currency": "MXN", "exchange_rate": 17.5}, "CFDI40114"),
        ({}, {"use": "Z99"}, "CFDI40160"),
        ({"tax_id": "EKU9003173C9", "tax_system": "601"}, {"use": "D01"}, "CFDI40161"),
        ({}, {"items": [{**ITEM, "unit_price": 0}]}, "CFDI40166"),
        ({}, {"items": [{**ITEM, "taxes": [], "taxability": "02"}]}, "CFDI40171"),
        ({}, {"items": [{**ITEM, "taxability": "01"}]}, "CFDI40172"),
        ({}, {"global": {"periodicity": "04", "months": "01", "year": 2026}}, "CFDI40146"),
    ],
)
def test_what_the_sat_refuses_is_told_and_not_made(
    api: Caller, inbox: Inbox, client: dict[str, Any], fields: dict[str, Any], rule: str
) -> None:
    """The answer and invoice.failed name the SAT's rule; there is no invoice."""
    api("POST", "/webhooks", {"url": inbox.url, "events": ["invoice.failed"]})
    body = {"client": {"id": api.client(**client)}, "items": [ITEM], **fields}
    reply = api.raw("POST", "/invoices/income", json=body)
    assert reply.status_code in (400, 422)
    assert rule in reply.text
    [told] = inbox.wait(1)
    assert told.event["data"]["object"]["error"]["code"] == rule
    assert api("GET", "/invoices/income") == []
    errors = api("GET", f"/invoices/errors?code={rule}")
    assert [row["code"] for row in errors] == [rule]


@pytest.mark.parametrize(
    "fields",
    [
        {"items": []},
        {"items": [{"description": "x"}]},
        {"items": "x"},
        {"items": [7]},
        {"client": None},
        {"client": "client_1"},
        {"payment_method": "CASH"},
        {"payment_form": "00"},
        {"global": {"periodicity": "9"}},
        {"related_documents": [{"relationship": "99", "documents": ["x"]}]},
        {"complements": [{"type": "custom", "data": "<a"}]},
        {"addenda": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"},
        {"exchange_rate": "many"},
        {"folio_number": -1},
        {"emails": ["nobody"]},
    ],
)
def test_what_makes_no_sense_is_a_400(api: Caller, fields: dict[str, Any]) -> None:
    """Wrong types and values are refused before anything happens."""
    body = {"client": {"id": api.client()}, "items": [ITEM], **fields}
    assert api.refused("POST", "/invoices/income", body)[0] == 400
    assert api("GET", "/invoices/income") == []


def test_a_transfer_needs_neither_price_nor_client(api: Caller) -> None:
    """The goods stay with the issuer."""
    made = api("POST", "/invoices/transfer", {"items": [{"description": "Mesa", "quantity": 2}]})
    assert (made["invoice_type"], made["total"], made["client"]["tax_id"]) == ("T", 0, "EKU9003173C9")
    assert [row["uuid"] for row in api("GET", "/invoices/transfer")] == [made["uuid"]]
    assert api("GET", f"/invoices/transfer/{made['uuid']}") == made
    assert api.refused("GET", f"/invoices/income/{made['uuid']}") == (404, "resource_not_found")


def test_a_search_finds_invoices_of_all_types(api: Caller) -> None:
    """By uuid or by their client."""
    one, other = invoiced(api), invoiced(api, "egress")
    assert {row["uuid"] for row in api("GET", "/invoices/search?q=ana")} == {one["uuid"], other["uuid"]}
    assert [row["uuid"] for row in api("GET", f"/invoices/search?q={one['uuid'].lower()}")] == [one["uuid"]]


def test_an_invoice_is_sent_to_whom_it_may_concern(api: Caller) -> None:
    """The client, the invoice's own recipients and those of the call, each once."""
    made = invoiced(api, emails=["b@x.example"])
    sent = api("POST", f"/invoices/{made['uuid']}/send", {"emails": ["c@x.example", "b@x.example"]})
    assert sent["recipients"] == ["ana@x.example", "b@x.example", "c@x.example"]
    assert sent["attachments"] == [f"{made['uuid']}.pdf", f"{made['uuid']}.xml"]
    nobody = invoiced(api, client={"id": api.client(email=None)})
    assert api.refused("POST", f"/invoices/{nobody['uuid']}/send") == (400, "business_rule_violation")


def test_the_errors_of_the_sat_are_listed(api: Caller) -> None:
    """Fifty a page unless one asks otherwise, with the filters that the API has."""
    whole = api.raw("GET", "/invoices/errors").json()
    assert (whole["page"], whole["limit"]) == (1, 50)
    assert whole["total"] == len(whole["data"]) >= 30
    assert {row["type"] for row in whole["data"]} == {"invoice", "receiver", "sender", "unknown"}
    page = api.raw("GET", "/invoices/errors?type=receiver&limit=2&page=2").json()
    receivers = [row for row in whole["data"] if row["type"] == "receiver"]
    assert (page["data"], page["total"]) == (receivers[2:4], len(receivers))
    assert [row["code"] for row in api("GET", "/invoices/errors?q=forma de pago 99")] == ["CFDI40105"]
    assert api.refused("GET", "/invoices/errors?limit=101")[0] == 400


def test_cfdis_from_elsewhere_are_imported(api: Caller) -> None:
    """Each file is judged by itself; what is brought in is an invoice like others."""
    made = invoiced(api, items=[ITEM, {**ITEM, "discount": 10}], payment_method="PPD")
    xml = fetched(made["files"]["xml"]).decode()
    foreign = xml.replace(made["uuid"], "11111111-2222-4333-8444-555555555555")
    bomb = "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"
    files = [
        {"filename": name, "xml": text}
        for name, text in zip("abcd", (foreign, xml, "<a/>", bomb), strict=True)
    ]
    reply = api("POST", "/invoices/import", {"files": files})
    assert reply["summary"] == {"imported": 1, "not_imported": 3}
    assert [row["success"] for row in reply["results"]] == [True, False, False, False]
    found = api("GET", "/invoices/income/11111111-2222-4333-8444-555555555555")
    for name in ("total", "subtotal", "discount", "taxes", "payment_method", "last_balance"):
        assert found[name] == made[name], name
    root = read(found["files"]["xml"])
    check_sums(root)
    assert root.find(f".//{TFD}TimbreFiscalDigital[@UUID='{found['uuid']}']") is not None
    none = api.raw("POST", "/invoices/import", json={"files": [{"filename": "x", "content": "?"}]})
    assert (none.status_code, none.json()["success"]) == (200, False)
    many = {"files": [{"filename": "x", "xml": "<a/>"}] * 51}
    assert api.refused("POST", "/invoices/import", many)[0] == 400


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        (r'Fecha="\d{4}', 'Fecha="0001'),
        (r'Fecha="[^"]*"', 'Fecha="soon"'),
        (r' UUID="[^"]*"', ' UUID="../x"'),
        (r' UUID="[^"]*"', ""),
        (r' Total="[^"]*"', ' Total="1e99"'),
        (r' Total="[^"]*"', ' Total="NaN"'),
        (r'TipoDeComprobante="I"', 'TipoDeComprobante="Z"'),
        (r"<cfdi:Emisor[^>]*>", ""),
        (r' Rfc="PEG[^"]*"', ""),
        (r'Impuesto="002"', 'Impuesto="009"'),
    ],
)
def test_a_cfdi_that_is_none_is_not_imported(api: Caller, what: str, instead: str) -> None:
    """Whatever is odd about it, the reason is told, and the other files go on."""
    xml = fetched(invoiced(api)["files"]["xml"]).decode()
    foreign = re.sub(r' UUID="[^"]*"', f' UUID="{uuid4()}"', xml)
    odd, changed = re.subn(what, instead, foreign)
    assert changed
    files = [{"filename": name, "xml": text} for name, text in (("odd", odd), ("fine", foreign))]
    results = api("POST", "/invoices/import", {"files": files})["results"]
    assert [row["success"] for row in results] == [False, True]
    assert results[0]["error"]


def test_support_documents_belong_to_an_invoice(api: Caller) -> None:
    """What is uploaded is listed there."""
    uuid = invoiced(api)["uuid"]
    file = {"file": ("a.pdf", b"%PDF-1.4", "application/pdf")}
    form = {"documentType": "contract"}
    kept = api("POST", f"/invoices/{uuid}/support-documents", data=form, files=file)
    assert [row["id"] for row in api("GET", f"/invoices/{uuid}/support-documents")] == [kept["id"]]
