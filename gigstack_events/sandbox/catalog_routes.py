"""The SAT's catalogues as routes; the real API shows them as pages of its documentation only."""

from collections.abc import Awaitable, Callable, Mapping

from gigstack_events import catalogs
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import ok
from gigstack_events.sandbox.schemas.auth import CatalogRow
from gigstack_events.sandbox.tables import Row

_CATALOGS = {
    ("tax_regimes", "tax-regimes"): catalogs.TAX_REGIMES,
    ("payment_forms", "payment-forms"): catalogs.PAYMENT_FORMS,
    ("cfdi_uses", "cfdi-usage"): catalogs.CFDI_USES,
    ("payment_methods", "payment-methods"): catalogs.PAYMENT_METHODS,
    ("months", "months"): catalogs.MONTHS,
    ("invoice_relationships", "invoice-relationships"): catalogs.INVOICE_RELATIONSHIPS,
}


def _serve(catalog: Mapping[str, str]) -> Callable[[Call], Awaitable[Row]]:
    rows = [{"code": code, "description": description} for code, description in catalog.items()]

    async def act(call: Call) -> Row:
        return ok(rows, "retrieved successfully", has_more=False, next=None, total_results=len(rows))

    return act


OPERATIONS = tuple(
    Operation(f"catalogs.{name}", "GET", f"/catalogs/{path}", _serve(catalog), answer=list[CatalogRow])
    for (name, path), catalog in _CATALOGS.items()
)
