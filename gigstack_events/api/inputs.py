"""What calls take, as keyword arguments. `Required` marks what the API is known to insist on.

Fields that are not listed here may be passed as well: the API's own list is not published in full.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict

Object = Mapping[str, Any]


class ListFilters(TypedDict, total=False):
    """For every list. `limit` is rows per page; the created range is in epoch milliseconds."""

    limit: int
    order_by: Literal["timestamp", "name", "created_at"]
    sort: Literal["asc", "desc"]
    created_gte: int
    created_lte: int
    metadata: Mapping[str, str]


class ReceiptFilters(ListFilters, total=False):
    """For the list of receipts."""

    status: str
    client_id: str


class PaymentFilters(ListFilters, total=False):
    """For the list of payments."""

    status: str
    client_id: str
    currency: str
    email: str
    tax_id: str


class ClientInput(TypedDict, total=False):
    """A client; None clears a field on update."""

    name: str | None
    legal_name: str | None
    email: str | None
    tax_id: str | None
    tax_system: str | None
    use: str | None
    company: str | None
    phone: str | None
    bcc: Sequence[str] | None
    address: Object | None
    metadata: Object | None
    defaults: Object | None
    search: Object


class ReceiptInput(TypedDict, total=False):
    """A receipt; `client` is an id or an object, the same `idempotency_key` returns the same receipt."""

    client: Required[str | Object]
    items: Required[Sequence[Object]]
    currency: str
    exchange_rate: float
    periodicity: Literal["day", "week", "two_weeks", "month", "two_months"]
    payment_form: str
    idempotency_key: str
    invoice_config: Object
    metadata: Object


class StampInput(TypedDict, total=False):
    """Options of a stamp; `date` is epoch milliseconds."""

    stamp_to: Literal["client", "general_public_national", "general_public_foreign"]
    fiscal_information: Object
    date: int


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


class WebhookInput(TypedDict, total=False):
    """An endpoint. `signing={"enabled": True}` turns on signatures, `{"rotate": True}` a new secret."""

    url: str
    events: Sequence[str]
    description: str | None
    status: Literal["active", "inactive"]
    version: Literal["v1", "v2"]
    type: Literal["gigstack_connect"] | None
    security: Object
    signing: Object
    operation_id: str
    expected_revision: str
