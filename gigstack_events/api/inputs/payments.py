"""What calls about payments take."""

from collections.abc import Sequence
from typing import Literal, Required, TypedDict

from gigstack_events.api.inputs.common import ListFilters, Object
from gigstack_events.api.inputs.items import Items

PaymentAutomation = Literal[
    "pue_invoice",
    "ppd_invoice_and_complement",
    "none",
    "payment",
    "payment_and_complement",
    "stamp_invoice",
]
"""What a payment sets off. The last three are older words; the client sends today's instead."""


class PaymentFilters(ListFilters, total=False):
    """For the list of payments."""

    status: str
    client_id: str
    currency: str
    email: str
    tax_id: str


class PaymentInput(TypedDict, total=False):
    """What registering and requesting a payment have in common."""

    client: Required[str | Object]
    items: Required[Items]
    automation_type: PaymentAutomation
    currency: str
    exchange_rate: float
    send_email: bool
    ignore_emails: bool
    emails: Sequence[str]
    idempotency_key: str
    metadata: Object
    invoice_config: Object


class RegisterPaymentInput(PaymentInput, total=False):
    """A payment that was already collected."""

    payment_form: Required[str]
    ppd_invoice_id: str | None


class RequestPaymentInput(PaymentInput, total=False):
    """A payment to be collected."""

    allowed_payment_methods: Sequence[str]


class UpdatePaymentInput(TypedDict, total=False):
    """What may change in a payment: at least one of these.

    Of `items` only the descriptions, `automation_type` only where it has none; `client` also changes the
    client itself.
    """

    items: Items
    automation_type: PaymentAutomation
    client: str | Object


class RefundInput(TypedDict, total=False):
    """A refund, in full or in part; `external_processor_refund` also sends the money back."""

    reason: Required[str]
    amount: Required[float]
    external_processor_refund: bool


class RemindersInput(TypedDict, total=False):
    """New reminders; the fields of a plan are not published, others may be passed."""

    operation_id: Required[str]
    expected_livemode: Required[bool]
    plan: Object
