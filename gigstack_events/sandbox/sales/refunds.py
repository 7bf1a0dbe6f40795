"""Money given back, in parts or all at once."""

from secrets import token_hex

from gigstack_events.sandbox.accounts.team_rules import cancels_receipts_on_refunds
from gigstack_events.sandbox.operations import Call
from gigstack_events.sandbox.replies import Problem
from gigstack_events.sandbox.tables import Row


def refund(call: Call, payment: Row) -> None:
    """Give back a part of a payment, or what is left of it: then it is refunded."""
    amount = round(call.body["amount"], 2)
    if payment["status"] != "succeeded":
        raise Problem(400, "operation_not_allowed", f"The payment is {payment['status']}")
    left = round(payment["total"] - sum(row["amount"] for row in payment["refunds"]), 2)
    if not 0 < amount <= left:
        raise Problem(400, "business_rule_violation", f"amount: {left:.2f} can be given back")
    payment["refunds"].append(_new(call, amount))
    if amount == left:
        payment["status"] = "refunded"
        if cancels_receipts_on_refunds(call.sandbox, call.scope):
            _cancel_receipts(call, payment)


def _new(call: Call, amount: float) -> Row:
    return {
        "id": f"refund_{token_hex(10)}",
        "amount": amount,
        "reason": call.body["reason"],
        "external_processor_refund": bool(call.body.get("external_processor_refund")),
        "status": "succeeded",
        "created_at": call.sandbox.now_ms() // 1000,
    }


def _cancel_receipts(call: Call, payment: Row) -> None:
    for id in payment["receipts"]:
        receipt = call.sandbox.receipts.find(call.scope, id)
        if receipt is not None and receipt["status"] in ("pending", "open"):
            receipt["status"] = "cancelled"
            call.sandbox.receipts.keep(receipt)
            call.sandbox.emit("receipt.deleted", receipt, call.scope)
