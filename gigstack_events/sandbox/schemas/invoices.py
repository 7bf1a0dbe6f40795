"""Schemas of invoices of all types. Times in epoch seconds unless said otherwise."""

from typing import Annotated, Any, Literal

from pydantic import Field

from gigstack_events.catalogs import PAYMENT_FORMS
from gigstack_events.sandbox.schemas import Schema
from gigstack_events.sandbox.schemas.clients import ClientRef
from gigstack_events.sandbox.schemas.fields import (
    Amount,
    Code,
    Currency,
    Email,
    Flag,
    Id,
    Limit,
    ListQuery,
    Metadata,
    Name,
    Number,
    Query,
    Text,
    Whole,
)
from gigstack_events.sandbox.schemas.items import Items

Key = Annotated[str, Field(min_length=1, max_length=255)]
Series = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,25}$")]
Folio = Whole | Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,40}$")]
Form = Annotated[str, Field(pattern=f"^({'|'.join(PAYMENT_FORMS)})$")]
Method = Literal["PUE", "PPD"]
Uuid = Annotated[str, Field(min_length=1, max_length=64)]
Emails = Annotated[list[Email], Field(max_length=50)]
InvoiceType = Literal["I", "E", "P", "T", "N"]
Status = Literal["valid", "pending", "cancelled", "failed"]


class RelatedDocuments(Schema):
    """CFDIs that this one is about, and how (c_TipoRelacion)."""

    relationship: Annotated[str, Field(pattern=r"^0[1-7]$")]
    documents: Annotated[list[Uuid], Field(min_length=1, max_length=1_000)]


class Global(Schema):
    """Which sales to the general public a global invoice is for."""

    periodicity: Annotated[str, Field(pattern=r"^0[1-5]$")]
    months: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-8])$")]
    year: Annotated[int, Field(ge=2000, le=2999)]


class Complement(Schema):
    """A complement of the CFDI: XML as it is, with type `custom`."""

    type: Name
    data: Annotated[str, Field(max_length=200_000)]


class Terms(Schema):
    """What an invoice takes beside its client and items."""

    currency: Currency | None = None
    exchange_rate: Amount | None = None
    use: Code | None = None
    payment_form: Form | None = None
    payment_method: Method | None = None
    payment_conditions: Annotated[str, Field(max_length=1_000)] | None = None
    series: Series | None = None
    folio_number: Folio | None = None
    automation_type: Text | None = None
    related_documents: Annotated[list[RelatedDocuments], Field(max_length=50)] | None = None
    global_: Global | None = Field(None, alias="global")
    exports: Annotated[str, Field(pattern=r"^0[1-4]$")] | None = None
    complements: Annotated[list[Complement], Field(max_length=20)] | None = None
    addenda: Annotated[str, Field(max_length=200_000)] | None = None
    invoice_pdf_notes: Text | None = None
    return_files_urls: Flag | None = None
    send_email: Flag | None = None
    emails: Emails | None = None
    idempotency_key: Key | None = None
    metadata: Metadata | None = None


class InvoiceInput(Terms):
    """An income invoice, a credit note or a transfer to be stamped."""

    client: ClientRef
    items: Items


class TransferInput(Terms):
    """A transfer: without a client the goods stay with the issuer."""

    client: ClientRef | None = None
    items: Items


class CancelInput(Schema):
    """Why an invoice is cancelled; 01 names the one in its place, under either name."""

    motive: Literal["01", "02", "03", "04"]
    substitution_uuid: Uuid | None = None
    replacement: Uuid | None = None


class SendInput(Schema):
    """More recipients."""

    emails: Emails | None = None


class InvoiceListQuery(ListQuery):
    """A page of invoices, narrowed down."""

    status: Name | None = None
    client_id: Id | None = None
    series: Text | None = None


class FilesQuery(Query):
    """Which file is wanted; none means both."""

    file_type: Literal["pdf", "xml"] | None = None


class ErrorsQuery(Query):
    """Which errors are wanted."""

    code: Text | None = None
    q: Text | None = None
    type: Literal["invoice", "receiver", "sender", "unknown"] | None = None
    limit: Limit | None = None
    page: Number | None = None


class Files(Schema):
    """Where the files are."""

    pdf: str | None = None
    xml: str | None = None


class Cancellation(Schema):
    """How far a cancellation has come at the SAT; times in epoch milliseconds."""

    cancellation_status: Literal["pending", "accepted"]
    motive: Literal["01", "02", "03", "04"]
    requested_at: int
    cancelled_at: int | None
    substitution_uuid: str | None


class InvoiceFields(Schema):
    """What invoices and drafts have in common."""

    id: Id
    invoice_type: InvoiceType
    total: float
    subtotal: float
    discount: float
    livemode: bool
    team: str
    created_at: int


class Invoice(InvoiceFields):
    """A CFDI; `date` in epoch milliseconds."""

    uuid: str
    status: Status
    client: dict[str, Any]
    items: list[dict[str, Any]]
    currency: str
    exchange_rate: float | None
    taxes: float
    withholding_taxes: float
    series: str | None
    folio_number: int | str | None
    use: str | None
    payment_form: str | None
    payment_method: str | None
    last_balance: float
    installments: int
    payment_complements: list[str]
    invoices: list[str]
    payments: list[str]
    receipts: list[str]
    related_documents: list[dict[str, Any]]
    complements: list[dict[str, Any]]
    date: int
    cancellation: Cancellation | None
    issuer_info: dict[str, Any]
    verification_url: str | None
    files: Files


class CfdiError(Schema):
    """Why the SAT refuses a CFDI, and what to do."""

    code: str
    description: str
    explanation: str
    solution: str
    type: Literal["invoice", "receiver", "sender", "unknown"]


class Sent(Schema):
    """To whom what went."""

    recipients: list[str]
    attachments: list[str]


class GlobalRun(Schema):
    """A run that is accepted, not done."""

    id: Id
    status: Literal["accepted"]
    receipts: int
