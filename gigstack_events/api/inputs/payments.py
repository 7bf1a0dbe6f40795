"""What calls about payments take."""

from collections.abc import Sequence
from typing import Literal, Required, TypedDict

from gigstack_events.api.inputs.common import ListFilters, Object


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
    items: Required[Sequence[Object]]
    automation_type: Literal["pue_invoice", "ppd_invoice_and_complement", "none"]
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
