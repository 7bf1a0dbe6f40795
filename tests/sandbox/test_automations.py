"""What follows a payment by itself: CFDIs of both kinds, or a receipt where the SAT refuses them."""

from typing import Any

import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.caller import Caller
from tests.sandbox.inbox import Inbox

ITEM = {"description": "Consultoría", "unit_price": 100}


def sale(api: Caller, automation: str | None, **fields: object) -> dict[str, object]:
    return {"client": {"id": api.client()}, "items": [ITEM], "automation_type": automation, **fields}


def invoices(sandbox: SandboxProcess, api: Caller, payment: str) -> list[dict[str, Any]]:
    """The CFDIs that the journal says were made from a payment, once all is through."""
    sandbox.wait_until_quiet()
    made = [row for row in sandbox.journal("cfdis")["cfdis"] if payment in row["made_from"]]
    assert api("GET", f"/payments/{payment}")["invoices"] == [row["uuid"] for row in made]
    return made


@pytest.mark.parametrize("word", ["pue_invoice", "payment", "stamp_invoice"])
def test_a_registered_payment_is_invoiced_soon(
    sandbox: SandboxProcess, api: Caller, inbox: Inbox, word: str
) -> None:
    """Its invoices are empty at first; there is one CFDI in the end, and no receipt."""
    events = ["payment.succeeded", "invoice.created", "receipt.created"]
    api("POST", "/webhooks", {"url": inbox.url, "events": events})
    payment = api("POST", "/payments/register", {**sale(api, word), "payment_form": "03"})
    assert (payment["automation_type"], payment["invoices"]) == ("pue_invoice", [])
    [cfdi] = invoices(sandbox, api, payment["id"])
    assert (cfdi["type"], cfdi["client"]) == ("I", payment["client"]["id"])
    told = {one.event["type"]: one.event["data"]["object"] for one in inbox.wait(2)}
    assert told.keys() == {"payment.succeeded", "invoice.created"}
    assert told["invoice.created"]["payment_method"] == "PUE"
    assert told["invoice.created"]["payments"] == [payment["id"]]


def test_a_payment_that_cannot_be_invoiced_gets_a_receipt(
    sandbox: SandboxProcess, api: Caller, inbox: Inbox
) -> None:
    """The SAT's code is told, and stands in the receipt, which can be stamped once the data are right."""
    api("POST", "/webhooks", {"url": inbox.url, "events": ["invoice.failed", "receipt.created"]})
    client = api.client(legal_name=None)
    body = {**sale(api, "pue_invoice"), "client": {"id": client}, "payment_form": "03"}
    payment = api("POST", "/payments/register", body)
    assert invoices(sandbox, api, payment["id"]) == []
    told = {one.event["type"]: one.event["data"]["object"] for one in inbox.wait(2)}
    assert told["invoice.failed"]["error"]["code"] == "CFDI40145"
    [receipt] = api("GET", "/receipts")
    assert receipt["automatic_invoice_error"].startswith("CFDI40145")
    assert api("GET", f"/payments/{payment['id']}")["receipts"] == [receipt["id"]]
    api("PUT", f"/clients/{client}", {"legal_name": "ANA"})
    assert api("POST", f"/receipts/{receipt['id']}/stamp")["status"] == "completed"


def test_a_requested_payment_has_its_invoice_first_and_its_complement_later(
    sandbox: SandboxProcess, api: Caller
) -> None:
    """PPD: the invoice when it is asked for, the complement when it is paid; then nothing is owed."""
    payment = api("POST", "/payments/request", sale(api, "ppd_invoice_and_complement"))["id"]
    assert [row["type"] for row in invoices(sandbox, api, payment)] == ["I"]
    api("POST", f"/payments/{payment}/paid", {"payment_form": "03"})
    assert [row["type"] for row in invoices(sandbox, api, payment)] == ["I", "P"]
    assert api("GET", "/receipts") == []


def test_a_registered_payment_settles_an_invoice_in_parts(sandbox: SandboxProcess, api: Caller) -> None:
    """`ppd_invoice_id` names what is owed: a complement each, until more is paid than is left."""
    first = api("POST", "/payments/request", sale(api, "payment_and_complement"))
    [owed] = invoices(sandbox, api, first["id"])
    body = {**sale(api, None), "client": {"id": first["client"]["id"]}, "payment_form": "03"}
    body |= {"items": [{**ITEM, "unit_price": 60}], "ppd_invoice_id": owed["uuid"]}
    one, other = (api("POST", "/payments/register", body)["id"] for _ in "ab")
    assert [row["type"] for row in invoices(sandbox, api, one)] == ["P"]
    assert invoices(sandbox, api, other) == []
    [receipt] = api("GET", "/receipts")
    assert (receipt["payments"], receipt["automatic_invoice_error"] != "None") == ([other], True)
    unknown = {**body, "ppd_invoice_id": "none"}
    assert api.refused("POST", "/payments/register", unknown) == (404, "resource_not_found")


def test_an_automation_that_is_set_afterwards_begins_then(sandbox: SandboxProcess, api: Caller) -> None:
    """A payment that wanted nothing is invoiced once it wants that."""
    body = {**sale(api, "none"), "payment_form": "03"}
    payment = api("POST", "/payments/register", body)["id"]
    api("PUT", f"/payments/{payment}", {"automation_type": "pue_invoice"})
    api("PUT", f"/payments/{payment}", {"automation_type": "pue_invoice"})
    assert [row["type"] for row in invoices(sandbox, api, payment)] == ["I"]
