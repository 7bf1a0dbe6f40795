"""What a payment's `automation_type` sets off: nothing, a receipt, or CFDIs."""

from gigstack_events.sandbox.aftermath import Aftermath, collect
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

_ALIASES = {
    "payment": "pue_invoice",
    "stamp_invoice": "pue_invoice",
    "payment_and_complement": "ppd_invoice_and_complement",
}


def automation(wanted: str | None) -> str | None:
    """Return the word that is used today for an `automation_type`."""
    return _ALIASES.get(wanted or "", wanted)


def succeed(sandbox: Sandbox, scope: Scope, payment: Row, entry: Row) -> None:
    """Tell that a payment was collected, and let follow what it asks for: without a word, a receipt."""
    kind = payment["automation_type"]
    if kind is None:
        collect(sandbox, scope, payment, Aftermath([payment["items"]], receipt_events=True))
        return
    sandbox.emit("payment.succeeded", payment, scope)
