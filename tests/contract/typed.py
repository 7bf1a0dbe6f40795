"""What an editor and mypy know of the client; `make types` reads it, nothing runs it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_type

from gigstack_events import Context
from gigstack_events.api import (
    Client,
    DraftInvoice,
    FiscalValidation,
    Gigstack,
    Invoice,
    Payment,
    PendingStamps,
    Receipt,
    Retention,
    SatInvoice,
    SatRequest,
    Service,
    StampResult,
    Team,
    User,
    Webhook,
)


def money(gigstack: Gigstack) -> None:
    """Clients, services, payments and receipts."""
    assert_type(gigstack.livemode, bool | None)
    assert_type(gigstack.bound(team="team_1", timeout=60), Gigstack)
    assert_type(gigstack.clients.list(limit=50, metadata={"a": "b"}), Iterator[Client])
    assert_type(gigstack.clients.create(name="Ana", tax_id="CACX7605101P8"), Client)
    assert_type(gigstack.clients.validate("client_1"), FiscalValidation)
    assert_type(gigstack.clients.stamp_pending_receipts("client_1"), PendingStamps)
    assert_type(gigstack.clients.get("client_1").missing_fiscal_data, list[str])
    assert_type(gigstack.services.create(description="x", unit_price=10), Service)
    payment = gigstack.payments.register(client="client_1", items=[{"id": "service_1"}], payment_form="03")
    assert_type(payment, Payment)
    assert_type(payment.total, float | None)
    assert_type(payment.invoices, list[str])
    assert_type(gigstack.receipts.search("ana"), Iterator[Receipt])
    assert_type(gigstack.receipts.get("receipt_1").created_at, int | None)
    assert_type(gigstack.receipts.stamp("receipt_1", stamp_to="client"), StampResult)


def fiscal(gigstack: Gigstack) -> None:
    """Invoices, retentions and the SAT."""
    invoice = gigstack.invoices.income.create(client="client_1", items=[{"id": "service_1"}])
    assert_type(invoice, Invoice)
    assert_type(gigstack.invoices.drafts.create(invoice_type="I"), DraftInvoice)
    assert_type(gigstack.invoices.drafts.preview("draft_1"), bytes)
    assert_type(gigstack.invoices.xml("invoice_1"), bytes)
    assert_type(gigstack.retentions.list(), Iterator[Retention])
    assert_type(gigstack.sat.request("2026-01-01", "2026-01-31", rfc_type="issued"), SatRequest)
    assert_type(gigstack.sat.history(), Sequence[SatRequest])
    assert_type(gigstack.sat.package("package_1"), bytes)
    assert_type(gigstack.sat.list_invoices(direction="received"), Iterator[SatInvoice])
    assert_type(gigstack.catalogs.tax_regimes, Mapping[str, str])


def administration(gigstack: Gigstack) -> None:
    """Teams, users and webhooks."""
    assert_type(gigstack.teams.list(), Iterator[Team])
    assert_type(gigstack.users.get("user_1"), User)
    assert_type(gigstack.webhooks.create(url="https://x.mx", events=["invoice.created"]), Webhook)


def handler(ctx: Context) -> None:
    """A handler reaches all of it."""
    assert_type(ctx.gigstack, Gigstack)
