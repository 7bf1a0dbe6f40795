"""What calls about invoices take."""

from collections.abc import Sequence
from typing import Literal, Required, TypedDict

from gigstack_events.api.inputs.common import ListFilters, Object
from gigstack_events.api.inputs.items import Items

Motive = Literal["01", "02", "03", "04"]
"""Why a CFDI is cancelled: 01 errors, another CFDI takes its place; 02 errors; 03 no sale; 04 global."""
InvoiceAutomation = Literal["payment", "pue_invoice", "payment_and_complement", "none"]


class InvoiceFilters(ListFilters, total=False):
    """For the lists of income and egress invoices."""

    status: str
    client_id: str
    series: str


class ComplementFilters(ListFilters, total=False):
    """For the list of payment complements; `invoice_id` is the PPD invoice that was paid."""

    status: str
    client_id: str
    invoice_id: str


class RelatedInput(TypedDict):
    """CFDIs that this one is about; `relationship` is a code of the SAT, `documents` are uuids."""

    relationship: str
    documents: Sequence[str]


class GlobalInput(TypedDict):
    """Which sales a global invoice sums up; months 13 to 18 are two each, for periodicity 05 only."""

    periodicity: Literal["01", "02", "03", "04", "05"]
    months: str
    year: int


class InvoiceFields(TypedDict, total=False):
    """What invoices and drafts have in common.

    `global_` is sent as `global`. The same `idempotency_key` does not make a second invoice.
    """

    currency: str
    exchange_rate: float
    use: str
    payment_form: str
    payment_method: Literal["PUE", "PPD"]
    payment_conditions: str
    series: str
    folio_number: int | str
    automation_type: InvoiceAutomation
    related_documents: Sequence[RelatedInput | Object]
    global_: GlobalInput | Object
    exports: Literal["01", "02", "03", "04"]
    complements: Sequence[Object]
    addenda: str
    invoice_pdf_notes: str
    return_files_urls: bool
    send_email: bool
    emails: Sequence[str]
    idempotency_key: str
    metadata: Object


class InvoiceIncomeInput(InvoiceFields, total=False):
    """A CFDI of income; `client` is an id or an object."""

    client: Required[str | Object]
    items: Required[Items]


class InvoiceEgressInput(InvoiceFields, total=False):
    """A CFDI of egress; a credit note names its invoices in `related_documents`, relationship 01."""

    client: Required[str | Object]
    items: Required[Items]


class CfdiInput(InvoiceFields, total=False):
    """A whole CFDI of another type; the API publishes no list of its fields, others may be passed."""

    client: str | Object
    items: Items


class DraftInvoiceInput(CfdiInput, total=False):
    """A new draft; nothing but its type is needed before it is stamped."""

    invoice_type: Required[Literal["I", "E"]]


class DraftInvoiceUpdate(CfdiInput, total=False):
    """A draft as it is to be: what is left out may be cleared."""

    invoice_type: Literal["I", "E"]
