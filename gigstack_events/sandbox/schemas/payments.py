"""Schemas of payments."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from gigstack_events.sandbox.schemas import Schema
from gigstack_events.sandbox.schemas.clients import Client, ClientFields
from gigstack_events.sandbox.schemas.fields import (
    Amount,
    Code,
    Currency,
    Email,
    Flag,
    Id,
    Limit,
    ListQuery,
    Moment,
    Name,
    Number,
    Query,
    SearchQuery,
    Text,
)
from gigstack_events.sandbox.schemas.receipts import SaleInput

Automation = Literal[
    "pue_invoice", "ppd_invoice_and_complement", "none", "payment", "payment_and_complement", "stamp_invoice"
]
Status = Literal[
    "requires_payment_method", "pending", "processing", "succeeded", "failed", "cancelled", "refunded"
]
Method = Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,30}$")]


class PaymentInput(SaleInput):
    """What a payment is made from, requested or registered."""

    automation_type: Automation | None = None
    send_email: Flag | None = None
    ignore_emails: Flag | None = None
    emails: Annotated[list[Email], Field(max_length=50)] | None = None
    ppd_invoice_id: Id | None = None


class RequestPaymentInput(PaymentInput):
    """A payment to be asked for; `due_date` in epoch seconds or milliseconds."""

    allowed_payment_methods: Annotated[list[Method], Field(max_length=10)] | None = None
    due_date: Moment | None = None


class RegisterPaymentInput(PaymentInput):
    """A payment that was made already."""

    payment_form: Annotated[Code, Field(min_length=1)]


class MarkPaymentAsPaidInput(Schema):
    """How and when a payment was made."""

    payment_form: Annotated[Code, Field(min_length=1)]
    date: Moment | None = None


class RefundPaymentInput(Schema):
    """How much is given back, in the payment's currency, and why."""

    reason: Name
    amount: Annotated[Amount, Field(gt=0)]
    external_processor_refund: Flag | None = None


class NewDescription(Schema):
    """An item with its new description, found by `id` or by its place."""

    id: Id | None = None
    description: Name | None = None


class ChangedClient(ClientFields):
    """The payment's own client, with what is new about it."""

    id: Id | None = None


class UpdatePaymentInput(Schema):
    """What may change of a payment: at least one of these."""

    items: Annotated[list[NewDescription], Field(min_length=1, max_length=1_000)] | None = None
    automation_type: Automation | None = None
    client: ChangedClient | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.items is None and self.automation_type is None and self.client is None:
            raise ValueError("give at least one of items, automation_type and client")
        return self


class ReminderInput(Schema):
    """When a payer is reminded: at a moment, or days before the payment is due."""

    send_at: Moment | None = None
    days_before: Annotated[int, Field(strict=True, ge=0, le=366)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.send_at is None) == (self.days_before is None):
            raise ValueError("give one of send_at and days_before")
        return self


class Plan(Schema):
    """A plan of reminders; one that is not `enabled` has none."""

    enabled: Flag | None = None
    reminders: Annotated[list[ReminderInput], Field(max_length=20)] | None = None


class RemindersInput(Plan):
    """A plan in place of the old one, as such or as `plan`."""

    operation_id: Text | None = None
    expected_livemode: Flag | None = None
    plan: Plan | None = None


class Reminder(Schema):
    """One reminder; `send_at` in epoch milliseconds."""

    id: Id
    send_at: int
    status: Literal["scheduled", "sent", "skipped"]


class Reminders(Schema):
    """A payment's plan of reminders; times in epoch milliseconds."""

    payment_id: Id
    livemode: bool
    due_date: int | None
    enabled: bool
    reminders: list[Reminder]


class ReminderOperation(Reminders):
    """What came of a new plan."""

    operation_id: str | None
    status: Literal["completed"]


class PaymentListQuery(ListQuery):
    """A page of payments, narrowed down."""

    status: Name | None = None
    client_id: Id | None = None
    currency: Text | None = None
    email: Text | None = None
    tax_id: Text | None = None


class PaymentSearchQuery(SearchQuery):
    """A search in payments."""

    status: Name | None = None
    client_id: Id | None = None


class LinkQuery(Query):
    """A page of payment links; `from` and `to` in epoch milliseconds."""

    limit: Limit | None = None
    cursor: Number | None = None
    from_: Number | None = Field(None, alias="from")
    to: Number | None = None
    status: Literal["active", "deleted"] | None = None


class PaymentLink(Schema):
    """The page on which a payment can be made."""

    id: Id
    payment_id: Id
    url: str
    status: Literal["active", "deleted"]
    livemode: bool
    created_at: int


class Refund(Schema):
    """What was given back."""

    id: Id
    amount: float
    reason: str
    created_at: int


class Payment(Schema):
    """A payment; times in epoch seconds, but for those that were given otherwise."""

    id: Id
    client: Client
    status: Status
    total: float
    subtotal: float
    taxes: float
    currency: Currency
    payment_form: str
    automation_type: Automation | None = None
    items: list[dict[str, Any]]
    invoices: list[str]
    receipts: list[str]
    refunds: list[Refund]
    short_url: str
    livemode: bool
    team: str
    created_at: int
    succeeded_at: int | None
