"""CFDIs in the sandbox: what follows from one that was made, now or in an earlier process."""

from typing import TYPE_CHECKING

from gigstack_events.sandbox.tables import Row, Scope

if TYPE_CHECKING:
    from gigstack_events.sandbox.state import Sandbox


def enter(sandbox: "Sandbox", cfdi: Row) -> tuple[Row, Row]:
    """Let a CFDI of the journal show in its receipt; returns that and the invoice."""
    scope: Scope = (cfdi["livemode"], cfdi["team"])
    receipt = sandbox.receipts.find(scope, cfdi["receipt"])
    if receipt is None:
        raise ValueError(f"CFDI {cfdi['uuid']} is of a receipt that is not there")
    receipt["status"] = "completed"
    if cfdi["uuid"] not in receipt["invoices"]:
        receipt["invoices"].append(cfdi["uuid"])
    return receipt, sandbox.invoices.add(scope, _invoice(cfdi, receipt))


def _invoice(cfdi: Row, receipt: Row) -> Row:
    copied = ("client", "total", "subtotal", "taxes", "currency", "payments", "items", "livemode", "team")
    return {
        "id": cfdi["uuid"],
        "uuid": cfdi["uuid"],
        "status": "valid",
        "invoice_type": "I",
        "payment_method": "PUE",
        "receipts": [receipt["id"]],
        "created_at": cfdi["at"] // 1000,
        **{name: receipt[name] for name in copied},
    }
