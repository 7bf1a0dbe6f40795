"""CFDIs in the sandbox: what follows from one that was made, now or in an earlier process."""

from typing import TYPE_CHECKING

from gigstack_events.sandbox.invoicing.balances import applied, refresh
from gigstack_events.sandbox.invoicing.issuers import count_folio
from gigstack_events.sandbox.tables import Row, Scope

if TYPE_CHECKING:
    from gigstack_events.sandbox.state import Sandbox


def enter(sandbox: "Sandbox", cfdi: Row, invoice: Row) -> Row:
    """Let a CFDI of the journal show: as an invoice, and in all that it was made from or is about."""
    scope: Scope = (cfdi["livemode"], cfdi["team"])
    for id in invoice["receipts"]:
        receipt = sandbox.receipts.find(scope, id)
        if receipt is None:
            raise ValueError(f"CFDI {cfdi['uuid']} is of a receipt that is not there")
        receipt["status"] = "completed"
        _append(receipt["invoices"], cfdi["uuid"])
    for id in invoice["payments"]:
        if (payment := sandbox.payments.find(scope, id)) is not None:
            _append(payment["invoices"], cfdi["uuid"])
    for id in cfdi["made_from"]:
        if (draft := sandbox.drafts.find(scope, id)) is not None:
            draft |= {"draft": False, "status": "stamped", "uuid": cfdi["uuid"]}
    sandbox.invoices.add(scope, invoice, written=True)
    sandbox.remember("invoices", scope, invoice)
    count_folio(sandbox, scope, invoice)
    _show_in_related(sandbox, scope, invoice)
    return invoice


def _show_in_related(sandbox: "Sandbox", scope: Scope, invoice: Row) -> None:
    for uuid, _ in applied(invoice):
        original = sandbox.invoices.find(scope, uuid)
        if original is not None:
            shown = "payment_complements" if invoice["invoice_type"] == "P" else "invoices"
            _append(original[shown], invoice["uuid"])
            refresh(sandbox, original)


def _append(ids: list[str], id: str) -> None:
    if id not in ids:
        ids.append(id)
