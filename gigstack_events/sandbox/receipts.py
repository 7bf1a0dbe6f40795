"""Receipts in the sandbox, but for their stamping."""

from typing import Any

from gigstack_events.sandbox.clients import resolve
from gigstack_events.sandbox.listing import list_page, search_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, invalid, ok
from gigstack_events.sandbox.stamping import find_receipt
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

_MONTH = 30 * 86_400
_SEARCHED = ("id", "name", "legal_name", "email", "tax_id", "idempotency_key")


def make_receipt(sandbox: Sandbox, scope: Scope, client: Row, **fields: Any) -> Row:
    """Create a pending receipt without telling about it."""
    id = fields.pop("id", None) or sandbox.receipts.new_id()
    now = sandbox.now_ms() // 1000
    row: Row = {
        "id": id,
        "client": client,
        "status": "pending",
        "currency": "MXN",
        "periodicity": "month",
        "payment_form": "03",
        "items": [],
        "payments": [],
        "invoices": [],
        "metadata": {},
        "url": f"https://invoicing.example/autofactura?id={id}",
        "automatic_invoice_error": "None",
        "livemode": scope[0],
        "team": scope[1],
        "created_at": now,
        "valid_until": now + _MONTH,
        **fields,
    }
    row |= amounts(row["items"])
    return sandbox.receipts.add(scope, row)


def amounts(items: list[Row]) -> Row:
    """Add up items: `subtotal`, `taxes` and `total` in pesos."""
    try:
        bases = [float(item["unit_price"]) * float(item.get("quantity", 1)) for item in items]
        taxes = [base * _rate(item) for base, item in zip(bases, items, strict=True)]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise invalid("every item needs a unit_price and a quantity", "items") from None
    subtotal, tax = round(sum(bases), 2), round(sum(taxes), 2)
    return {"subtotal": subtotal, "taxes": tax, "total": round(subtotal + tax, 2)}


def sale_fields(body: Row) -> Row:
    """Pick what a receipt or payment takes over from its input."""
    if not isinstance(body.get("items"), list) or not body["items"]:
        raise invalid("items is required", "items")
    taken = ("items", "currency", "exchange_rate", "payment_form", "idempotency_key", "metadata")
    return {name: body[name] for name in taken if body.get(name) is not None}


def _rate(item: Row) -> float:
    """Sum up the rates that come on top of a price."""
    rates = [
        float(tax.get("rate", 0)) * (-1 if tax.get("withholding") else 1)
        for tax in item.get("taxes") or []
        if not tax.get("inclusive") and tax.get("factor") != "Exento"
    ]
    return sum(rates)


async def _list(call: Call) -> Row:
    return list_page(call, call.sandbox.receipts, equal=("status",))


async def _get(call: Call) -> Row:
    return ok(find_receipt(call, call.id))


async def _search(call: Call) -> Row:
    return search_page(call, call.sandbox.receipts, _SEARCHED)


async def _create(call: Call) -> Row:
    fields = sale_fields(call.body)
    client = resolve(call, call.body.get("client"))
    known = call.sandbox.known("receipts", call.scope, fields.get("idempotency_key"))
    if known is not None:
        return ok(known)
    if periodicity := call.body.get("periodicity"):
        fields["periodicity"] = periodicity
    receipt = make_receipt(call.sandbox, call.scope, client, **fields)
    call.sandbox.remember("receipts", call.scope, receipt)
    call.sandbox.emit("receipt.created", receipt, call.scope)
    return ok(receipt, "Receipt created successfully")


async def _cancel(call: Call) -> Row:
    receipt = find_receipt(call, call.id)
    if receipt["status"] not in ("pending", "open"):
        raise Problem(400, "operation_not_allowed", f"The receipt is {receipt['status']}")
    receipt["status"] = "cancelled"
    call.sandbox.receipts.keep(receipt)
    call.sandbox.emit("receipt.deleted", receipt, call.scope)
    return ok(receipt)


OPERATIONS = (
    Operation("receipts.list", "GET", "/receipts", _list),
    Operation("receipts.create", "POST", "/receipts", _create),
    Operation("receipts.search", "GET", "/receipts/search", _search),
    Operation("receipts.get", "GET", "/receipts/{id}", _get),
    Operation("receipts.cancel", "DELETE", "/receipts/{id}", _cancel),
)
