"""Money asked for or collected."""

from typing import Any

from pydantic import Field

from gigstack_events.api.fields import ApiObject, Ids, Millis, Rows
from gigstack_events.api.models.clients import Client


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
