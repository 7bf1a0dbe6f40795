"""What is still owed of an invoice, after the credit notes and the payments that name it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from gigstack_events.catalogs import TAXES
from gigstack_events.sandbox.invoicing.lines import cents, lines, number, tax_totals
from gigstack_events.sandbox.replies import Problem, missing
from gigstack_events.sandbox.tables import Row, Scope

if TYPE_CHECKING:
    from gigstack_events.sandbox.state import Sandbox

_CREDITS = ("01", "03")  # a credit note, goods that came back


def owed(sandbox: "Sandbox", invoice: Row) -> Decimal:
    """Return what neither credit notes nor payment complements have taken off an invoice yet."""
    paid = _taken_off(sandbox, invoice, invoice["payment_complements"])
    return max(creditable(sandbox, invoice) - paid, Decimal(0))


def creditable(sandbox: "Sandbox", invoice: Row) -> Decimal:
    """Return what credit notes may still give back, whether it has been paid or not."""
    return cents(number(invoice["total"]) - _taken_off(sandbox, invoice, invoice["invoices"]))


def _taken_off(sandbox: "Sandbox", invoice: Row, others: list[str]) -> Decimal:
    found = [sandbox.invoices.anywhere(id) for id in others]
    alive = [other for other in found if other is not None and other["status"] != "cancelled"]
    shares = (share for other in alive for share in applied(other))
    return sum((amount for uuid, amount in shares if uuid == invoice["uuid"]), Decimal(0))


def applied(invoice: Row) -> Iterator[tuple[str, Decimal]]:
    """Give what a credit note or payment complement takes off which invoices."""
    for row in invoice.get("credited_documents") or []:
        yield row["uuid"], number(row["amount"])
    for complement in invoice["complements"] if invoice["invoice_type"] == "P" else []:
        for payment in complement["data"] if complement["type"] == "pago" else []:
            for document in payment["related_documents"]:
                yield document["uuid"], number(document["amount"])


def refresh(sandbox: "Sandbox", invoice: Row) -> None:
    """Bring `last_balance` and `installments` of an invoice that is paid in installments up to date."""
    if invoice["payment_method"] != "PPD" or invoice["invoice_type"] != "I":
        return
    invoice["last_balance"] = 0.0 if invoice["status"] == "cancelled" else float(owed(sandbox, invoice))
    found = [sandbox.invoices.anywhere(id) for id in invoice["payment_complements"]]
    invoice["installments"] = sum(row is not None and row["status"] != "cancelled" for row in found)


def find_invoice(sandbox: "Sandbox", scope: Scope, id: str) -> Row | None:
    """Return an invoice of this mode and team; a UUID may come in small letters."""
    return sandbox.invoices.find(scope, id) or sandbox.invoices.find(scope, id.upper())


def credit(sandbox: "Sandbox", scope: Scope, invoice: Row) -> list[Row]:
    """Spread a credit note over the invoices that it names; those that are not known are left alone."""
    rest = number(invoice["total"])
    shares: list[Row] = []
    for related in invoice["related_documents"]:
        for id in related["documents"] if related["relationship"] in _CREDITS else []:
            original = find_invoice(sandbox, scope, id)
            if original is not None:
                if original["status"] == "cancelled":
                    raise _refused(f"Invoice {original['uuid']} is cancelled")
                share = min(rest, creditable(sandbox, original))
                shares.append({"uuid": original["uuid"], "amount": float(share)})
                rest -= share
    if shares and rest > 0:
        raise _refused(f"The credit note is {rest} more than what is left of the invoices that it names")
    return shares


def settle(sandbox: "Sandbox", scope: Scope, complement: Row) -> None:
    """Work out what a payment complement pays: balance before, number and taxes of each installment."""
    so_far: dict[str, Decimal] = {}
    groups = [group["data"] for group in complement["complements"] if group["type"] == "pago"]
    for payment in (payment for group in groups for payment in group):
        payment.setdefault("date", sandbox.now_ms())
        for document in payment["related_documents"]:
            original = _payable(sandbox, scope, document["uuid"], complement)
            _refuse_other_money(payment, original)
            before = owed(sandbox, original) - so_far.get(original["uuid"], Decimal(0))
            amount = before if document.get("amount") is None else cents(number(document["amount"]))
            if not 0 < amount <= before:
                raise _refused(
                    f"Invoice {original['uuid']} owes {before}: {amount} is no installment of that"
                )
            so_far[original["uuid"]] = so_far.get(original["uuid"], Decimal(0)) + amount
            document |= _installment(original, before, amount)


def _payable(sandbox: "Sandbox", scope: Scope, uuid: str, complement: Row) -> Row:
    original = find_invoice(sandbox, scope, uuid)
    if original is None:
        raise missing("Invoice", uuid)
    if original["payment_method"] != "PPD" or original["status"] == "cancelled":
        raise _refused(f"Invoice {original['uuid']} is not one that is paid in installments")
    if original["client"]["id"] != complement["client"]["id"]:
        raise _refused(f"Invoice {original['uuid']} is another client's")
    return original


def _refuse_other_money(payment: Row, original: Row) -> None:
    """Amounts are in the money of the invoice; at which rate other money pays it, nobody has said."""
    if payment["currency"] != original["currency"]:
        raise _refused(f"Invoice {original['uuid']} is in {original['currency']}, not {payment['currency']}")


def _installment(original: Row, before: Decimal, amount: Decimal) -> Row:
    total = number(original["total"])
    taxes = [
        {
            "type": TAXES[tax.code],
            "factor": tax.factor,
            "rate": None if tax.rate is None else float(tax.rate),
            "withholding": tax.withheld,
            "base": float(cents(tax.base * amount / total)),
        }
        for tax in tax_totals(tax for line in lines(original["items"]) for tax in line.taxes)
    ]
    return {
        "uuid": original["uuid"],
        "series": original["series"],
        "folio_number": original["folio_number"],
        "currency": original["currency"],
        "amount": float(amount),
        "last_balance": float(before),
        "installment": original["installments"] + 1,
        "taxes": taxes,
    }


def _refused(message: str) -> Problem:
    return Problem(400, "business_rule_violation", message)
