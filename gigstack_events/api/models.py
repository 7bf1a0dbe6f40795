"""What the API answers with. Amounts are pesos (or the `currency` named), times epoch milliseconds.

Every field may be missing: the API publishes no list of what is always there.
"""

from typing import Any

from pydantic import Field, SecretStr, model_validator

from gigstack_events.api.fields import ApiObject, Ids, Millis, Rows

_PENDING = {"pending", "open"}
_STAMPED = {"invoiced", "completed", "stamped"}


class Address(ApiObject):
    """Where a client is; `zip` is needed to stamp."""

    street: str | None = None
    zip: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None


class Client(ApiObject):
    """Who pays and receives the CFDI."""

    id: str = ""
    name: str | None = None
    legal_name: str | None = None
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    bcc: list[str] = Field(default_factory=list)
    tax_id: str | None = None
    tax_system: str | None = None
    use: str | None = None
    address: Address = Field(default_factory=Address)
    metadata: dict[str, Any] = Field(default_factory=dict)
    is_valid: bool | None = None
    livemode: bool | None = None
    team: str | None = None
    created_at: Millis = None

    @property
    def missing_fiscal_data(self) -> list[str]:
        """Name what a CFDI needs and this client lacks."""
        needed = {
            "legal_name": self.legal_name,
            "tax_id": self.tax_id,
            "tax_system": self.tax_system,
            "address.zip": self.address.zip,
        }
        return [name for name, value in needed.items() if not value]


class Receipt(ApiObject):
    """A sale that waits for its CFDI, or has it; `invoices` names the CFDIs."""

    id: str = ""
    status: str = ""
    client: Client | None = None
    payments: Ids = Field(default_factory=list)
    invoices: Ids = Field(default_factory=list)
    items: Rows = Field(default_factory=list)
    total: float | None = None
    subtotal: float | None = None
    taxes: float | None = None
    currency: str | None = None
    periodicity: str | None = None
    payment_form: str | None = None
    idempotency_key: str | None = None
    url: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    automatic_invoice_error: str | None = None
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


class Payment(ApiObject):
    """Money asked for or collected."""

    id: str = ""
    status: str = ""
    client: Client | None = None
    invoices: Ids = Field(default_factory=list)
    receipts: Ids = Field(default_factory=list)
    items: Rows = Field(default_factory=list)
    total: float | None = None
    subtotal: float | None = None
    taxes: float | None = None
    currency: str | None = None
    exchange_rate: float | None = None
    payment_form: str | None = None
    idempotency_key: str | None = None
    short_url: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    livemode: bool | None = None
    team: str | None = None
    created_at: Millis = None
    succeeded_at: Millis = None

    @property
    def is_succeeded(self) -> bool:
        """Tell whether the money is collected."""
        return self.status == "succeeded"


class Webhook(ApiObject):
    """An endpoint that gigstack sends events to. No `events` is an old spelling of all events.

    `signing_secret` is there once, in the reply that made it.
    """

    id: str = ""
    url: str = ""
    events: list[str] = Field(default_factory=list)
    status: str = ""
    description: str | None = None
    owner: str | None = None
    version: str | None = None
    type: str | None = None
    revision: str | None = None
    security: dict[str, Any] = Field(default_factory=dict)
    signing: dict[str, Any] = Field(default_factory=dict)
    signing_secret: SecretStr | None = None
    created_at: Millis = None
