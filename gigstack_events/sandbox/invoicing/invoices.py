"""Invoices in the sandbox: income, credit notes and transfers, and what is done with any of them."""

from collections.abc import Awaitable, Callable

from gigstack_events.sandbox.invoicing.balances import find_invoice
from gigstack_events.sandbox.invoicing.cancelling import cancel
from gigstack_events.sandbox.invoicing.invoice_fields import invoice_fields, transfer_body
from gigstack_events.sandbox.invoicing.invoice_files import show_files
from gigstack_events.sandbox.invoicing.issuing import issue_in_time
from gigstack_events.sandbox.listing import Test, list_page, search_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, missing, ok
from gigstack_events.sandbox.sales.documents import support_operations
from gigstack_events.sandbox.schemas.fields import SearchQuery
from gigstack_events.sandbox.schemas.invoices import (
    CancelInput,
    Files,
    FilesQuery,
    Invoice,
    InvoiceInput,
    InvoiceListQuery,
    SendInput,
    Sent,
    TransferInput,
)
from gigstack_events.sandbox.tables import Row

_SEARCHED = ("uuid", "series", "folio_number", "name", "legal_name", "email", "tax_id", "idempotency_key")
_SAME = {"stamped": "valid", "canceled": "cancelled"}


def get_invoice(call: Call, id: str, kind: str | None = None) -> Row:
    """Return an invoice of this mode and team, and of one type if that is asked for."""
    row = find_invoice(call.sandbox, call.scope, id)
    if row is None or kind not in (None, row["invoice_type"]):
        raise missing("Invoice", id)
    return row


def invoice_page(call: Call, kind: str, *tests: Test) -> Row:
    """Answer the list of one type of invoice."""
    wanted = call.query.get("status")
    status = _SAME.get(wanted or "", wanted)
    of_kind: list[Test] = [lambda row: row["invoice_type"] == kind, *tests]
    if status:
        of_kind.append(lambda row: row["status"] == status)
    return list_page(call, call.sandbox.invoices, equal=("series",), tests=of_kind)


def getter(kind: str) -> Callable[[Call], Awaitable[Row]]:
    """Make the act that returns one invoice of a type."""

    async def get(call: Call) -> Row:
        return ok(get_invoice(call, call.id, kind))

    return get


def _operations(name: str, path: str, kind: str) -> tuple[Operation, ...]:
    """List, create and get for one type of invoice."""

    async def show(call: Call) -> Row:
        return invoice_page(call, kind)

    async def create(call: Call) -> Row:
        invoice = call.sandbox.known("invoices", call.scope, call.body.get("idempotency_key"))
        if invoice is None:
            body = transfer_body(call.sandbox, call.scope, call.body) if kind == "T" else call.body
            fields = invoice_fields(call.sandbox, call.scope, body, kind)
            invoice = await issue_in_time(call.sandbox, call.scope, fields, call.entry)
        return ok(invoice, "Invoice created successfully")

    place = f"/invoices/{path}"
    return (
        Operation(f"invoices.{name}.list", "GET", place, show,
                  query=InvoiceListQuery, answer=list[Invoice | None]),
        Operation(f"invoices.{name}.create", "POST", place, create,
                  body=TransferInput if kind == "T" else InvoiceInput, answer=Invoice),
        Operation(f"invoices.{name}.get", "GET", f"{place}/{{id}}", getter(kind), answer=Invoice),
    )  # fmt: skip


async def _search(call: Call) -> Row:
    return search_page(call, call.sandbox.invoices, _SEARCHED)


async def _files(call: Call) -> Row:
    return show_files(call, get_invoice(call, call.id))


async def _cancel(call: Call) -> Row:
    invoice = get_invoice(call, call.id)
    cancel(call.sandbox, call.scope, invoice, call.body)
    done = invoice["status"] == "cancelled"
    return ok(
        invoice, "Invoice canceled successfully" if done else "Cancellation requested, pending at the SAT"
    )


async def _send(call: Call) -> Row:
    """Send an invoice again; `emails` of the invoice remembers to whom it went."""
    invoice = get_invoice(call, call.id)
    own = [invoice["client"].get("email"), *(invoice.get("emails") or []), *(call.body.get("emails") or [])]
    recipients = list(dict.fromkeys(email for email in own if email))
    if not recipients:
        raise Problem(400, "business_rule_violation", "There is nobody to send it to: give emails")
    invoice["emails"] = recipients
    call.sandbox.invoices.keep(invoice)
    attachments = [f"{invoice['uuid']}.{kind}" for kind in ("pdf", "xml")]
    return ok({"recipients": recipients, "attachments": attachments}, "Invoice sent successfully")


OPERATIONS = (
    Operation("invoices.search", "GET", "/invoices/search", _search,
              query=SearchQuery, answer=list[Invoice]),
    *_operations("income", "income", "I"),
    *_operations("egress", "egress", "E"),
    *_operations("transfers", "transfer", "T"),
    Operation("invoices.files", "GET", "/invoices/{id}/files", _files, query=FilesQuery, answer=Files),
    *support_operations("invoices", "invoice", get_invoice),
    Operation("invoices.send", "POST", "/invoices/{id}/send", _send, body=SendInput, answer=Sent),
    Operation("invoices.cancel", "DELETE", "/invoices/{id}", _cancel, body=CancelInput, answer=Invoice),
)  # fmt: skip
