"""Stamping in the sandbox: where a receipt becomes a CFDI, or two."""

import asyncio

from gigstack_events.sandbox.invoicing.invoice_rules import FOREIGN_PUBLIC, GENERAL_PUBLIC
from gigstack_events.sandbox.invoicing.issuing import prepare, wait_for_the_sat, write
from gigstack_events.sandbox.invoicing.periods import period
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, missing, ok
from gigstack_events.sandbox.sales.clients import get_client
from gigstack_events.sandbox.schemas.clients import PendingReceiptsSummary
from gigstack_events.sandbox.schemas.receipts import StampedReceipt, StampInput
from gigstack_events.sandbox.tables import Row

_MOST_PER_CALL = 100
_OLDEST_MS = 72 * 3_600_000
_NEWEST_MS = 300_000
_PUBLIC = {
    "general_public_national": {"tax_id": GENERAL_PUBLIC, "legal_name": "PUBLICO EN GENERAL"},
    "general_public_foreign": {"tax_id": FOREIGN_PUBLIC, "legal_name": "PUBLICO EN GENERAL"},
}


async def _stamp(call: Call) -> Row:
    receipt = find_receipt(call, call.id)
    await stamp(call, receipt, call.body)
    beside = {"uuid": receipt["invoices"][-1]}
    return ok({**receipt, **beside}, "Receipt stamped successfully")


async def _stamp_pending(call: Call) -> Row:
    get_client(call, call.id)
    waiting = _pending(call)
    results = await asyncio.gather(*(_try(call, receipt) for receipt in waiting[:_MOST_PER_CALL]))
    stamped = sum(result["status"] == "stamped" for result in results)
    data = {
        "stamped": stamped,
        "failed": len(results) - stamped,
        "remaining": len(_pending(call)),
        "results": results,
    }
    return ok(data)


def find_receipt(call: Call, id: str) -> Row:
    """Return a receipt of this mode and team."""
    receipt = call.sandbox.receipts.find(call.scope, id)
    if receipt is None:
        raise missing("Receipt", id)
    return receipt


async def stamp(call: Call, receipt: Row, wanted: Row) -> None:
    """Read, wait as the SAT makes one wait, then write; `wanted` says for whom, as of when.

    On purpose nothing is locked or looked at again after the wait, and a receipt that has its CFDI gets
    another one: what the real API does when it is asked twice is not known, so that this stand-in is
    the strict judge. Whoever calls twice sees two CFDIs in the journal.
    """
    if receipt["status"] in ("cancelled", "expired"):
        fate = "; it goes into the global invoice of its month" if receipt["status"] == "expired" else ""
        raise Problem(400, "operation_not_allowed", f"The receipt is {receipt['status']}{fate}")
    _check_date(call, wanted.get("date"))
    fields = _invoice_fields(call, receipt, wanted)
    invoice = prepare(call.sandbox, call.scope, fields)
    await wait_for_the_sat(call.sandbox)
    write(call.sandbox, call.scope, invoice, fields, call.entry)
    call.sandbox.receipts.keep(receipt)


def _pending(call: Call) -> list[Row]:
    found = call.sandbox.receipts.walk(call.scope, call.id, ascending=True)
    return [row for _, row in found if row["status"] in ("pending", "open")]


async def _try(call: Call, receipt: Row) -> Row:
    try:
        await stamp(call, receipt, {})
    except Problem as problem:
        return {"id": receipt["id"], "status": "failed", "error": problem.message}
    return {"id": receipt["id"], "status": "stamped"}


def _check_date(call: Call, date: int | None) -> None:
    """Refuse a CFDI of the future, or one that is older than the SAT takes; epoch ms, or seconds."""
    if date is None:
        return
    age = call.sandbox.now_ms() - (date if date > 10**12 else date * 1000)
    if age < -_NEWEST_MS:
        raise Problem(400, "invalid_field_value", "date: this is in the future")
    if age > _OLDEST_MS:
        raise Problem(400, "business_rule_violation", "date: the SAT takes a CFDI for 72 hours only")


def _invoice_fields(call: Call, receipt: Row, wanted: Row) -> Row:
    """Say what a receipt's CFDI is made of."""
    client = call.sandbox.clients.find(call.scope, receipt["client"]["id"]) or receipt["client"]
    taken = ("items", "currency", "exchange_rate", "payment_form", "metadata", "payments")
    config = receipt.get("invoice_config") or {}
    return {
        **{name: receipt.get(name) for name in taken},
        "client": _receiver(client, wanted),
        "receipts": [receipt["id"]],
        "series": config.get("serie"),
        "folio_number": config.get("folio"),
        "date": wanted.get("date"),
        "global": _global(call, receipt, wanted),
        "from": "receipt",
    }


def _global(call: Call, receipt: Row, wanted: Row) -> Row | None:
    """A CFDI for the general public says which period it is of."""
    if wanted.get("stamp_to") != "general_public_national":
        return None
    return period(receipt["periodicity"], call.sandbox.now_ms())


def _receiver(client: Row, wanted: Row) -> Row:
    """Return whom the CFDI is for: the client, with other data where the call has some, or the public."""
    if generic := _PUBLIC.get(wanted.get("stamp_to") or "client"):
        return {**client, **generic}
    own = {
        name: value for name, value in (wanted.get("fiscal_information") or {}).items() if value is not None
    }
    if zip := own.pop("zip", None):
        own["address"] = {**(client.get("address") or {}), "zip": zip}
    return {**client, **own}


OPERATIONS = (
    Operation("receipts.stamp", "POST", "/receipts/{id}/stamp", _stamp,
              body=StampInput, answer=StampedReceipt),
    Operation("clients.stamp_pending_receipts", "POST", "/clients/{id}/stamp-pending-receipts",
              _stamp_pending, answer=PendingReceiptsSummary),
)  # fmt: skip
