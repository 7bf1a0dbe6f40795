"""Stamping in the sandbox: where a receipt becomes a CFDI, or two."""

import asyncio
import re
from uuid import uuid4

from gigstack_events.sandbox.cfdis import enter
from gigstack_events.sandbox.clients import get_client
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, missing, ok
from gigstack_events.sandbox.tables import Row

_MOST_PER_CALL = 100
_RFC = re.compile(r"[A-ZÑ&]{3,4}\d{6}[A-Z\d]{3}")
# What the SAT says when a part of the receiver is missing or wrong.
_RULES = {
    "tax_id": ("CFDI40143", "el RFC del receptor no está en la lista de RFC inscritos del SAT"),
    "legal_name": ("CFDI40145", "el nombre del receptor no es el asociado al RFC"),
    "zip": ("CFDI40147", "el domicilio fiscal del receptor no es el asociado al RFC"),
    "tax_system": ("CFDI40157", "el régimen fiscal del receptor no es válido"),
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
    _refuse_unfit(call, receipt)
    await asyncio.sleep(call.sandbox.choices("stamp").uniform(*call.sandbox.options.stamp_delay))
    _write_cfdi(call, receipt)


def _pending(call: Call) -> list[Row]:
    found = call.sandbox.receipts.walk(call.scope, call.id, ascending=True)
    return [row for _, row in found if row["status"] in ("pending", "open")]


async def _try(call: Call, receipt: Row) -> Row:
    try:
        await stamp(call, receipt)
    except Problem as problem:
        return {"id": receipt["id"], "status": "failed", "error": problem.message}
    return {"id": receipt["id"], "status": "stamped"}


def _refuse_unfit(call: Call, receipt: Row) -> None:
    """Refuse what the SAT would refuse; `metadata.cfdi_error` of client or receipt asks for a refusal."""
    client = call.sandbox.clients.find(call.scope, receipt["client"]["id"]) or receipt["client"]
    for source in (client, receipt):
        if code := (source.get("metadata") or {}).get("cfdi_error"):
            raise _refusal(422, str(code), "the SAT refuses this CFDI")
    if call.body.get("stamp_to", "client") != "client":
        return
    fiscal = {**client, "zip": (client.get("address") or {}).get("zip")}
    fiscal |= call.body.get("fiscal_information") or {}
    for field, (code, meaning) in _RULES.items():
        if not fiscal.get(field) or (field == "tax_id" and not _RFC.fullmatch(str(fiscal[field]))):
            raise _refusal(400, code, meaning, field)


def _refusal(status: int, code: str, meaning: str, field: str | None = None) -> Problem:
    details = [{"code": code, "message": meaning, "field": field}]
    return Problem(status, "business_rule_violation", f"{code}: {meaning}", details)


def _write_cfdi(call: Call, receipt: Row) -> None:
    sandbox = call.sandbox
    cfdi = sandbox.journal.cfdi(str(uuid4()).upper(), receipt, call.entry)
    receipt, invoice = enter(sandbox, cfdi)
    sandbox.receipts.keep(receipt)
    sandbox.emit("receipt.completed", receipt, call.scope)
    sandbox.emit("invoice.created", invoice, call.scope)


OPERATIONS = (
    Operation("receipts.stamp", "POST", "/receipts/{id}/stamp", _stamp),
    Operation(
        "clients.stamp_pending_receipts", "POST", "/clients/{id}/stamp-pending-receipts", _stamp_pending
    ),
)
