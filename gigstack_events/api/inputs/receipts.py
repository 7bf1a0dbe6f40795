"""What calls about receipts take."""

from typing import Literal, Required, TypedDict

from gigstack_events.api.inputs.common import ListFilters, Object
from gigstack_events.api.inputs.items import Items


class ReceiptFilters(ListFilters, total=False):
    """For the list of receipts."""

    status: str
    client_id: str


class ReceiptInput(TypedDict, total=False):
    """A receipt; `client` is an id or an object, the same `idempotency_key` returns the same receipt."""

    client: Required[str | Object]
    items: Required[Items]
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
