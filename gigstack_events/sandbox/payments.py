"""Payments in the sandbox, and the receipts that follow from them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gigstack_events.sandbox.clients import resolve
from gigstack_events.sandbox.events import new_event
from gigstack_events.sandbox.listing import list_page, search_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.receipts import amounts, make_receipt, sale_fields
from gigstack_events.sandbox.replies import Problem, missing, ok
from gigstack_events.sandbox.sender import Manner
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

_SEARCHED = ("id", "name", "legal_name", "email", "tax_id", "idempotency_key")


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What follows a collected payment.

    One receipt per group of items; `late` in seconds (None: the sandbox decides), and what is sent.
    """

    groups: list[list[Row]]
    late: float | None = None
    send: bool = True
    receipt_events: bool = False
    manner: Manner = field(default_factory=Manner)


def make_payment(sandbox: Sandbox, scope: Scope, client: Row, status: str, **fields: Any) -> Row:
    """Create a payment without telling about it."""
    id = sandbox.payments.new_id()
    now = sandbox.now_ms() // 1000
    row: Row = {
        "id": id,
        "client": client,
        "status": status,
        "currency": "MXN",
        "exchange_rate": 1,
        "payment_form": "03",
        "items": [],
        "invoices": [],
        "receipts": [],
        "refunds": [],
        "metadata": {},
        "short_url": f"https://pay.example/{id}",
        "livemode": scope[0],
        "team": scope[1],
        "created_at": now,
        "succeeded_at": now if status == "succeeded" else None,
        **fields,
    }
    row |= amounts(row["items"])
    return sandbox.payments.add(scope, row)


def collect(sandbox: Sandbox, scope: Scope, payment: Row, after: Aftermath) -> Row:
    """Let receipts and events follow a payment; return what will be: receipts, `late`, `event`."""
    late = _lateness(sandbox) if after.late is None else after.late
    ids = [sandbox.receipts.new_id() for _ in after.groups]
    make = partial(_make_receipts, sandbox, scope, payment, list(zip(ids, after.groups, strict=True)))
    if not late:
        payment["receipts"].extend(ids)
        sandbox.payments.keep(payment)
    event = new_event("payment.succeeded", payment, scope) if after.send else None
    tell = _teller(sandbox, scope, after)
    if late:
        sandbox.clock.later(late, lambda: _come(sandbox, payment, make, tell))
    else:
        rows = make()
        if after.receipt_events:
            tell(rows)
    if event is not None:
        sandbox.sender.send(event, after.manner)
    return {"receipts": ids, "late": late, "event": event.id if event else None}


def _lateness(sandbox: Sandbox) -> float:
    choices = sandbox.choices("late")
    late = choices.random() < sandbox.options.late_share
    delay = choices.uniform(*sandbox.options.late)
    return delay if late else 0.0


def _make_receipts(
    sandbox: Sandbox, scope: Scope, payment: Row, wanted: list[tuple[str, list[Row]]]
) -> list[Row]:
    return [
        make_receipt(sandbox, scope, payment["client"], id=id, items=items, payments=[payment["id"]])
        for id, items in wanted
    ]


def _teller(sandbox: Sandbox, scope: Scope, after: Aftermath) -> Callable[[list[Row]], None]:
    def tell(rows: list[Row]) -> None:
        for row in rows if after.send else []:
            sandbox.sender.send(new_event("receipt.created", row, scope), after.manner)

    return tell


def _come(
    sandbox: Sandbox, payment: Row, make: Callable[[], list[Row]], tell: Callable[[list[Row]], None]
) -> None:
    rows = make()
    payment["receipts"].extend(row["id"] for row in rows)
    sandbox.payments.keep(payment)
    tell(rows)


def _find(call: Call) -> Row:
    row = call.sandbox.payments.find(call.scope, call.id)
    if row is None:
        raise missing("Payment", call.id)
    return row


async def _list(call: Call) -> Row:
    return list_page(call, call.sandbox.payments, equal=("status", "currency", "email", "tax_id"))


async def _get(call: Call) -> Row:
    return ok(_find(call))


async def _search(call: Call) -> Row:
    return search_page(call, call.sandbox.payments, _SEARCHED)


async def _request(call: Call) -> Row:
    return ok(_make(call, "requires_payment_method")[0], "Payment requested successfully")


async def _register(call: Call) -> Row:
    if not call.body.get("payment_form"):
        raise Problem(400, "missing_required_field", "payment_form is required")
    payment, is_new = _make(call, "succeeded")
    if is_new:
        _succeed(call, payment)
    return ok(payment, "Payment registered successfully")


def _make(call: Call, status: str) -> tuple[Row, bool]:
    fields = sale_fields(call.body)
    client = resolve(call, call.body.get("client"))
    known = call.sandbox.known("payments", call.scope, fields.get("idempotency_key"))
    if known is not None:
        return known, False
    payment = make_payment(call.sandbox, call.scope, client, status, **fields)
    call.sandbox.remember("payments", call.scope, payment)
    call.sandbox.emit("payment.created", payment, call.scope)
    return payment, True


async def _mark_as_paid(call: Call) -> Row:
    if not call.body.get("payment_form"):
        raise Problem(400, "missing_required_field", "payment_form is required")
    payment = _find(call)
    if payment["status"] not in ("requires_payment_method", "pending"):
        raise Problem(400, "operation_not_allowed", f"The payment is {payment['status']}")
    payment["status"] = "succeeded"
    payment["payment_form"] = call.body["payment_form"]
    payment["succeeded_at"] = call.body.get("date") or call.sandbox.now_ms() // 1000
    call.sandbox.payments.keep(payment)
    _succeed(call, payment)
    return ok(payment)


def _succeed(call: Call, payment: Row) -> None:
    after = Aftermath([payment["items"]], receipt_events=True)
    collect(call.sandbox, call.scope, payment, after)


OPERATIONS = (
    Operation("payments.list", "GET", "/payments", _list),
    Operation("payments.request", "POST", "/payments/request", _request),
    Operation("payments.register", "POST", "/payments/register", _register),
    Operation("payments.search", "GET", "/payments/search", _search),
    Operation("payments.get", "GET", "/payments/{id}", _get),
    Operation("payments.mark_as_paid", "POST", "/payments/{id}/paid", _mark_as_paid),
)
