"""Drafts in the sandbox: invoices to be, which are shown around and changed until they are stamped."""

import base64

from gigstack_events.sandbox.invoicing.invoice_fields import TERMS, invoice_terms
from gigstack_events.sandbox.invoicing.invoice_files import DRAFT_WATERMARK, invoice_pdf
from gigstack_events.sandbox.invoicing.issuers import issuer_info
from gigstack_events.sandbox.invoicing.issuing import issue_in_time
from gigstack_events.sandbox.invoicing.lines import lines, sums
from gigstack_events.sandbox.listing import list_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, missing, ok
from gigstack_events.sandbox.sales.clients import resolve
from gigstack_events.sandbox.sales.items import priced
from gigstack_events.sandbox.schemas.drafts import Draft, DraftInput, DraftUpdate, Preview
from gigstack_events.sandbox.schemas.fields import Deleted, ListQuery
from gigstack_events.sandbox.schemas.invoices import Invoice
from gigstack_events.sandbox.tables import Row


def get_draft(call: Call) -> Row:
    """Return the draft that the path names."""
    row = call.sandbox.drafts.find(call.scope, call.id)
    if row is None:
        raise missing("Draft", call.id)
    return row


async def _create(call: Call) -> Row:
    known = call.sandbox.known("drafts", call.scope, call.body.get("idempotency_key"))
    if known is not None:
        return ok(known, "Draft created")
    now = call.sandbox.now_ms()
    row: Row = {
        "id": call.sandbox.drafts.new_id(),
        "draft": True,
        "status": "draft",
        "invoice_type": call.body["invoice_type"],
        "client": None,
        "items": [],
        **sums([]),
        **dict.fromkeys(TERMS),
        "uuid": None,
        "pdf": None,
        "issuer_info": issuer_info(call.sandbox, call.scope),
        "livemode": call.livemode,
        "team": call.team,
        "created_at": now,
        "updated_at": now,
    }
    row |= _changes(call)
    call.sandbox.drafts.add(call.scope, row)
    call.sandbox.remember("drafts", call.scope, row)
    return ok(row, "Draft created")


async def _update(call: Call) -> Row:
    """Change what is given, and nothing else; the preview of what was is gone."""
    row = _open(call)
    row |= {**_changes(call), "pdf": None, "updated_at": call.sandbox.now_ms()}
    call.sandbox.drafts.keep(row)
    return ok(row, "Draft updated")


def _changes(call: Call) -> Row:
    """Return the fields of the call, null for what it clears, with the sums of the items."""
    body = call.body
    cleared = {name: None for name in TERMS if name in body and body[name] is None}
    changes: Row = {**cleared, **invoice_terms(body)}
    if body.get("invoice_type"):
        changes["invoice_type"] = body["invoice_type"]
    if "client" in body:
        changes["client"] = resolve(call, body["client"]) if body["client"] else None
    if "items" in body:
        items = priced(call.sandbox, call.scope, body["items"]) if body["items"] else []
        changes |= {"items": items, **sums(lines(items))}
    return changes


def _open(call: Call) -> Row:
    row = get_draft(call)
    if not row["draft"]:
        raise Problem(400, "operation_not_allowed", f"The draft is stamped, as {row['uuid']}")
    return row


async def _list(call: Call) -> Row:
    page = list_page(call, call.sandbox.drafts, tests=[lambda row: bool(row["draft"])])
    page["data"] = [row and {**row, "pdf": None} for row in page["data"]]
    return page


async def _get(call: Call) -> Row:
    return ok(get_draft(call))


async def _delete(call: Call) -> Row:
    _open(call)
    call.sandbox.drafts.remove(call.id)
    return ok({"deleted": True}, "Draft deleted")


async def _preview(call: Call) -> Row:
    row = _open(call)
    row["pdf"] = base64.b64encode(invoice_pdf(row, DRAFT_WATERMARK)).decode()
    call.sandbox.drafts.keep(row)
    return ok({"pdf": row["pdf"]}, "Preview generated")


async def _stamp(call: Call) -> Row:
    """Make the CFDI; a draft that has one gets another one, as receipts do, by the strict judge's rule."""
    row = get_draft(call)
    if lacking := [name for name in ("client", "items") if not row[name]]:
        raise Problem(400, "missing_required_field", f"The draft has no {' and no '.join(lacking)}")
    client = call.sandbox.clients.find(call.scope, row["client"]["id"]) or row["client"]
    terms = {name: row[name] for name in TERMS if name != "idempotency_key"}
    fields = {**terms, "invoice_type": row["invoice_type"], "items": row["items"], "client": client,
              "draft": row["id"], "from": "draft"}  # fmt: skip
    invoice = await issue_in_time(call.sandbox, call.scope, fields, call.entry)
    if (
        call.sandbox.drafts.find(call.scope, row["id"]) is not None
    ):  # it may be deleted while the SAT takes its time
        call.sandbox.drafts.keep(row)
    return ok(invoice, "Draft stamped successfully")


OPERATIONS = (
    Operation("invoices.drafts.list", "GET", "/invoices/draft", _list,
              query=ListQuery, answer=list[Draft | None]),
    Operation("invoices.drafts.create", "POST", "/invoices/draft", _create, body=DraftInput, answer=Draft),
    Operation("invoices.drafts.get", "GET", "/invoices/draft/{id}", _get, answer=Draft),
    Operation("invoices.drafts.update", "PUT", "/invoices/draft/{id}", _update,
              body=DraftUpdate, answer=Draft),
    Operation("invoices.drafts.delete", "DELETE", "/invoices/draft/{id}", _delete, answer=Deleted),
    Operation("invoices.drafts.stamp", "POST", "/invoices/draft/{id}/stamp", _stamp, answer=Invoice),
    Operation("invoices.drafts.preview", "POST", "/invoices/draft/{id}/preview", _preview, answer=Preview),
)  # fmt: skip
