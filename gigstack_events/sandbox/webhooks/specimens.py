"""Believable objects for events by hand: the team's own where there are some, else made ones.

A made one is kept, so that the API knows it when a handler asks; nobody is told of its making.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from gigstack_events.sandbox.accounts.teams import ensure_team
from gigstack_events.sandbox.business import rfcs
from gigstack_events.sandbox.business.plan import draw_up_client, draw_up_service
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
        return _MAKERS[subject(type)](sandbox, scope, str(wanted.get("status") or ""), _ANY)


def fresh(sandbox: Sandbox, type: str, scope: Scope) -> Row:
    """Return a new object, of a new client where it has one; a team stays as it is."""
    if subject(type) == "teams":
        return ensure_team(sandbox, scope[1])
    choices = sandbox.choices("fresh")
    with sandbox.silently():
        client = make_client(sandbox, scope, draw_up_client(choices))
        if subject(type) == "clients":
            return client
        status = str(STATES.get(type, {}).get("status") or "")
        sold = draw_up_service(choices), choices.randint(1, 3)
        return _MAKERS[subject(type)](sandbox, scope, status, _Sale(client, *sold))


@dataclass(frozen=True, slots=True)
class _Sale:
    """Who buys what: nobody in particular buys whatever there is."""

    client: Row | None = None
    service: Row = field(default_factory=lambda: _SERVICE)
    quantity: int = 1

    def payer(self, sandbox: Sandbox, scope: Scope) -> Row:
        """Return the client, or the newest of the team."""
        known = next((row for _, row in sandbox.clients.walk(scope)), None)
        return self.client or known or self.receiver(sandbox, scope)

    def receiver(self, sandbox: Sandbox, scope: Scope) -> Row:
        """Return a client whose CFDI the SAT accepts, whatever the team's own clients are like."""
        if self.client is not None:
            return self.client
        made = (row for _, row in sandbox.clients.walk(scope) if row["email"] == _CLIENT["email"])
        rfc = rfcs.any_person_rfc(sandbox.choices("specimens"))
        return next(made, None) or make_client(sandbox, scope, {**_CLIENT, "tax_id": rfc})

    def items(self, sandbox: Sandbox, scope: Scope) -> list[Row]:
        """Return what is bought, with its price."""
        return priced(sandbox, scope, [{**self.service, "quantity": self.quantity}])


_ANY = _Sale()


def _client(sandbox: Sandbox, scope: Scope, status: str, sale: _Sale) -> Row:
    return sale.payer(sandbox, scope)


def _payment(sandbox: Sandbox, scope: Scope, status: str, sale: _Sale) -> Row:
    status, client = status or "succeeded", sale.payer(sandbox, scope)
    return make_payment(sandbox, scope, client, status, items=sale.items(sandbox, scope))


def _receipt(sandbox: Sandbox, scope: Scope, status: str, sale: _Sale) -> Row:
    client = sale.payer(sandbox, scope)
    receipt = make_receipt(sandbox, scope, client, items=sale.items(sandbox, scope))
    if status == "completed":
        _stamped(sandbox, scope, sale, receipts=[receipt["id"]])
    elif status:
        receipt["status"] = status
    sandbox.receipts.keep(receipt)
    return receipt


def _invoice(sandbox: Sandbox, scope: Scope, status: str, sale: _Sale) -> Row:
    return _stamped(sandbox, scope, sale)


def _stamped(sandbox: Sandbox, scope: Scope, sale: _Sale, **more: object) -> Row:
    sold = {"client": sale.receiver(sandbox, scope), "items": sale.items(sandbox, scope)}
    return issue(sandbox, scope, {**sold, **more})


def _service(sandbox: Sandbox, scope: Scope, status: str, sale: _Sale) -> Row:
    return make_service(sandbox, scope, sale.service)


def _batch(sandbox: Sandbox, scope: Scope, status: str, sale: _Sale) -> Row:
    made, now = [_stamped(sandbox, scope, sale) for _ in range(2)], sandbox.now_ms()
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


def _sat_invoice(sandbox: Sandbox, scope: Scope, status: str, sale: _Sale) -> Row:
    return mirror(sandbox, scope, hold(sandbox, scope, {}), "received", xml=True)


_MAKERS: dict[str, Callable[[Sandbox, Scope, str, _Sale], Row]] = {
    "payments": _payment,
    "invoices": _invoice,
    "batches": _batch,
    "receipts": _receipt,
    "clients": _client,
    "services": _service,
    "sat_invoices": _sat_invoice,
}
