"""Schemas of drafts. Times in epoch milliseconds."""

from typing import Any, Literal

from gigstack_events.sandbox.schemas import Schema
from gigstack_events.sandbox.schemas.clients import ClientRef
from gigstack_events.sandbox.schemas.invoices import InvoiceFields, Terms
from gigstack_events.sandbox.schemas.items import Items


class DraftInput(Terms):
    """A draft; all but its type can wait until it is stamped."""

    invoice_type: Literal["I", "E"]
    client: ClientRef | None = None
    items: Items | None = None


class DraftUpdate(DraftInput):
    """What changes of a draft; null clears."""

    invoice_type: Literal["I", "E"] | None = None  # type: ignore[assignment]


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
