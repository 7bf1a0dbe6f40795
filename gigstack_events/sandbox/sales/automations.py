"""What a payment's `automation_type` sets off: nothing, a receipt, or CFDIs a little later."""

from collections.abc import Callable
from functools import partial

from gigstack_events.sandbox.accounts.team_rules import avoids_receipts
from gigstack_events.sandbox.invoicing.issuing import issue
from gigstack_events.sandbox.replies import Problem
from gigstack_events.sandbox.sales.aftermath import Aftermath, collect
from gigstack_events.sandbox.sales.receipts import make_receipt
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

PUE, PPD = "pue_invoice", "ppd_invoice_and_complement"
_ALIASES = {"payment": PUE, "stamp_invoice": PUE, "payment_and_complement": PPD}
_SALE = ("currency", "exchange_rate", "payment_form", "metadata")

Step = Callable[[Sandbox, Scope, Row, Row], object]


def automation(wanted: str | None) -> str | None:
    """Return the word that is used today for an `automation_type`."""
    return _ALIASES.get(wanted or "", wanted)


def ask(sandbox: Sandbox, scope: Scope, payment: Row, entry: Row) -> None:
    """Let follow what a payment wants before it is paid: its PPD invoice. `entry` is the call's line."""
    if payment["automation_type"] == PPD and payment.get("ppd_invoice_id") is None:
        _later(sandbox, partial(_try, _bill, sandbox, scope, payment, entry))


def succeed(sandbox: Sandbox, scope: Scope, payment: Row, entry: Row) -> None:
    """Tell that a payment was collected, and let follow what it wants: without a word, a receipt."""
    if payment["automation_type"] is None and payment.get("ppd_invoice_id") is None:
        groups = [] if avoids_receipts(sandbox, scope) else [payment["items"]]
        collect(sandbox, scope, payment, Aftermath(groups, receipt_events=True))
    else:
        sandbox.emit("payment.succeeded", payment, scope)
        invoice(sandbox, scope, payment, entry)


def invoice(sandbox: Sandbox, scope: Scope, payment: Row, entry: Row) -> None:
    """Make the CFDIs that a collected payment wants; where a rule forbids it, a receipt tells why."""
    if payment.get("ppd_invoice_id") is not None or payment["automation_type"] == PPD:
        step: Step = _complete
    elif payment["automation_type"] == PUE:
        step = _settle_at_once
    else:
        return
    _later(sandbox, partial(_invoice, step, sandbox, scope, payment, entry))


def _later(sandbox: Sandbox, act: Callable[[], object]) -> None:
    """Act after the time that late receipts take."""
    sandbox.clock.later(sandbox.choices("automation").uniform(*sandbox.options.late), act)


def _invoice(step: Step, sandbox: Sandbox, scope: Scope, payment: Row, entry: Row) -> None:
    problem = _try(step, sandbox, scope, payment, entry)
    if problem is not None:
        sale = {name: payment[name] for name in ("currency", "exchange_rate", "payment_form", "items")}
        receipt = make_receipt(
            sandbox,
            scope,
            payment["client"],
            payments=[payment["id"]],
            automatic_invoice_error=problem.message,
            **sale,
        )
        payment["receipts"].append(receipt["id"])
        sandbox.emit("receipt.created", receipt, scope)
    sandbox.payments.keep(payment)


def _try(step: Step, sandbox: Sandbox, scope: Scope, payment: Row, entry: Row) -> Problem | None:
    """Take a step; what the SAT refuses has been told as invoice.failed by then."""
    try:
        step(sandbox, scope, payment, entry)
    except Problem as problem:
        return problem
    return None


def _settle_at_once(sandbox: Sandbox, scope: Scope, payment: Row, entry: Row) -> None:
    issue(sandbox, scope, _fields(payment, payment_method="PUE"), entry)


def _bill(sandbox: Sandbox, scope: Scope, payment: Row, entry: Row) -> str:
    """Return the PPD invoice of a payment, which it gets once."""
    if (given := payment.get("ppd_invoice_id")) is not None:
        return str(given)
    for uuid in payment["invoices"]:
        known = sandbox.invoices.find(scope, uuid)
        if known is not None and known["payment_method"] == "PPD" and known["status"] != "cancelled":
            return str(uuid)
    fields = _fields(payment, payment_method="PPD", payment_form="99")
    return str(issue(sandbox, scope, fields, entry)["uuid"])


def _complete(sandbox: Sandbox, scope: Scope, payment: Row, entry: Row) -> None:
    """Make the payment complement, after the PPD invoice if there is none yet."""
    document = {"uuid": _bill(sandbox, scope, payment, entry), "amount": payment["total"]}
    paid_at = payment["succeeded_at"]
    paid = {
        "date": paid_at if paid_at > 10**12 else paid_at * 1000,
        **{name: payment[name] for name in ("payment_form", "currency", "exchange_rate")},
        "related_documents": [document],
    }
    what = {"invoice_type": "P", "items": [], "complements": [{"type": "pago", "data": [paid]}]}
    issue(sandbox, scope, _fields(payment, series=None, folio_number=None, **what), entry)


def _fields(payment: Row, **more: object) -> Row:
    config = payment.get("invoice_config") or {}
    return {
        "client": payment["client"],
        "items": payment["items"],
        **{name: payment[name] for name in _SALE},
        "emails": payment.get("emails"),
        "series": config.get("serie"),
        "folio_number": config.get("folio"),
        "payments": [payment["id"]],
        "from": "payment",
        **more,
    }
