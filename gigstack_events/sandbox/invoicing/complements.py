"""Payment complements in the sandbox: CFDIs of type P, which pay off invoices that are paid later."""

from gigstack_events.sandbox.invoicing.balances import applied, find_invoice
from gigstack_events.sandbox.invoicing.invoices import get_invoice, getter, invoice_page
from gigstack_events.sandbox.invoicing.issuing import issue_in_time
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, ok
from gigstack_events.sandbox.sales.clients import resolve
from gigstack_events.sandbox.schemas.complements import ComplementInput, ComplementListQuery
from gigstack_events.sandbox.schemas.invoices import Invoice
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row

_TERMS = ("series", "folio_number", "emails", "idempotency_key", "metadata")


def _payment(sandbox: Sandbox, given: Row, paid: Row) -> Row:
    """Say what one payment is, as the complement shows it; `date` in epoch ms.

    Where it does not say its money, it is that of the invoice that it pays.
    """
    currency = given.get("currency") or paid["currency"]
    usual = 1 if currency == "MXN" else paid["exchange_rate"] or 1
    moment = given.get("date") or sandbox.now_ms()
    return {
        "date": moment if moment > 10**12 else moment * 1000,
        "payment_form": given.get("payment_form") or "03",
        "currency": currency,
        "exchange_rate": given.get("exchange_rate") or usual,
        "related_documents": [
            {"uuid": row["uuid"], "amount": row.get("amount")} for row in given["related_documents"]
        ],
    }


async def _list(call: Call) -> Row:
    wanted = call.query.get("invoice_id")
    if not wanted:
        return invoice_page(call, "P")
    paid = find_invoice(call.sandbox, call.scope, wanted)
    uuid = paid["uuid"] if paid else wanted
    return invoice_page(call, "P", lambda row: any(uuid == other for other, _ in applied(row)))


async def _create(call: Call) -> Row:
    invoice = call.sandbox.known("invoices", call.scope, call.body.get("idempotency_key"))
    if invoice is None:
        invoice = await issue_in_time(call.sandbox, call.scope, _fields(call), call.entry)
    return ok(invoice, "Payment complement created successfully")


def _fields(call: Call) -> Row:
    body = call.body
    groups = body.get("complements") or [{"data": [{**body, "related_documents": _documents(body)}]}]
    given: list[Row] = groups[0]["data"]
    first = get_invoice(call, given[0]["related_documents"][0]["uuid"])
    payments = [_payment(call.sandbox, payment, first) for payment in given]
    return {
        **{name: body[name] for name in _TERMS if body.get(name) is not None},
        "invoice_type": "P",
        "client": resolve(call, body["client"]) if body.get("client") else first["client"],
        "complements": [{"type": "pago", "data": payments}],
    }


def _documents(body: Row) -> list[Row]:
    if body.get("invoice_id"):
        return [{"uuid": body["invoice_id"], "amount": body.get("amount")}]
    if related := body.get("related_documents"):
        whole = [{"uuid": uuid} for row in related for uuid in row.get("documents") or []]
        return whole + [row for row in related if "uuid" in row]
    raise Problem(400, "missing_required_field", "Name what is paid: invoice_id, or complements")


OPERATIONS = (
    Operation("invoices.complements.list", "GET", "/invoices/payment", _list,
              query=ComplementListQuery, answer=list[Invoice | None]),
    Operation("invoices.complements.create", "POST", "/invoices/payment", _create,
              body=ComplementInput, answer=Invoice),
    Operation("invoices.complements.get", "GET", "/invoices/payment/{id}", getter("P"), answer=Invoice),
)  # fmt: skip
