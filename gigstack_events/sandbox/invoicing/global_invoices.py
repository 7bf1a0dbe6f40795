"""The end of the month in the sandbox: receipts that nobody asked an invoice for, in one for the public."""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial

from gigstack_events.sandbox.invoicing.invoice_rules import GENERAL_PUBLIC
from gigstack_events.sandbox.invoicing.issuing import issue
from gigstack_events.sandbox.invoicing.periods import period
from gigstack_events.sandbox.invoicing.seals import MEXICO
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, ok
from gigstack_events.sandbox.sales.clients import make_client
from gigstack_events.sandbox.schemas.invoices import GlobalRun
from gigstack_events.sandbox.tables import Row

_LAST_HOUR = 23
_SECONDS = 1.0


async def _run(call: Call) -> Row:
    """Accept a run: live only, on the last day of the month before 23:00 in Mexico City."""
    now = datetime.fromtimestamp(call.sandbox.now_ms() / 1000, MEXICO)
    if not call.livemode:
        raise Problem(400, "operation_not_allowed", "Global invoices are made in live mode only")
    if (now + timedelta(days=1)).day != 1 or now.hour >= _LAST_HOUR:
        message = "Global invoices are made on the last day of the month, before 23:00 in Mexico City"
        raise Problem(400, "business_rule_violation", message)
    settings = (call.sandbox.teams.anywhere(call.team) or {}).get("settings") or {}
    if settings.get("global_invoice_disabled"):
        raise Problem(400, "operation_not_allowed", "The team's settings turn global invoices off")
    count = len(_expired(call))
    call.sandbox.clock.later(_SECONDS, partial(_make, call, call.sandbox.now_ms()))
    run = {"id": f"eom_{now:%Y_%m}", "status": "accepted", "receipts": count}
    return ok(run, "End-of-month invoicing accepted")


def _expired(call: Call) -> list[Row]:
    found = call.sandbox.receipts.walk(call.scope, ascending=True)
    return [row for _, row in found if row["status"] == "expired"]


def _make(call: Call, asked_ms: int) -> None:
    """Make one invoice for each currency; a refusal tells itself, as invoice.failed."""
    groups: dict[tuple[str, float], list[Row]] = defaultdict(list)
    for receipt in _expired(call):
        groups[receipt["currency"], receipt["exchange_rate"]].append(receipt)
    for (currency, rate), receipts in groups.items():
        fields = {
            "client": _public(call),
            "items": [_item(receipt, item) for receipt in receipts for item in receipt["items"]],
            "receipts": [receipt["id"] for receipt in receipts],
            "payments": list(dict.fromkeys(id for receipt in receipts for id in receipt["payments"])),
            "currency": currency,
            "exchange_rate": rate,
            "payment_form": receipts[0]["payment_form"],
            "global": period("month", asked_ms),
            "from": "eom",
        }
        try:
            issue(call.sandbox, call.scope, fields, call.entry)
        except Problem:
            continue
        for receipt in receipts:
            call.sandbox.receipts.keep(receipt)


def _item(receipt: Row, item: Row) -> Row:
    """A sale to the public is named by its receipt, nothing else."""
    return {
        **item,
        "description": "Venta",
        "sku": receipt["id"],
        "product_key": "01010101",
        "unit_key": "ACT",
    }


def _public(call: Call) -> Row:
    clients = (row for _, row in call.sandbox.clients.walk(call.scope))
    found = next((row for row in clients if row["tax_id"] == GENERAL_PUBLIC), None)
    fields = {"name": "Público en general", "legal_name": "PUBLICO EN GENERAL", "tax_id": GENERAL_PUBLIC,
              "tax_system": "616", "use": "S01"}  # fmt: skip
    return found or make_client(call.sandbox, call.scope, fields)


OPERATIONS = (Operation("invoices.run_global", "POST", "/invoices/eom/run", _run, answer=GlobalRun),)
