"""What calls take, as keyword arguments. `Required` marks what the API is known to insist on.

Fields that are not listed here may be passed as well: the API's own list is not published in full.
"""

from gigstack_events.api.inputs.clients import ClientInput
from gigstack_events.api.inputs.common import File, ListFilters, Object
from gigstack_events.api.inputs.payments import (
    PaymentFilters,
    PaymentInput,
    RegisterPaymentInput,
    RequestPaymentInput,
)
from gigstack_events.api.inputs.receipts import ReceiptFilters, ReceiptInput, StampInput
from gigstack_events.api.inputs.webhooks import WebhookInput

__all__ = [
    "ClientInput",
    "File",
    "ListFilters",
    "Object",
    "PaymentFilters",
    "PaymentInput",
    "ReceiptFilters",
    "ReceiptInput",
    "RegisterPaymentInput",
    "RequestPaymentInput",
    "StampInput",
    "WebhookInput",
]
