"""Stamping in the sandbox: where a receipt becomes a CFDI, or two."""

import asyncio

from gigstack_events.sandbox.clients import get_client
from gigstack_events.sandbox.invoice_rules import FOREIGN_PUBLIC, GENERAL_PUBLIC
from gigstack_events.sandbox.issuing import prepare, wait_for_the_sat, write
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, missing, ok
from gigstack_events.sandbox.tables import Row

_MOST_PER_CALL = 100
_PUBLIC = {
    "general_public_national": {"tax_id": GENERAL_PUBLIC, "legal_name": "PUBLICO EN GENERAL"},
    "general_public_foreign": {"tax_id": FOREIGN_PUBLIC, "legal_name": "PUBLICO EN GENERAL"},
}


async def _stamp(call: Call) -> Row:
    receipt = find_receipt(call, call.id)
    await stamp(call, receipt)
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


async def stamp(call: Call, receipt: Row) -> None:
    """Read, wait as the SAT makes one wait, then write.

    On purpose nothing is locked or looked at again after the wait, and a receipt that has its CFDI gets
    another one: what the real API does when it is asked twice is not known, so that this stand-in is
    the strict judge. Whoever calls twice sees two CFDIs in the journal.
    """
    if receipt["status"] in ("cancelled", "expired"):
        raise Problem(400, "operation_not_allowed", f"The receipt is {receipt['status']}")
    fields = _invoice_fields(call, receipt)
    invoice = prepare(call.sandbox, call.scope, fields)
    await wait_for_the_sat(call.sandbox)
    write(call.sandbox, call.scope, invoice, fields, call.entry)
    call.sandbox.receipts.keep(receipt)


def _pending(call: Call) -> list[Row]:
    found = call.sandbox.receipts.walk(call.scope, call.id, ascending=True)
    return [row for _, row in found if row["status"] in ("pending", "open")]


async def _try(call: Call, receipt: Row) -> Row:
    try:
        await stamp(call, receipt)
    except Problem as problem:
        return {"id": receipt["id"], "status": "failed", "error": problem.message}
    return {"id": receipt["id"], "status": "stamped"}


def _invoice_fields(call: Call, receipt: Row) -> Row:
    """Say what a receipt's CFDI is made of; `date` of the call in epoch ms."""
    client = call.sandbox.clients.find(call.scope, receipt["client"]["id"]) or receipt["client"]
    taken = ("items", "currency", "exchange_rate", "payment_form", "metadata", "payments")
    config = receipt.get("invoice_config") or {}
    return {
        **{name: receipt.get(name) for name in taken},
        "client": _receiver(call, client),
        "receipts": [receipt["id"]],
        "series": config.get("serie"),
        "folio_number": config.get("folio"),
        "date": call.body.get("date"),
    }


def _receiver(call: Call, client: Row) -> Row:
    """Return whom the CFDI is for: the client, with other data where the call has some, or the public."""
    generic = _PUBLIC.get(call.body.get("stamp_to") or "client")
    if generic is not None:
        return {**client, **generic}
    own = dict(call.body.get("fiscal_information") or {})
    if zip := own.pop("zip", None):
        own["address"] = {**(client.get("address") or {}), "zip": zip}
    return {**client, **own}


OPERATIONS = (
    Operation("receipts.stamp", "POST", "/receipts/{id}/stamp", _stamp),
    Operation(
        "clients.stamp_pending_receipts", "POST", "/clients/{id}/stamp-pending-receipts", _stamp_pending
    ),
)
