"""Schemas of invoices of all types, drafts and batches. Times in epoch seconds unless said otherwise."""

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
    Moment,
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
InvoiceType = Literal["I", "E", "P", "T"]
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


class DraftInput(Terms):
    """A draft; all but its type can wait until it is stamped."""

    invoice_type: Literal["I", "E"]
    client: ClientRef | None = None
    items: Items | None = None


class DraftUpdate(DraftInput):
    """What changes of a draft; null clears."""

    invoice_type: Literal["I", "E"] | None = None  # type: ignore[assignment]


class PaidDocument(Schema):
    """An invoice that a payment is for; without `amount` all that is owed."""

    uuid: Uuid
    amount: Annotated[float, Field(gt=0, le=10**9)] | None = None


class PaymentData(Schema):
    """One payment of a complement; `date` in epoch milliseconds or seconds."""

    date: Moment | None = None
    payment_form: Form | None = None
    currency: Currency | None = None
    exchange_rate: Annotated[float, Field(gt=0, le=10**6)] | None = None
    related_documents: Annotated[list[PaidDocument], Field(min_length=1, max_length=100)]


class PaymentComplement(Schema):
    """The payments that a CFDI of type P is about."""

    type: Literal["pago"]
    data: Annotated[list[PaymentData], Field(min_length=1, max_length=50)]


class ComplementInput(PaymentData):
    """A payment complement: whole `complements`, or `invoice_id` and `amount` for one invoice."""

    client: ClientRef | None = None
    invoice_id: Uuid | None = None
    amount: Annotated[float, Field(gt=0, le=10**9)] | None = None
    related_documents: Annotated[list[PaidDocument], Field(max_length=100)] | None = None  # type: ignore[assignment]
    complements: Annotated[list[PaymentComplement], Field(min_length=1, max_length=1)] | None = None
    series: Series | None = None
    folio_number: Folio | None = None
    emails: Emails | None = None
    idempotency_key: Key | None = None
    metadata: Metadata | None = None


class CancelInput(Schema):
    """Why an invoice is cancelled; 01 names the one in its place, under either name."""

    motive: Literal["01", "02", "03", "04"]
    substitution_uuid: Uuid | None = None
    replacement: Uuid | None = None


class SendInput(Schema):
    """More recipients."""

    emails: Emails | None = None


class BatchInput(Schema):
    """Income invoices to be made one after the other; each is judged by itself."""

    invoices: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1_000)]


class BatchInvoice(InvoiceInput):
    """One invoice of a batch."""

    idempotency_key: Key


class ImportFile(Schema):
    """A CFDI: its XML as it is, or in base64 as `content`."""

    filename: Name
    xml: Annotated[str, Field(max_length=2_000_000)] | None = None
    content: Annotated[str, Field(max_length=3_000_000)] | None = None


class ImportInput(Schema):
    """CFDIs that the caller holds."""

    files: Annotated[list[ImportFile], Field(min_length=1, max_length=50)]


class InvoiceListQuery(ListQuery):
    """A page of invoices, narrowed down."""

    status: Name | None = None
    client_id: Id | None = None
    series: Text | None = None


class ComplementListQuery(InvoiceListQuery):
    """A page of payment complements; `invoice_id` is the invoice that they pay."""

    invoice_id: Uuid | None = None


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


class BatchItemsQuery(Query):
    """A page of a batch's invoices."""

    limit: Limit | None = None
    next: Number | None = None
    status: Literal["queued", "stamped", "failed", "needs_review"] | None = None


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


class Draft(InvoiceFields):
    """A draft; times in epoch milliseconds, `pdf` the preview in base64 once there is one."""

    draft: bool
    status: Literal["draft", "stamped"]
    updated_at: int
    client: dict[str, Any] | None
    items: list[dict[str, Any]]
    pdf: str | None = None


class Preview(Schema):
    """A preview in base64."""

    pdf: str


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


class Batch(Schema):
    """A batch; times in epoch milliseconds."""

    id: Id
    result: Literal["queued", "processing", "completed", "partially_completed", "failed"]
    rejected: list[dict[str, Any]]
    counts: dict[str, int]
    created_at: int
    completed_at: int | None


class BatchItem(Schema):
    """What became of one invoice of a batch."""

    index: int
    idempotency_key: str
    status: Literal["queued", "stamped", "failed", "needs_review"]
    invoice_id: str | None
    error: dict[str, Any] | None


class BatchItems(Schema):
    """A page that is nested in `data`."""

    data: list[BatchItem]
    next: str | None
    has_more: bool


class ImportResult(Schema):
    """What became of one file."""

    filename: str
    success: bool
    uuid: str | None = None
    error: str | None = None


class Imported(Schema):
    """What became of all files."""

    summary: dict[str, int]
    results: list[ImportResult]


class GlobalRun(Schema):
    """A run that is accepted, not done."""

    id: Id
    status: Literal["accepted"]
    receipts: int
