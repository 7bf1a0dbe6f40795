"""CFDIs, stamped or still to be, and what calls about them answer."""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from gigstack_events.api.fields import ApiObject, Ids, Millis, Rows, without_nulls
from gigstack_events.api.models.clients import Client
from gigstack_events.api.models.files import InvoiceFiles
from gigstack_events.api.models.items import Items

_STAMPED = {"valid", "stamped"}
_CANCELLED = {"cancelled", "canceled"}


class Stamp(ApiObject):
    """What made a CFDI of it: the SAT's seal, and who put it on when."""

    sello: str | None = None
    stamp_at: Millis = None
    provider: str | None = None


class Cancellation(ApiObject):
    """How far a cancellation got; the SAT may wait for the receiver's consent for days."""

    cancellation_status: str | None = None
    cancellation_type: str | None = None
    motive: str | None = None
    code: str | None = None
    substitution_uuid: str | None = None
    requested_by: str | None = None
    requested_at: Millis = None
    cancelled_at: Millis = None
    last_checked: Millis = None
    cancellation_receipt: str | None = None


class Issuer(ApiObject):
    """Who issued a CFDI, as it stands in it."""

    legal_name: str | None = None
    tax_id: str | None = None
    tax_system: str | None = None
    zip: str | None = None


class GlobalSales(ApiObject):
    """Which sales to the general public a global invoice sums up, in the SAT's codes."""

    periodicity: str | None = None
    months: str | None = None
    year: int | None = None


class Related(ApiObject):
    """CFDIs that this one is about; `relationship` is a code of the SAT, `documents` are uuids."""

    relationship: str | None = None
    documents: list[str] = Field(default_factory=list)


class Invoice(ApiObject):
    """A CFDI. `id` is its `uuid` where the API gives no other; `invoices` and `payments` are ids."""

    id: str = ""
    uuid: str | None = None
    status: str = ""
    invoice_type: str | None = None
    series: str | None = None
    folio_number: str | None = None
    client: Client | None = None
    items: Items = Field(default_factory=list)
    total: float | None = None
    subtotal: float | None = None
    taxes: float | None = None
    discount: float | None = None
    withholding_taxes: float | None = None
    currency: str | None = None
    exchange_rate: float | None = None
    use: str | None = None
    payment_form: str | None = None
    payment_method: str | None = None
    payment_conditions: str | None = None
    payment_complements: list[Any] = Field(default_factory=list)
    last_balance: float | None = None
    installments: Any = None
    payments: Ids = Field(default_factory=list)
    receipts: Ids = Field(default_factory=list)
    invoices: Ids = Field(default_factory=list)
    related_documents: Annotated[list[Related], BeforeValidator(without_nulls)] = Field(default_factory=list)
    stamp: Stamp | None = None
    cancellation: Cancellation | None = None
    verification_url: str | None = None
    exports: str | None = None
    addenda: Any = None
    complements: Rows = Field(default_factory=list)
    namespaces: Any = None
    invoice_pdf_notes: str | None = None
    issuer_info: Issuer | None = None
    files: InvoiceFiles = Field(default_factory=InvoiceFiles)
    emails: list[str] = Field(default_factory=list)
    metadata: dict[str, Any] = Field(default_factory=dict)
    automations: Rows = Field(default_factory=list)
    idempotency_key: str | None = None
    billing_account: str | None = None
    owner: str | None = None
    livemode: bool | None = None
    team: str | None = None
    date: Millis = None
    created_at: Millis = None

    @model_validator(mode="before")
    @classmethod
    def _named_by_uuid(cls, data: Any) -> Any:
        # The documented examples of invoices have a uuid and no id.
        if isinstance(data, dict) and not data.get("id") and data.get("uuid"):
            return {**data, "id": data["uuid"]}
        return data

    @property
    def is_stamped(self) -> bool:
        """Tell whether it is a valid CFDI."""
        return self.status in _STAMPED

    @property
    def is_cancelled(self) -> bool:
        """Tell whether the SAT has cancelled it; while `cancellation` is under way, it has not."""
        return self.status in _CANCELLED

    @property
    def global_(self) -> GlobalSales | None:
        """What a global invoice sums up: the API's `global`, which no Python attribute can be called."""
        told = (self.model_extra or {}).get("global")
        return GlobalSales.model_validate(told) if isinstance(told, dict) else None


class DraftInvoice(Invoice):
    """An invoice that is no CFDI yet (pre-factura); `pdf` is the last preview, as base64 or a link."""

    draft: bool | None = None
    updated_at: Millis = None
    pdf: str | None = None


class CfdiError(ApiObject):
    """One reason why a CFDI can be refused, and what to do about it, in Spanish."""

    code: str = ""
    description: str | None = None
    explanation: str | None = None
    solution: str | None = None
    type: str | None = None


class SentInvoice(ApiObject):
    """To whom an invoice was sent, and with which files."""

    _bare: ClassVar[str] = "answer"

    recipients: list[str] = Field(default_factory=list)
    attachments: list[Any] = Field(default_factory=list)


class GlobalRun(ApiObject):
    """The answer to a run of global invoicing: it is accepted, and goes on by itself."""

    _bare: ClassVar[str] = "answer"

    id: str = ""
    status: str | None = None
