"""Money asked for or collected."""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from gigstack_events.api.fields import ApiObject, Ids, Millis, Rows, without_nulls
from gigstack_events.api.models.clients import Client
from gigstack_events.api.models.items import Items

_CANCELLED = {"cancelled", "canceled"}


class Refund(ApiObject):
    """Money given back, `amount` in the payment's currency."""

    id: str = ""
    amount: float | None = None
    reason: str | None = None
    created_at: Millis = None


class Payment(ApiObject):
    """Money asked for or collected."""

    id: str = ""
    status: str = ""
    client: Client | None = None
    invoices: Ids = Field(default_factory=list)
    receipts: Ids = Field(default_factory=list)
    payments: Ids = Field(default_factory=list)
    items: Items = Field(default_factory=list)
    total: float | None = None
    subtotal: float | None = None
    taxes: float | None = None
    currency: str | None = None
    exchange_rate: float | None = None
    payment_form: str | None = None
    automation_type: str | None = None
    allowed_payment_methods: Ids = Field(default_factory=list)
    payment_processor: Any = None
    refunds: Annotated[list[Refund], BeforeValidator(without_nulls)] = Field(default_factory=list)
    emails: list[str] = Field(default_factory=list)
    invoice_config: dict[str, Any] = Field(default_factory=dict)
    idempotency_key: str | None = None
    short_url: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    owner: str | None = None
    livemode: bool | None = None
    team: str | None = None
    created_at: Millis = None
    succeeded_at: Millis = None
    due_date: Millis = None

    @property
    def is_succeeded(self) -> bool:
        """Tell whether the money is collected."""
        return self.status == "succeeded"

    @property
    def is_cancelled(self) -> bool:
        """Tell whether it was cancelled before it was collected."""
        return self.status in _CANCELLED


class PaymentReminders(ApiObject):
    """When a client is reminded of a payment; its fields are not published: see `model_extra`."""

    _bare: ClassVar[str] = "answer"

    enabled: bool | None = None
    reminders: Rows = Field(default_factory=list)


class ReminderOperation(ApiObject):
    """The answer to new reminders."""

    _bare: ClassVar[str] = "answer"

    operation_id: str | None = None
    status: str | None = None


class PaymentLink(ApiObject):
    """A page on which anybody can pay."""

    id: str = ""
    status: str | None = None
    url: str | None = None
    short_url: str | None = None
    livemode: bool | None = None
    team: str | None = None
    created_at: Millis = None
