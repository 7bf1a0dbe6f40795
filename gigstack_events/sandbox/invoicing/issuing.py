"""Making a CFDI: the rules, then the one moment from which it exists."""

import asyncio
import copy
from typing import Any
from uuid import uuid4

from gigstack_events.sandbox.invoicing.balances import credit, settle
from gigstack_events.sandbox.invoicing.cfdis import enter
from gigstack_events.sandbox.invoicing.invoice_rules import GENERIC_RECEIVERS, refuse_unfit
from gigstack_events.sandbox.invoicing.issuers import issuer_info, next_folio, series_of
from gigstack_events.sandbox.invoicing.lines import lines, shown, sums
from gigstack_events.sandbox.invoicing.seals import seal
from gigstack_events.sandbox.replies import Problem
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

_NOTHING: Row = {"subtotal": 0.0, "discount": 0.0, "taxes": 0.0, "withholding_taxes": 0.0, "total": 0.0}
_TAKEN = (
    "folio_number", "payment_conditions", "global", "addenda", "invoice_pdf_notes", "emails",
    "idempotency_key",
)  # fmt: skip


def issue(sandbox: Sandbox, scope: Scope, fields: Row, entry: Row | None = None) -> Row:
    """Make a CFDI at once, and tell about it; Problem, after invoice.failed, where a rule forbids it.

    `fields` are `client` (a row), `items` with all that they take over from services, and what an invoice
    takes: invoice_type (I), payment_form, payment_method, series, use, ...; beside them `receipts`,
    `payments` and `draft`, the ids of what it is made from. `entry` is the journal's line of the call, if
    it is one. The same `idempotency_key` returns the same invoice; without it nothing prevents a second
    CFDI, on purpose: what the real API does is not known, so that this stand-in is the strict judge.
    """
    known = sandbox.known("invoices", scope, fields.get("idempotency_key"))
    return known or write(sandbox, scope, prepare(sandbox, scope, fields), fields, entry)


async def issue_in_time(sandbox: Sandbox, scope: Scope, fields: Row, entry: Row | None = None) -> Row:
    """Make a CFDI the way a caller sees it: look, wait as the SAT makes one wait, then write."""
    known = sandbox.known("invoices", scope, fields.get("idempotency_key"))
    if known is not None:
        return known
    prepare(sandbox, scope, fields)
    await wait_for_the_sat(sandbox)
    return issue(sandbox, scope, fields, entry)


async def wait_for_the_sat(sandbox: Sandbox) -> None:
    """Wait as long as a stamp takes."""
    await asyncio.sleep(sandbox.choices("stamp").uniform(*sandbox.options.stamp_delay))


def prepare(sandbox: Sandbox, scope: Scope, fields: Row) -> Row:
    """Work an invoice out and hold it against the rules; it does not exist yet."""
    invoice = draw_up(sandbox, scope, fields)
    try:
        refuse_unfit(invoice, sandbox.now_ms())
        if invoice["invoice_type"] == "E":
            invoice["credited_documents"] = credit(sandbox, scope, invoice)
        if invoice["invoice_type"] == "P":
            settle(sandbox, scope, invoice)
    except Problem as problem:
        failed = {"code": _code(problem), "message": problem.message}
        sandbox.emit("invoice.failed", {**invoice, "status": "failed", "error": failed}, scope)
        raise
    return invoice


def draw_up(sandbox: Sandbox, scope: Scope, fields: Row) -> Row:
    """Return the invoice that fields make, with its sums, whether it is allowed or not."""
    kind = fields.get("invoice_type") or "I"
    client = copy.deepcopy(fields["client"])
    found = lines(fields.get("items") or [])
    invoice: Row = {
        "id": sandbox.invoices.new_id(),
        "uuid": None,
        "status": "pending",
        "invoice_type": kind,
        "client": client,
        "items": [shown(line) for line in found],
        **{name: fields.get(name) for name in _TAKEN},
        **_terms(kind, client, fields),
        **(sums(found) if kind in ("I", "E") else _NOTHING),
        "series": fields.get("series") or series_of(sandbox, scope, kind),
        "exports": fields.get("exports") or "01",
        "related_documents": copy.deepcopy(fields.get("related_documents") or []),
        "complements": copy.deepcopy(fields.get("complements") or []),
        "metadata": fields.get("metadata") or {},
        "receipts": list(fields.get("receipts") or []),
        "payments": list(fields.get("payments") or []),
        "invoices": [],
        "payment_complements": [],
        "from": fields.get("from") or "api",
        "automations": _automations(fields),
        "namespaces": [],
        "owner": "user_sandbox",
        "billing_account": "billing_sandbox",
        "issuer_info": issuer_info(sandbox, scope),
        "cancellation": None,
        "livemode": scope[0],
        "team": scope[1],
    }
    return invoice


def write(sandbox: Sandbox, scope: Scope, invoice: Row, fields: Row, entry: Row | None) -> Row:
    """Let an invoice exist, from the moment that the journal has it, and tell about it."""
    uuid, now = str(uuid4()).upper(), sandbox.now_ms()
    owes = invoice["invoice_type"] == "I" and invoice["payment_method"] == "PPD"
    invoice |= {
        "id": uuid,
        "uuid": uuid,
        "status": "valid",
        "folio_number": next_folio(sandbox, scope, invoice),
        "created_at": now // 1000,
        "date": _in_ms(fields.get("date")) or now,
        "last_balance": invoice["total"] if owes else 0.0,
        "installments": 0,
        "stamp": {"sello": seal("CFD", uuid), "stamp_at": now, "provider": "sandbox"},
        "verification_url": _verification_url(uuid, invoice),
        "files": {kind: f"{sandbox.url}/_sandbox/files/{uuid}.{kind}" for kind in ("pdf", "xml")},
    }
    cfdi = sandbox.journal.cfdi(invoice, fields.get("draft"), entry)
    enter(sandbox, cfdi, invoice)
    for id in invoice["receipts"]:
        receipt = sandbox.receipts.anywhere(id)
        sandbox.emit("receipt.completed", receipt or {}, scope)
    sandbox.emit("invoice.created", invoice, scope)
    return invoice


def _terms(kind: str, client: Row, fields: Row) -> dict[str, Any]:
    """How it is paid, in which money, and what for."""
    if kind in ("P", "T"):
        nothing = dict.fromkeys(("exchange_rate", "payment_form", "payment_method"))
        return {**nothing, "currency": "XXX", "use": "CP01" if kind == "P" else "S01"}
    method = fields.get("payment_method") or "PUE"
    generic = client.get("tax_id") in GENERIC_RECEIVERS
    use = fields.get("use") or (None if kind == "E" else client.get("use"))
    return {
        "currency": fields.get("currency") or "MXN",
        "exchange_rate": fields.get("exchange_rate"),
        "payment_method": method,
        "payment_form": fields.get("payment_form") or ("99" if method == "PPD" else "03"),
        "use": "S01" if generic else use or ("G02" if kind == "E" else "G03"),
    }


def _automations(fields: Row) -> list[Row]:
    kind = fields.get("automation_type")
    return [{"type": kind, "from": "invoice", "ref": None, "action": "create"}] if kind else []


def _in_ms(moment: int | None) -> int | None:
    return moment * 1000 if moment and moment < 10**12 else moment


def _verification_url(uuid: str, invoice: Row) -> str:
    issuer, client = invoice["issuer_info"]["tax_id"], invoice["client"].get("tax_id")
    place = "https://verificacfdi.facturaelectronica.sat.gob.mx/default.aspx"
    return f"{place}?id={uuid}&re={issuer}&rr={client}&tt={invoice['total']:.2f}&fe={seal('CFD', uuid)[-8:]}"


def _code(problem: Problem) -> str:
    details = problem.details if isinstance(problem.details, list) else []
    return str(details[0].get("code") or problem.code) if details else problem.code
