"""Payments in the sandbox: asked for, made, given back, called off."""

from functools import partial
from typing import Any

from gigstack_events.sandbox.accounts.team_rules import days_to_pay
from gigstack_events.sandbox.documented import complete
from gigstack_events.sandbox.invoicing.balances import find_invoice
from gigstack_events.sandbox.listing import list_page, search_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, invalid, missing, ok
from gigstack_events.sandbox.sales.aftermath import Aftermath as Aftermath
from gigstack_events.sandbox.sales.aftermath import collect as collect
from gigstack_events.sandbox.sales.automations import ask, automation, invoice, succeed
from gigstack_events.sandbox.sales.clients import change_client, resolve
from gigstack_events.sandbox.sales.documents import support_operations
from gigstack_events.sandbox.sales.items import amounts
from gigstack_events.sandbox.sales.receipts import sale_fields
from gigstack_events.sandbox.sales.refunds import refund
from gigstack_events.sandbox.sales.reminders import LINKS, REMINDERS, plan_reminders
from gigstack_events.sandbox.schemas.payments import (
    MarkPaymentAsPaidInput,
    Payment,
    PaymentListQuery,
    PaymentSearchQuery,
    RefundPaymentInput,
    RegisterPaymentInput,
    RequestPaymentInput,
    UpdatePaymentInput,
)
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

_SEARCHED = ("id", "name", "legal_name", "email", "tax_id", "idempotency_key")
_UNPAID = ("requires_payment_method", "pending", "processing", "failed")


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
        "automation_type": None,
        "items": [],
        "invoices": [],
        "receipts": [],
        "refunds": [],
        "reminders": [],
        "due_date": None,
        "metadata": {},
        "short_url": f"https://pay.example/{id}",
        "livemode": scope[0],
        "team": scope[1],
        "created_at": now,
        "succeeded_at": now if status == "succeeded" else None,
        **fields,
    }
    row |= amounts(row["items"])
    return sandbox.payments.add(scope, complete("payment", row))


def find_payment(call: Call, id: str) -> Row:
    """Return a payment of this mode and team."""
    row = call.sandbox.payments.find(call.scope, id)
    if row is None:
        raise missing("Payment", id)
    return row


async def _list(call: Call) -> Row:
    return list_page(call, call.sandbox.payments, equal=("status", "currency", "email", "tax_id"))


async def _get(call: Call) -> Row:
    return ok(find_payment(call, call.id))


async def _search(call: Call) -> Row:
    return search_page(call, call.sandbox.payments, _SEARCHED, equal=("status",))


async def _request(call: Call) -> Row:
    message = "Payment requested successfully"
    if (known := _known(call)) is not None:
        return ok(known, message)
    usual = call.sandbox.now_ms() // 1000 + days_to_pay(call.sandbox, call.scope) * 86_400
    due = call.body.get("due_date") or usual
    methods = [{"id": name} for name in call.body.get("allowed_payment_methods") or ["card", "bank"]]
    payment = _make(call, "requires_payment_method", allowed_payment_methods=methods, due_date=_seconds(due))
    plan_reminders(call.sandbox, call.scope, payment)
    ask(call.sandbox, call.scope, payment, call.entry)
    return ok(payment, message)


async def _register(call: Call) -> Row:
    message = "Payment registered successfully"
    if (known := _known(call)) is not None:
        return ok(known, message)
    payment = _make(call, "succeeded")
    succeed(call.sandbox, call.scope, payment, call.entry)
    return ok(payment, message)


def _known(call: Call) -> Row | None:
    return call.sandbox.known("payments", call.scope, call.body.get("idempotency_key"))


def _make(call: Call, status: str, **more: Any) -> Row:
    client = resolve(call, call.body.get("client"))
    fields = {**sale_fields(call), "automation_type": automation(call.body.get("automation_type")), **more}
    fields |= {name: call.body[name] for name in ("emails", "ppd_invoice_id") if call.body.get(name)}
    if id := fields.get("ppd_invoice_id"):
        _refuse_unless_owed(call, id)
    payment = make_payment(call.sandbox, call.scope, client, status, **fields)
    call.sandbox.remember("payments", call.scope, payment)
    call.sandbox.emit("payment.created", payment, call.scope)
    return payment


def _refuse_unless_owed(call: Call, id: str) -> None:
    found = find_invoice(call.sandbox, call.scope, id)
    if found is None:
        raise missing("Invoice", id)
    if found["payment_method"] != "PPD" or found["status"] == "cancelled":
        raise Problem(400, "business_rule_violation", "ppd_invoice_id: nothing is owed of this invoice")


async def _mark_as_paid(call: Call) -> Row:
    payment = _unpaid(call)
    payment["status"] = "succeeded"
    payment["payment_form"] = call.body["payment_form"]
    payment["succeeded_at"] = call.body.get("date") or call.sandbox.now_ms() // 1000
    call.sandbox.payments.keep(payment)
    succeed(call.sandbox, call.scope, payment, call.entry)
    return ok(payment)


async def _cancel(call: Call) -> Row:
    payment = _unpaid(call)
    payment["status"] = "cancelled"
    call.sandbox.payments.keep(payment)
    call.sandbox.emit("payment.canceled", payment, call.scope)
    return ok(payment)


def _unpaid(call: Call) -> Row:
    payment = find_payment(call, call.id)
    if payment["status"] not in _UNPAID:
        raise Problem(400, "operation_not_allowed", f"The payment is {payment['status']}")
    return payment


async def _refund(call: Call) -> Row:
    payment = find_payment(call, call.id)
    refund(call, payment)
    return _changed(call, payment)


async def _update(call: Call) -> Row:
    """Change descriptions, the client's data, or say what is to follow where nothing was said so far."""
    payment, client = find_payment(call, call.id), call.body.get("client")
    wanted = automation(call.body.get("automation_type"))
    if wanted and payment["automation_type"] not in (None, "none", wanted):
        raise Problem(400, "operation_not_allowed", "The payment has an automation_type already")
    if client and client.get("id") not in (None, payment["client"]["id"]):
        raise Problem(400, "operation_not_allowed", "client: a payment stays with its client")
    described = _described(payment["items"], call.body.get("items") or [])
    is_new = wanted not in (None, payment["automation_type"])
    payment |= {"items": described, "automation_type": wanted or payment["automation_type"]}
    if client:
        change_client(call.sandbox, call.scope, payment["client"], client)
    if is_new:
        _start(call, payment)
    return _changed(call, payment)


def _start(call: Call, payment: Row) -> None:
    """Let an automation that was set afterwards begin, unless something came of the payment already."""
    if payment["status"] in _UNPAID:
        ask(call.sandbox, call.scope, payment, call.entry)
    elif payment["status"] == "succeeded" and not payment["invoices"] and not payment["receipts"]:
        invoice(call.sandbox, call.scope, payment, call.entry)


def _described(items: list[Row], wanted: list[Row]) -> list[Row]:
    """Return items with new descriptions; each is found by its id, or else by its place."""
    described = [dict(item) for item in items]
    for place, new in enumerate(wanted):
        same = [item for item in described if new.get("id") and item.get("id") == new["id"]]
        if not same and place >= len(described):
            raise invalid(f"items: the payment has {len(described)}", "items")
        if new.get("description"):
            (same or described[place : place + 1])[0]["description"] = new["description"]
    return described


def _changed(call: Call, payment: Row) -> Row:
    call.sandbox.payments.keep(payment)
    call.sandbox.emit("payment.updated", payment, call.scope)
    return ok(payment)


def _seconds(moment: int) -> int:
    return moment // 1000 if moment > 10**12 else moment


_route = partial(Operation, answer=Payment)
OPERATIONS = (
    _route("payments.list", "GET", "/payments", _list, query=PaymentListQuery, answer=list[Payment | None]),
    _route("payments.request", "POST", "/payments/request", _request, body=RequestPaymentInput),
    _route("payments.register", "POST", "/payments/register", _register, body=RegisterPaymentInput),
    _route("payments.search", "GET", "/payments/search", _search,
           query=PaymentSearchQuery, answer=list[Payment]),
    *LINKS,
    *REMINDERS,
    *support_operations("payments", "payment", find_payment),
    _route("payments.get", "GET", "/payments/{id}", _get),
    _route("payments.update", "PUT", "/payments/{id}", _update, body=UpdatePaymentInput),
    _route("payments.cancel", "DELETE", "/payments/{id}", _cancel),
    _route("payments.mark_as_paid", "POST", "/payments/{id}/paid", _mark_as_paid,
           body=MarkPaymentAsPaidInput),
    _route("payments.refund", "POST", "/payments/{id}/refund", _refund, body=RefundPaymentInput),
)  # fmt: skip
