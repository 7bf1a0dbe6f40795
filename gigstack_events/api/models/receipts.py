"""Sales that wait for their CFDI, and what stamping them answers."""

from typing import Any

from pydantic import Field, model_validator

from gigstack_events.api.fields import ApiObject, Ids, Millis, Rows
from gigstack_events.api.models.clients import Client
from gigstack_events.api.models.files import InvoiceFiles
from gigstack_events.api.models.items import Items

_PENDING = {"pending", "open"}
_STAMPED = {"invoiced", "completed", "stamped"}


class Receipt(ApiObject):
    """A sale that waits for its CFDI, or has it; `invoices` names the CFDIs."""

    id: str = ""
    status: str = ""
    client: Client | None = None
    payments: Ids = Field(default_factory=list)
    invoices: Ids = Field(default_factory=list)
    items: Items = Field(default_factory=list)
    total: float | None = None
    total_refunded: float | None = None
    subtotal: float | None = None
    taxes: float | None = None
    discount: float | None = None
    withholding_taxes: float | None = None
    currency: str | None = None
    exchange_rate: float | None = None
    periodicity: str | None = None
    payment_form: str | None = None
    idempotency_key: str | None = None
    url: str | None = None
    short_url: str | None = None
    files: InvoiceFiles = Field(default_factory=InvoiceFiles)
    invoice_config: dict[str, Any] = Field(default_factory=dict)
    metadata: dict[str, Any] = Field(default_factory=dict)
    automatic_invoice_error: str | None = None
    owner: str | None = None
    livemode: bool | None = None
    team: str | None = None
    created_at: Millis = None
    valid_until: Millis = None

    @model_validator(mode="before")
    @classmethod
    def _older_names(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        older = {"created_at": data.get("created"), "valid_until": data.get("validUntil")}
        return {**{name: value for name, value in older.items() if value is not None}, **data}

    @property
    def is_pending(self) -> bool:
        """Tell whether it still waits for its CFDI."""
        return self.status in _PENDING

    @property
    def is_stamped(self) -> bool:
        """Tell whether it has its CFDI."""
        return self.status in _STAMPED


class StampResult(ApiObject):
    """The answer to a stamp; whether `id` is the receipt's or the invoice's is not documented."""

    id: str = ""
    status: str | None = None
    uuid: str | None = None
    invoices: Ids = Field(default_factory=list)


class PendingStamps(ApiObject):
    """The answer to stamping a client's pending receipts; call again while `remaining` is not 0."""

    stamped: int = 0
    failed: int = 0
    remaining: int = 0
    results: Rows = Field(default_factory=list)
