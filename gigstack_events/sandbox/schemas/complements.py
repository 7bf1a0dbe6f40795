"""Schemas of payment complements."""

from typing import Annotated, Literal

from pydantic import Field

from gigstack_events.sandbox.schemas import Schema
from gigstack_events.sandbox.schemas.clients import ClientRef
from gigstack_events.sandbox.schemas.fields import Currency, Metadata, Moment
from gigstack_events.sandbox.schemas.invoices import (
    Emails,
    Folio,
    Form,
    InvoiceListQuery,
    Key,
    RelatedDocuments,
    Series,
    Uuid,
)


class PaidDocument(Schema):
    """An invoice that a payment is for; without `amount` all that is owed."""

    uuid: Uuid
    amount: Annotated[float, Field(gt=0, le=10**9)] | None = None


class PaymentTerms(Schema):
    """How and when something was paid; `date` in epoch milliseconds or seconds."""

    date: Moment | None = None
    payment_form: Form | None = None
    currency: Currency | None = None
    exchange_rate: Annotated[float, Field(gt=0, le=10**6)] | None = None


class PaymentData(PaymentTerms):
    """One payment of a complement."""

    related_documents: Annotated[list[PaidDocument], Field(min_length=1, max_length=100)]


class PaymentComplement(Schema):
    """The payments that a CFDI of type P is about."""

    type: Literal["pago"]
    data: Annotated[list[PaymentData], Field(min_length=1, max_length=50)]


class ComplementInput(PaymentTerms):
    """A payment complement: whole `complements`, or `invoice_id` and `amount` for one invoice."""

    client: ClientRef | None = None
    invoice_id: Uuid | None = None
    amount: Annotated[float, Field(gt=0, le=10**9)] | None = None
    related_documents: Annotated[list[PaidDocument | RelatedDocuments], Field(max_length=100)] | None = None
    complements: Annotated[list[PaymentComplement], Field(min_length=1, max_length=1)] | None = None
    series: Series | None = None
    folio_number: Folio | None = None
    emails: Emails | None = None
    idempotency_key: Key | None = None
    metadata: Metadata | None = None


class ComplementListQuery(InvoiceListQuery):
    """A page of payment complements; `invoice_id` is the invoice that they pay."""

    invoice_id: Uuid | None = None
