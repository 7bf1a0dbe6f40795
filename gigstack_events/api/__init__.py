"""A typed client of the gigstack API v2: `Gigstack(api_key).receipts.get("receipt_1")`."""

from gigstack_events.api.errors import (
    CfdiRefused,
    Conflict,
    Forbidden,
    HeldBack,
    NoAnswer,
    NotFound,
    NotSent,
    RateLimited,
    Rejected,
    ServerFault,
    Unauthorized,
    UnexpectedAnswer,
    ValidationFailed,
    WriteRefused,
)
from gigstack_events.api.gigstack import BASE_URL, Gigstack
from gigstack_events.api.models import (
    Address,
    Client,
    Payment,
    PendingStamps,
    Receipt,
    StampResult,
    Webhook,
)
from gigstack_events.api.tries import Tries
from gigstack_events.errors import ApiError

__all__ = [
    "BASE_URL",
    "Address",
    "ApiError",
    "CfdiRefused",
    "Client",
    "Conflict",
    "Forbidden",
    "Gigstack",
    "HeldBack",
    "NoAnswer",
    "NotFound",
    "NotSent",
    "Payment",
    "PendingStamps",
    "RateLimited",
    "Receipt",
    "Rejected",
    "ServerFault",
    "StampResult",
    "Tries",
    "Unauthorized",
    "UnexpectedAnswer",
    "ValidationFailed",
    "Webhook",
    "WriteRefused",
]
