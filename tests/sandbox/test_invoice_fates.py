"""What becomes of an invoice: it is credited, paid in installments, cancelled, substituted."""

from typing import Any

import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.caller import Caller
from tests.sandbox.cfdi_reading import CFDI, PAGO, read
from tests.sandbox.inbox import Inbox
from tests.sandbox.invoicing import ITEM, invoiced, related


@pytest.fixture
def sandbox(prompt: SandboxProcess) -> SandboxProcess:
    """The one that does not keep anybody waiting."""
    return prompt


def balance(api: Caller, uuid: str) -> Any:
    return api("GET", f"/invoices/income/{uuid}")["last_balance"]


def test_a_credit_note_lowers_what_is_owed(api: Caller) -> None:
    """Never below nothing, though what is paid can be given back; cancelled, it counts no more."""
    client = {"id": api.client()}
    invoice = invoiced(api, client=client, payment_method="PPD")["uuid"]
    small = {"items": [{**ITEM, "unit_price": 400}], "related_documents": related(invoice), "client": client}
    note = invoiced(api, "egress", **small)
    assert (note["invoice_type"], note["series"], balance(api, invoice)) == ("E", "NC", 696.0)
    assert api("GET", f"/invoices/income/{invoice}")["invoices"] == [note["uuid"]]
    root = read(note["files"]["xml"])
    [group] = root.iter(f"{CFDI}CfdiRelacionados")
    assert (group.get("TipoRelacion"), group[0].get("UUID")) == ("01", invoice)
    api("POST", "/invoices/payment", {"invoice_id": invoice})
    assert balance(api, invoice) == 0
    too_much = {"client": client, "items": [ITEM], "related_documents": related(invoice)}
    assert api.refused("POST", "/invoices/egress", too_much) == (400, "business_rule_violation")
    assert api.refused("DELETE", f"/invoices/{invoice}", {"motive": "02"}) == (400, "operation_not_allowed")
    api("DELETE", f"/invoices/{note['uuid']}", {"motive": "02"})
    assert balance(api, invoice) == 464.0
    assert invoiced(api, "egress", **small)["total"] == 464.0


def test_complements_pay_an_invoice_off(api: Caller) -> None:
    """Installment by installment, each knowing the balance before it."""
    invoice = invoiced(api, payment_method="PPD")
    assert (invoice["payment_form"], invoice["last_balance"], invoice["installments"]) == ("99", 1160.0, 0)
    part = api(
        "POST", "/invoices/payment", {"invoice_id": invoice["uuid"], "amount": 580, "payment_form": "28"}
    )
    assert (part["invoice_type"], part["total"], part["use"]) == ("P", 0, "CP01")
    [payment] = part["complements"][0]["data"]
    [document] = payment["related_documents"]
    assert (document["installment"], document["last_balance"], document["amount"]) == (1, 1160.0, 580.0)
    assert balance(api, invoice["uuid"]) == 580.0
    data = {"payment_form": "03", "related_documents": [{"uuid": invoice["uuid"]}]}
    rest = api("POST", "/invoices/payment", {"complements": [{"type": "pago", "data": [data]}]})
    paid = api("GET", f"/invoices/income/{invoice['uuid']}")
    assert (paid["last_balance"], paid["installments"]) == (0.0, 2)
    assert paid["payment_complements"] == [part["uuid"], rest["uuid"]]
    [shown] = read(rest["files"]["xml"]).iter(f"{PAGO}DoctoRelacionado")
    assert (shown.get("NumParcialidad"), shown.get("ImpSaldoInsoluto")) == ("2", "0.00")
    more = {"invoice_id": invoice["uuid"], "amount": 0.01}
    assert api.refused("POST", "/invoices/payment", more) == (400, "business_rule_violation")
    found = api("GET", f"/invoices/payment?invoice_id={invoice['uuid']}")
    assert [row["uuid"] for row in found] == [rest["uuid"], part["uuid"]]
    api("DELETE", f"/invoices/{rest['uuid']}", {"motive": "02"})
    assert balance(api, invoice["uuid"]) == 580.0
    assert api("GET", f"/invoices/payment/{part['uuid']}") == part


def test_what_is_paid_at_once_takes_no_complement(api: Caller) -> None:
    """Nor does an invoice that is not known."""
    invoice = invoiced(api)["uuid"]
    assert api.refused("POST", "/invoices/payment", {"invoice_id": invoice})[0] == 400
    assert api.refused("POST", "/invoices/payment", {"invoice_id": "none"}) == (404, "resource_not_found")
    assert api.refused("POST", "/invoices/payment", {}) == (400, "missing_required_field")


def test_a_complement_is_for_the_client_of_its_invoice(api: Caller) -> None:
    """Nobody else's payment pays it off."""
    invoice = invoiced(api, payment_method="PPD")["uuid"]
    other = {"invoice_id": invoice, "client": {"id": api.client()}}
    assert api.refused("POST", "/invoices/payment", other) == (400, "business_rule_violation")
    assert balance(api, invoice) == 1160.0


def test_a_cancelled_invoice_lets_go_of_its_receipt(
    sandbox: SandboxProcess, api: Caller, team: str, inbox: Inbox
) -> None:
    """The receipt waits for a CFDI again, both are told, and the CFDI is not cancelled twice."""
    paid = sandbox.pay(team=team, receipts=1, late=0)
    receipt = f"/receipts/{paid['receipts'][0]}"
    uuid = api("POST", f"{receipt}/stamp")["uuid"]
    assert api("GET", f"/payments/{paid['payment']}")["invoices"] == [uuid]
    api("POST", "/webhooks", {"url": inbox.url, "events": ["invoice.canceled", "receipt.updated"]})
    done = api("DELETE", f"/invoices/{uuid}", {"motive": "02"})
    assert (done["status"], done["cancellation"]["cancellation_status"]) == ("cancelled", "accepted")
    found = api("GET", receipt)
    assert (found["status"], found["invoices"]) == ("pending", [])
    assert api("GET", f"/payments/{paid['payment']}")["invoices"] == []
    assert [row["uuid"] for row in api("GET", "/invoices/income?status=canceled")] == [uuid]
    assert {told.event["type"] for told in inbox.wait(2)} == {"invoice.canceled", "receipt.updated"}
    assert api.refused("DELETE", f"/invoices/{uuid}", {"motive": "02"}) == (400, "operation_not_allowed")


def test_a_substitute_takes_the_place_of_a_cancelled_invoice(
    sandbox: SandboxProcess, api: Caller, team: str
) -> None:
    """Motive 01 needs one that is valid; the receipt then has that."""
    receipt = f"/receipts/{sandbox.pay(team=team, receipts=1, late=0)['receipts'][0]}"
    uuid = api("POST", f"{receipt}/stamp")["uuid"]
    path, other = (
        f"/invoices/{uuid}",
        invoiced(api, related_documents=related(uuid, relationship="04"))["uuid"],
    )
    assert api.refused("DELETE", path, {"motive": "01"}) == (400, "missing_required_field")
    for wrong in ("none", uuid):
        assert api.refused("DELETE", path, {"motive": "01", "substitution_uuid": wrong})[0] == 400
    assert api.refused("DELETE", path, {"motive": "05"}) == (400, "invalid_field_value")
    assert api.refused("DELETE", path) == (400, "missing_required_field")
    done = api("DELETE", path, {"motive": "01", "replacement": other})
    assert done["cancellation"]["substitution_uuid"] == other
    found = api("GET", receipt)
    assert (found["status"], found["invoices"]) == ("completed", [other])


def test_a_sale_that_never_was_takes_its_receipt_along(
    sandbox: SandboxProcess, api: Caller, team: str
) -> None:
    """Motive 03: there is nothing to invoice any more."""
    receipt = f"/receipts/{sandbox.pay(team=team, receipts=1, late=0)['receipts'][0]}"
    uuid = api("POST", f"{receipt}/stamp")["uuid"]
    api("DELETE", f"/invoices/{uuid}", {"motive": "03"})
    assert api("GET", receipt)["status"] == "cancelled"
