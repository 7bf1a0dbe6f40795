"""Deliveries of webhooks: the log of them, and those asked for by hand."""

from typing import Any, ClassVar

from pydantic import Field

from gigstack_events.api.fields import Millis
from gigstack_events.api.spellings import Spelled


class WebhookDelivery(Spelled):
    """A row of the delivery log; `status` is pending, processing, retrying, succeeded, failed or unknown.

    A detail adds the shapes of what was sent and answered; bodies are not kept.
    """

    id: str = ""
    status: str = ""
    webhook_id: str | None = None
    event: str | None = None
    resource_id: str | None = None
    response_code: int | None = None
    attempts: int | None = None
    latency_ms: float | None = None
    error_category: str | None = None
    retry_requested: bool | None = None
    redaction: str | None = None
    payload_shape: dict[str, Any] = Field(default_factory=dict)
    response_shape: dict[str, Any] = Field(default_factory=dict)
    livemode: bool | None = None
    timestamp: Millis = None
    updated_at: Millis = None


class ManualDelivery(Spelled):
    """A delivery asked for by hand: `action` is test, retry or resend_current.

    `submission` is attempting, submitted, unknown or prevented; `delivery` is pending, processing,
    delivered, retrying or failed. The endpoint may get it twice.
    """

    _other_names: ClassVar = {"webhook_id": "endpoint_id"}

    operation_id: str = ""
    action: str | None = None
    team_id: str | None = None
    livemode: bool | None = None
    endpoint_id: str | None = None
    delivery_id: str | None = None
    log_id: str | None = None
    submission: str = ""
    delivery: str = ""
    attempts: int | None = None
    duplicate_delivery_possible: bool | None = None
    payload_semantics: str | None = None
    v2_state: str | None = None
