"""Believable objects for events by hand: the team's own where there are some, else made ones.

A made one is kept, so that the API knows it when a handler asks; nobody is told of its making.
"""

from collections.abc import Callable
from uuid import uuid4

from gigstack_events.sandbox import rfcs
from gigstack_events.sandbox.payments import make_payment
from gigstack_events.sandbox.receipts import make_receipt
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.subjects import subject, table_of
from gigstack_events.sandbox.tables import Row, Scope
from gigstack_events.sandbox.teams import ensure_team

STATES: dict[str, Row] = {
    "payment.created": {"status": "requires_payment_method"},
    "payment.upcoming_due_date": {"status": "requires_payment_method"},
    "payment.succeeded": {"status": "succeeded"},
    "payment.canceled": {"status": "cancelled"},
    "payment.deleted": {"status": "cancelled"},
    "invoice.created": {"status": "valid"},
    "invoice.canceled": {"status": "cancelled"},
    "invoice.failed": {"status": "pending"},
    "receipt.created": {"status": "pending"},
    "receipt.completed": {"status": "completed"},
    "receipt.deleted": {"status": "cancelled"},
}
"""What an object looks like when an event of the type tells about it."""

_PRICE = 1000
_TAX: Row = {"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False}
_ITEM: Row = {
    "description": "Consultoría",
    "quantity": 1,
    "unit_price": _PRICE,
    "product_key": "80141503",
    "unit_key": "E48",
    "unit_name": "Unidad de servicio",
    "taxability": "02",
    "taxes": [_TAX],
}
_MONEY: Row = {"currency": "MXN", "exchange_rate": 1, "subtotal": 1000.0, "taxes": 160.0, "total": 1160.0}


def specimen(sandbox: Sandbox, type: str, scope: Scope) -> Row:
    """Return an object that an event of this type could be about, in its table."""
    if subject(type) == "teams":
        return ensure_team(sandbox, scope[1])
    wanted, table = STATES.get(type, {}), table_of(sandbox, type)
    rows = [row for _, row in table.walk(scope)]
    fitting = (row for row in rows if wanted.items() <= row.items())
    found = next(fitting, rows[0] if rows else None)
    return found or _MAKERS[subject(type)](sandbox, scope, str(wanted.get("status") or ""))


def _client(sandbox: Sandbox, scope: Scope, status: str = "") -> Row:
    known = next((row for _, row in sandbox.clients.walk(scope)), None)
    if known is not None:
        return known
    row: Row = {
        "id": sandbox.clients.new_id(),
        "name": "Ana Gómez",
        "legal_name": "ANA GOMEZ DIAZ",
        "company": None,
        "email": "ana.gomez@example.mx",
        "phone": "+525512345678",
        "bcc": [],
        "tax_id": rfcs.any_person_rfc(sandbox.choices("specimens")),
        "tax_system": "612",
        "use": "G03",
        "address": {"country": "MEX", "zip": "03100", "state": "Ciudad de México"},
        "metadata": {},
        "defaults": None,
        "is_valid": True,
        "efos": {"is_valid": True},
        **_whose(sandbox, scope),
    }
    return sandbox.clients.add(scope, row)


def _whose(sandbox: Sandbox, scope: Scope) -> Row:
    return {"livemode": scope[0], "team": scope[1], "created_at": sandbox.now_ms() // 1000}


def _payment(sandbox: Sandbox, scope: Scope, status: str) -> Row:
    status = status or "succeeded"
    return make_payment(sandbox, scope, _client(sandbox, scope), status, items=[{**_ITEM}])


def _receipt(sandbox: Sandbox, scope: Scope, status: str) -> Row:
    receipt = make_receipt(sandbox, scope, _client(sandbox, scope), items=[{**_ITEM}])
    receipt["status"] = status or "pending"
    sandbox.receipts.keep(receipt)
    return receipt


def _invoice(sandbox: Sandbox, scope: Scope, status: str) -> Row:
    uuid, now = str(uuid4()).upper(), sandbox.now_ms()
    row: Row = {
        "id": uuid,
        "uuid": uuid,
        "client": _client(sandbox, scope),
        "status": status or "valid",
        "invoice_type": "I",
        "payment_form": "03",
        "payment_method": "PUE",
        "use": "G03",
        "series": "A",
        "folio_number": 1,
        "date": now,
        "items": [{**_ITEM}],
        "payments": [],
        "receipts": [],
        "metadata": {},
        "cancellation": None,
        "stamp": {"stamp_at": now // 1000, "provider": "sandbox"},
        **_MONEY,
        **_whose(sandbox, scope),
    }
    return sandbox.invoices.add(scope, row)


def _service(sandbox: Sandbox, scope: Scope, status: str) -> Row:
    row = {"id": sandbox.services.new_id(), "sku": None, **_ITEM, **_whose(sandbox, scope)}
    return sandbox.services.add(scope, row)


def _batch(sandbox: Sandbox, scope: Scope, status: str) -> Row:
    counts = {"total": 2, "stamped": 2, "failed": 0, "needs_review": 0, "rejected": 0}
    row = {
        "id": sandbox.batches.new_id(),
        "result": "completed",
        "status": "completed",
        "counts": counts,
        "rejected": [],
        **_whose(sandbox, scope),
    }
    return sandbox.batches.add(scope, row)


def _sat_invoice(sandbox: Sandbox, scope: Scope, status: str) -> Row:
    uuid, now, choices = str(uuid4()).upper(), sandbox.now_ms(), sandbox.choices("specimens")
    issuer, receiver = (rfcs.any_company_rfc(choices) for _ in range(2))
    row = {
        "id": uuid,
        "uuid": uuid,
        "direction": "received",
        "invoice_type": "I",
        "issuer": {"rfc": issuer, "name": "PROVEEDORA"},
        "receiver": {"rfc": receiver, "name": "EMPRESA DE PRUEBA"},
        "status": "Vigente",
        "resource_status": "ready",
        "has_xml": True,
        "series": "F",
        "folio": "102",
        "issue_date": now,
        "stamp_date": now,
        "version": "4.0",
        **_MONEY,
        **_whose(sandbox, scope),
    }
    return sandbox.sat_invoices.add(scope, row)


_MAKERS: dict[str, Callable[[Sandbox, Scope, str], Row]] = {
    "payments": _payment,
    "invoices": _invoice,
    "batches": _batch,
    "receipts": _receipt,
    "clients": _client,
    "services": _service,
    "sat_invoices": _sat_invoice,
}
