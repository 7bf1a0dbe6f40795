"""Believable objects for events by hand: the team's own where there are some, else made ones.

A made one is kept, so that the API knows it when a handler asks; nobody is told of its making.
"""

from collections.abc import Callable

from gigstack_events.sandbox.accounts.teams import ensure_team
from gigstack_events.sandbox.business import rfcs
from gigstack_events.sandbox.invoicing.issuing import issue
from gigstack_events.sandbox.sales.clients import make_client
from gigstack_events.sandbox.sales.items import priced
from gigstack_events.sandbox.sales.payments import make_payment
from gigstack_events.sandbox.sales.receipts import make_receipt
from gigstack_events.sandbox.sales.services import make_service
from gigstack_events.sandbox.sat.holdings import hold
from gigstack_events.sandbox.sat.mirror import mirror
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope
from gigstack_events.sandbox.webhooks.subjects import subject, table_of

STATES: dict[str, Row] = {
    "payment.created": {"status": "requires_payment_method"},
    "payment.upcoming_due_date": {"status": "requires_payment_method"},
    "payment.succeeded": {"status": "succeeded"},
    "payment.canceled": {"status": "cancelled"},
    "payment.deleted": {"status": "cancelled"},
    "invoice.created": {"status": "valid"},
    "invoice.canceled": {"status": "cancelled"},
    "invoice.failed": {"status": "failed", "error": {"code": "CFDI40147", "message": "domicilio fiscal"}},
    "receipt.created": {"status": "pending"},
    "receipt.completed": {"status": "completed"},
    "receipt.deleted": {"status": "cancelled"},
}
"""What an object looks like when an event of the type tells about it."""

_TAX: Row = {"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False}
_SERVICE: Row = {
    "description": "Consultoría",
    "unit_price": 1000,
    "product_key": "80141503",
    "unit_key": "E48",
    "unit_name": "Unidad de servicio",
    "sku": "CONSULTORIA",
    "taxability": "02",
    "taxes": [_TAX],
}
_CLIENT: Row = {
    "name": "Ana Gómez",
    "legal_name": "ANA GOMEZ DIAZ",
    "email": "ana.gomez@example.mx",
    "phone": "+525512345678",
    "bcc": [],
    "tax_system": "612",
    "use": "G03",
    "address": {"country": "MEX", "zip": "03100", "city": "Benito Juárez", "state": "Ciudad de México"},
    "metadata": {},
}


def specimen(sandbox: Sandbox, type: str, scope: Scope) -> Row:
    """Return an object that an event of this type could be about, in its table."""
    if subject(type) == "teams":
        return ensure_team(sandbox, scope[1])
    wanted, table = STATES.get(type, {}), table_of(sandbox, type)
    rows = [row for _, row in table.walk(scope)]
    fitting = (row for row in rows if wanted.items() <= row.items())
    found = next(fitting, rows[0] if rows else None)
    if found is not None:
        return found
    with sandbox.silently():
        return _MAKERS[subject(type)](sandbox, scope, str(wanted.get("status") or ""))


def _client(sandbox: Sandbox, scope: Scope, status: str = "") -> Row:
    known = next((row for _, row in sandbox.clients.walk(scope)), None)
    return known or _fit_client(sandbox, scope)


def _fit_client(sandbox: Sandbox, scope: Scope) -> Row:
    """Return a client whose CFDI the SAT accepts, whatever the team's own clients are like."""
    made = (row for _, row in sandbox.clients.walk(scope) if row["email"] == _CLIENT["email"])
    known = next(made, None)
    rfc = rfcs.any_person_rfc(sandbox.choices("specimens"))
    return known or make_client(sandbox, scope, {**_CLIENT, "tax_id": rfc})


def _items(sandbox: Sandbox, scope: Scope) -> list[Row]:
    return priced(sandbox, scope, [{**_SERVICE, "quantity": 1}])


def _payment(sandbox: Sandbox, scope: Scope, status: str) -> Row:
    status = status or "succeeded"
    return make_payment(sandbox, scope, _client(sandbox, scope), status, items=_items(sandbox, scope))


def _receipt(sandbox: Sandbox, scope: Scope, status: str) -> Row:
    receipt = make_receipt(sandbox, scope, _client(sandbox, scope), items=_items(sandbox, scope))
    if status == "completed":
        _stamped(sandbox, scope, receipts=[receipt["id"]])
    elif status:
        receipt["status"] = status
    sandbox.receipts.keep(receipt)
    return receipt


def _invoice(sandbox: Sandbox, scope: Scope, status: str) -> Row:
    return _stamped(sandbox, scope)


def _stamped(sandbox: Sandbox, scope: Scope, **more: object) -> Row:
    client = _fit_client(sandbox, scope)
    return issue(sandbox, scope, {"client": client, "items": _items(sandbox, scope), **more})


def _service(sandbox: Sandbox, scope: Scope, status: str) -> Row:
    return make_service(sandbox, scope, _SERVICE)


def _batch(sandbox: Sandbox, scope: Scope, status: str) -> Row:
    made, now = [_stamped(sandbox, scope) for _ in range(2)], sandbox.now_ms()
    plain = {"idempotency_key": None, "status": "stamped", "error": None}
    items = [{"index": at, **plain, "invoice_id": invoice["uuid"]} for at, invoice in enumerate(made)]
    counts = {"total": 2, "rejected": 0, "queued": 0, "stamped": 2, "failed": 0, "needs_review": 0}
    row: Row = {
        "id": sandbox.batches.new_id(),
        "result": "completed",
        "rejected": [],
        "counts": counts,
        "idempotency_key": None,
        "created_at": now,
        "completed_at": now,
        "livemode": scope[0],
        "team": scope[1],
        "_hidden": {"digest": "", "items": items, "call": {"n": None, "event_id": None}},
    }
    return sandbox.batches.add(scope, row)


def _sat_invoice(sandbox: Sandbox, scope: Scope, status: str) -> Row:
    return mirror(sandbox, scope, hold(sandbox, scope, {}), "received", xml=True)


_MAKERS: dict[str, Callable[[Sandbox, Scope, str], Row]] = {
    "payments": _payment,
    "invoices": _invoice,
    "batches": _batch,
    "receipts": _receipt,
    "clients": _client,
    "services": _service,
    "sat_invoices": _sat_invoice,
}
