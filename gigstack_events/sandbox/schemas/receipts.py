"""Schemas of receipts."""

from typing import Annotated, Any, Literal

from pydantic import Field

from gigstack_events.sandbox.schemas import Schema
from gigstack_events.sandbox.schemas.clients import Client, ClientRef
from gigstack_events.sandbox.schemas.fields import (
    Amount,
    Code,
    Currency,
    Id,
    ListQuery,
    Metadata,
    Moment,
    Name,
    SearchQuery,
    Text,
    Whole,
)
from gigstack_events.sandbox.schemas.items import Items

Periodicity = Literal["day", "week", "two_weeks", "month", "two_months"]
Key = Annotated[str, Field(min_length=1, max_length=255)]


class InvoiceConfig(Schema):
    """Which series and number an invoice is to get."""

    serie: Text | None = None
    folio: Whole | Text | None = None


class SaleInput(Schema):
    """What a receipt and a payment have in common."""

    client: ClientRef
    items: Items
    currency: Currency | None = None
    exchange_rate: Amount | None = None
    payment_form: Code | None = None
    idempotency_key: Key | None = None
    invoice_config: InvoiceConfig | None = None
    metadata: Metadata | None = None


class ReceiptInput(SaleInput):
    """A receipt to be made."""

    periodicity: Periodicity | None = None


class FiscalInformation(Schema):
    """Whom a CFDI is for, in place of the client's own data."""

    legal_name: Text | None = None
    tax_id: Text | None = None
    tax_system: Text | None = None
    zip: Text | None = None


class StampInput(Schema):
    """How a receipt is stamped; `date` in epoch milliseconds."""

    stamp_to: Literal["client", "general_public_national", "general_public_foreign"] | None = None
    fiscal_information: FiscalInformation | None = None
    date: Moment | None = None


class ReopenInput(Schema):
    """Why a receipt is opened again."""

    reason: Text | None = None


class ReceiptListQuery(ListQuery):
    """A page of receipts, narrowed down."""

    status: Name | None = None
    client_id: Id | None = None


class ReceiptSearchQuery(SearchQuery):
    """A search in receipts; `fields` are those that are looked into, with commas between."""

    fields: Text | None = None


class Receipt(Schema):
    """A receipt; times in epoch seconds."""

    id: Id
    client: Client
    status: Literal["pending", "open", "invoiced", "completed", "expired", "cancelled"]
    total: float
    subtotal: float
    taxes: float
    currency: str
    periodicity: Periodicity
    payment_form: str
    items: list[dict[str, Any]]
    payments: list[str]
    invoices: list[str]
    livemode: bool
    team: str
    created_at: int
    valid_until: int


class StampedReceipt(Receipt):
    """A stamped receipt with its CFDI's `uuid`."""

    uuid: str
