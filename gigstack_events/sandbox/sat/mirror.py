"""Invoices mirrored from the SAT: what a team sees of them without asking the SAT again."""

import base64
from typing import TYPE_CHECKING

from gigstack_events.sandbox.invoicing.cfdi_xml import cfdi_xml
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, missing, ok
from gigstack_events.sandbox.sat.accounts import find_account, keep_account, require_ready
from gigstack_events.sandbox.sat.charges import charge, paid_for
from gigstack_events.sandbox.sat.holdings import find_held, find_mirrored, mirrored
from gigstack_events.sandbox.sat.pages import mirror_page
from gigstack_events.sandbox.sat.pdf import pdf
from gigstack_events.sandbox.schemas import sat, sat_inputs
from gigstack_events.sandbox.tables import Row, Scope

if TYPE_CHECKING:
    from gigstack_events.sandbox.state import Sandbox


def mirror(sandbox: "Sandbox", scope: Scope, invoice: Row, direction: str, *, xml: bool) -> Row:
    """Mirror an invoice as it is now, with or without its XML, and tell about a new one."""
    known = find_mirrored(sandbox, scope, invoice["uuid"])
    if known is not None:
        known |= mirrored(invoice, direction)
        if xml:
            known |= {"has_xml": True, "resource_status": "ready"}
        sandbox.sat_invoices.keep(known)
        return known
    facts = {"resource_status": "ready", "has_xml": xml, "livemode": scope[0], "team": scope[1]}
    row = sandbox.sat_invoices.add(scope, {**mirrored(invoice, direction), **facts})
    sandbox.emit("sat.invoice.synced", row, scope)
    return row


async def _list(call: Call) -> Row:
    return mirror_page(call)


async def _get(call: Call) -> Row:
    return ok(_find(call))


async def _retry_xml(call: Call) -> Row:
    """Fetch an XML that is not here; one that is costs nothing."""
    row = _find(call)
    account = find_account(call.sandbox, call.scope)
    if refused := account["xml_refusals"].pop(row["uuid"], None):
        keep_account(call.sandbox, call.scope, account)
        code = "cfdi_service_error" if refused == 422 else "external_service_error"
        raise Problem(refused, code, "The SAT's provider did not give the XML")
    if row["has_xml"]:
        return ok({"credit_charged": False}, "The XML is here already")
    charge(call.sandbox, call.scope, row["uuid"], "retry", paid_for(call.entry))
    row |= {"has_xml": True, "resource_status": "ready"}
    call.sandbox.sat_invoices.keep(row)
    return ok({"credit_charged": True}, "The XML was downloaded")


async def _pdf(call: Call) -> Row:
    row = _find(call)
    if row["direction"] != "received":
        raise Problem(400, "operation_not_allowed", "PDFs are made of received invoices only")
    if not row["has_xml"]:
        raise Problem(400, "business_rule_violation", "The XML is not here yet: retry its download first")
    content = base64.b64encode(pdf(row)).decode()
    return ok({"uuid": row["uuid"]}, "PDF generated", pdf=content)


async def _fetch(call: Call) -> Row:
    """Get an invoice from the SAT itself. A read that costs: each call is charged."""
    require_ready(call.sandbox, find_account(call.sandbox, call.scope))
    found = find_held(call.sandbox, call.scope, call.path["uuid"])
    if found is None:
        raise missing("Invoice", call.path["uuid"])
    direction, invoice = found
    charge(call.sandbox, call.scope, invoice["uuid"], "invoice", paid_for(call.entry))
    mirror(call.sandbox, call.scope, invoice, direction, xml=True)
    data = {"uuid": invoice["uuid"], "direction": direction, "xml": cfdi_xml(invoice).decode()}
    return ok({**data, "credit_charged": True})


def _find(call: Call) -> Row:
    row = find_mirrored(call.sandbox, call.scope, call.path["uuid"])
    if row is None:
        raise missing("SAT invoice", call.path["uuid"])
    return row


_AT = "/invoices/sat"
OPERATIONS = (
    Operation(
        "sat.list_invoices", "GET", _AT, _list, query=sat_inputs.InvoicesQuery, answer=list[sat.SatInvoice]
    ),
    Operation("sat.get_invoice", "GET", f"{_AT}/{{uuid}}", _get, answer=sat.SatInvoice),
    Operation(
        "sat.retry_invoice_xml", "POST", f"{_AT}/{{uuid}}/retry-xml", _retry_xml, answer=sat.XmlRetried
    ),
    Operation("sat.invoice_pdf", "POST", f"{_AT}/{{uuid}}/pdf", _pdf, answer=sat.PdfMade),
    Operation(
        "sat.fetch_invoice", "GET", "/invoices/download/invoice/{uuid}", _fetch, answer=sat.FetchedInvoice
    ),
)
