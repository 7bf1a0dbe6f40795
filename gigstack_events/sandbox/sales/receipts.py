"""Receipts in the sandbox, but for their stamping."""

from functools import partial
from typing import Any

from gigstack_events.sandbox.accounts.team_rules import usual_periodicity
from gigstack_events.sandbox.documented import complete
from gigstack_events.sandbox.listing import list_page, search_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, ok
from gigstack_events.sandbox.sales.clients import resolve
from gigstack_events.sandbox.sales.items import amounts, priced
from gigstack_events.sandbox.sales.stamping import find_receipt
from gigstack_events.sandbox.schemas.receipts import (
    Receipt,
    ReceiptInput,
    ReceiptListQuery,
    ReceiptSearchQuery,
    ReopenInput,
)
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

_DAY = 86_400
_PERIODS = {
    "day": _DAY,
    "week": 7 * _DAY,
    "two_weeks": 14 * _DAY,
    "month": 30 * _DAY,
    "two_months": 60 * _DAY,
}
_SEARCHED = ("id", "name", "legal_name", "email", "tax_id", "idempotency_key")
_OPEN = ("pending", "open")


def make_receipt(sandbox: Sandbox, scope: Scope, client: Row, **fields: Any) -> Row:
    """Create a pending receipt without telling about it; it expires when its period is over."""
    id = fields.pop("id", None) or sandbox.receipts.new_id()
    now = sandbox.now_ms() // 1000
    row: Row = {
        "id": id,
        "client": client,
        "status": "pending",
        "currency": "MXN",
        "exchange_rate": 1,
        "periodicity": usual_periodicity(sandbox, scope),
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
        **fields,
    }
    row |= {"valid_until": now + _PERIODS[row["periodicity"]], **amounts(row["items"])}
    sandbox.receipts.add(scope, complete("receipt", row))
    watch(sandbox, scope, row)
    return row


def watch(sandbox: Sandbox, scope: Scope, row: Row) -> None:
    """Let a receipt expire when its time is over, by the sandbox's clock."""
    sandbox.clock.at(row["valid_until"] * 1000, partial(_expire, sandbox, scope, row["id"]))


def _expire(sandbox: Sandbox, scope: Scope, id: str) -> None:
    row = sandbox.receipts.find(scope, id)
    if row is not None and row["status"] in _OPEN and row["valid_until"] * 1000 <= sandbox.now_ms():
        row["status"] = "expired"
        sandbox.receipts.keep(row)
        sandbox.emit("receipt.updated", row, scope)


def sale_fields(call: Call) -> Row:
    """Pick what a receipt or payment takes over from its input, with all that its items come to."""
    taken = ("currency", "exchange_rate", "payment_form", "idempotency_key", "metadata", "invoice_config")
    fields = {name: call.body[name] for name in taken if call.body.get(name) is not None}
    if fields.get("currency", "MXN") != "MXN":
        fields.setdefault("exchange_rate", None)  # the SAT asks for it, but not before the CFDI
    return {**fields, "items": priced(call.sandbox, call.scope, call.body.get("items"))}


async def _list(call: Call) -> Row:
    return list_page(call, call.sandbox.receipts, equal=("status",))


async def _get(call: Call) -> Row:
    return ok(find_receipt(call, call.id))


async def _search(call: Call) -> Row:
    """Find receipts by a text, anywhere or in `fields`."""
    named = (name.strip().removeprefix("client.") for name in call.query.get("fields", "").split(","))
    return search_page(call, call.sandbox.receipts, [name for name in named if name] or _SEARCHED)


async def _create(call: Call) -> Row:
    known = call.sandbox.known("receipts", call.scope, call.body.get("idempotency_key"))
    if known is not None:
        return ok(known)
    client = resolve(call, call.body.get("client"))
    fields = sale_fields(call)
    if periodicity := call.body.get("periodicity"):
        fields["periodicity"] = periodicity
    receipt = make_receipt(call.sandbox, call.scope, client, **fields)
    call.sandbox.remember("receipts", call.scope, receipt)
    call.sandbox.emit("receipt.created", receipt, call.scope)
    return ok(receipt, "Receipt created successfully")


async def _cancel(call: Call) -> Row:
    receipt = find_receipt(call, call.id)
    if receipt["status"] not in _OPEN:
        raise Problem(400, "operation_not_allowed", f"The receipt is {receipt['status']}")
    receipt["status"] = "cancelled"
    call.sandbox.receipts.keep(receipt)
    call.sandbox.emit("receipt.deleted", receipt, call.scope)
    return ok(receipt)


async def _reopen(call: Call) -> Row:
    """Make an expired receipt pending for one more period; one that was cancelled is so for good."""
    receipt = find_receipt(call, call.id)
    if receipt["status"] != "expired":
        raise Problem(400, "operation_not_allowed", f"The receipt is {receipt['status']}")
    receipt["status"] = "pending"
    receipt["valid_until"] = call.sandbox.now_ms() // 1000 + _PERIODS[receipt["periodicity"]]
    call.sandbox.receipts.keep(receipt)
    watch(call.sandbox, call.scope, receipt)
    call.sandbox.emit("receipt.updated", receipt, call.scope)
    return ok(receipt, "Receipt reopened successfully")


OPERATIONS = (
    Operation("receipts.list", "GET", "/receipts", _list,
              query=ReceiptListQuery, answer=list[Receipt | None]),
    Operation("receipts.create", "POST", "/receipts", _create, body=ReceiptInput, answer=Receipt),
    Operation("receipts.search", "GET", "/receipts/search", _search,
              query=ReceiptSearchQuery, answer=list[Receipt]),
    Operation("receipts.reopen", "POST", "/receipts/{id}/reopen", _reopen, body=ReopenInput, answer=Receipt),
    Operation("receipts.get", "GET", "/receipts/{id}", _get, answer=Receipt),
    Operation("receipts.cancel", "DELETE", "/receipts/{id}", _cancel, answer=Receipt),
)  # fmt: skip
