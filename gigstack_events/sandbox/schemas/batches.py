"""Schemas of invoices that come in numbers: batches, and files from elsewhere."""

from typing import Annotated, Any, Literal

from pydantic import Field

from gigstack_events.sandbox.schemas import Schema
from gigstack_events.sandbox.schemas.fields import Id, Limit, Name, Number, Query
from gigstack_events.sandbox.schemas.invoices import InvoiceInput, Key


class BatchInput(Schema):
    """Income invoices to be made one after the other; each is judged by itself."""

    invoices: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1_000)]


class BatchInvoice(InvoiceInput):
    """One invoice of a batch."""

    idempotency_key: Key


class BatchItemsQuery(Query):
    """A page of a batch's invoices."""

    limit: Limit | None = None
    next: Number | None = None
    status: Literal["queued", "stamped", "failed", "needs_review"] | None = None


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


class ImportFile(Schema):
    """A CFDI: its XML as it is, or in base64 as `content`."""

    filename: Name
    xml: Annotated[str, Field(max_length=2_000_000)] | None = None
    content: Annotated[str, Field(max_length=3_000_000)] | None = None


class ImportInput(Schema):
    """CFDIs that the caller holds."""

    files: Annotated[list[ImportFile], Field(min_length=1, max_length=50)]


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
