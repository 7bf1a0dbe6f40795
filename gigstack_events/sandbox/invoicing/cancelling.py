"""Cancelling a CFDI at the SAT, which may take its time, and what follows from it.

Large ones wait for the receiver, as with the SAT: what is over 50,000 pesos stays pending for 72 hours of
the sandbox's time and is accepted then, because the receiver did not answer. All others are through at once.
"""

from functools import partial

from gigstack_events.sandbox.invoicing.balances import applied, find_invoice, refresh
from gigstack_events.sandbox.replies import Problem, invalid
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

LARGE = 50_000
SAT_SECONDS = 72 * 3_600


def cancel(sandbox: Sandbox, scope: Scope, invoice: Row, wanted: Row) -> None:
    """Ask for the cancellation of an invoice; Problem (400) where it cannot be cancelled."""
    substitute = _substitute(sandbox, scope, invoice, wanted)
    _refuse_unfit(sandbox, invoice)
    now = sandbox.now_ms()
    large = invoice["total"] * float(invoice["exchange_rate"] or 1) > LARGE
    invoice["cancellation"] = {
        "cancellation_status": "pending",
        "motive": wanted["motive"],
        "requested_at": now,
        "requested_by": "user_sandbox",
        "cancellation_type": "with_acceptance" if large else "without_acceptance",
        "cancelled_at": None,
        "last_checked": now,
        "substitution_uuid": substitute["uuid"] if substitute else None,
        "cancellation_receipt": None,
        "code": "201",
    }
    sandbox.invoices.keep(invoice)
    if large:
        await_receiver(sandbox, scope, invoice)
    else:
        _accept(sandbox, scope, invoice)


def await_receiver(sandbox: Sandbox, scope: Scope, invoice: Row) -> None:
    """Let a pending cancellation be through when the receiver's time is over."""
    until = invoice["cancellation"]["requested_at"] + SAT_SECONDS * 1000
    sandbox.clock.at(until, partial(_accept, sandbox, scope, invoice))


def is_pending(invoice: Row) -> bool:
    """Tell whether the SAT still waits for the receiver."""
    return (invoice["cancellation"] or {}).get("cancellation_status") == "pending"


def _substitute(sandbox: Sandbox, scope: Scope, invoice: Row, wanted: Row) -> Row | None:
    named = wanted.get("substitution_uuid") or wanted.get("replacement")
    if wanted["motive"] != "01":
        return None
    if not named:
        raise Problem(400, "missing_required_field", "substitution_uuid is required with motive 01")
    found = find_invoice(sandbox, scope, named)
    if found is None or found["status"] != "valid" or found["uuid"] == invoice["uuid"]:
        raise invalid("substitution_uuid names no other valid invoice", "substitution_uuid")
    return found


def _refuse_unfit(sandbox: Sandbox, invoice: Row) -> None:
    if invoice["status"] != "valid" or is_pending(invoice):
        state = "waiting for its cancellation" if is_pending(invoice) else invoice["status"]
        raise Problem(400, "operation_not_allowed", f"The invoice is {state}")
    others = [sandbox.invoices.anywhere(id) for id in (*invoice["invoices"], *invoice["payment_complements"])]
    if alive := [other["uuid"] for other in others if other is not None and other["status"] == "valid"]:
        message = f"The SAT does not cancel it while valid CFDIs are about it: {', '.join(alive)}"
        raise Problem(400, "operation_not_allowed", message)


def _accept(sandbox: Sandbox, scope: Scope, invoice: Row) -> None:
    now = sandbox.now_ms()
    invoice["status"] = "cancelled"
    accepted = {"cancellation_status": "accepted", "cancelled_at": now, "last_checked": now,
                "cancellation_receipt": f"acuse-{invoice['uuid']}"}  # fmt: skip
    invoice["cancellation"] |= accepted
    refresh(sandbox, invoice)
    sandbox.invoices.keep(invoice)
    for uuid, _ in applied(invoice):
        if (original := sandbox.invoices.find(scope, uuid)) is not None:
            refresh(sandbox, original)
            sandbox.invoices.keep(original)
    sandbox.emit("invoice.canceled", invoice, scope)
    for id in invoice["receipts"]:
        _let_go_of_receipt(sandbox, scope, invoice, sandbox.receipts.find(scope, id))
    for id in invoice["payments"]:
        _let_go_of_payment(sandbox, scope, invoice, sandbox.payments.find(scope, id))


def _let_go_of_receipt(sandbox: Sandbox, scope: Scope, invoice: Row, receipt: Row | None) -> None:
    """A receipt without a CFDI waits for one again, unless its sale never was (03)."""
    if receipt is None or not _replace(receipt["invoices"], invoice):
        return
    if not receipt["invoices"]:
        never_was = invoice["cancellation"]["motive"] == "03"
        over = receipt["valid_until"] * 1000 <= sandbox.now_ms()
        receipt["status"] = "cancelled" if never_was else "expired" if over else "pending"
    sandbox.receipts.keep(receipt)
    type = "receipt.deleted" if receipt["status"] == "cancelled" else "receipt.updated"
    sandbox.emit(type, receipt, scope)


def _let_go_of_payment(sandbox: Sandbox, scope: Scope, invoice: Row, payment: Row | None) -> None:
    if payment is not None and _replace(payment["invoices"], invoice):
        sandbox.payments.keep(payment)
        sandbox.emit("payment.updated", payment, scope)


def _replace(ids: list[str], invoice: Row) -> bool:
    """Take a cancelled CFDI out of a list, and put in the one in its place; tell whether it was there."""
    if invoice["uuid"] not in ids:
        return False
    ids.remove(invoice["uuid"])
    substitute = invoice["cancellation"]["substitution_uuid"]
    if substitute and substitute not in ids:
        ids.append(substitute)
    return True
