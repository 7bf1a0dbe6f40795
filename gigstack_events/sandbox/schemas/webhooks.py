"""What operations on webhooks take, and what endpoints, receipts and log rows look like."""

from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool

from gigstack_events.sandbox.schemas import Schema
from gigstack_events.sandbox.schemas.paging import LogQuery, PageQuery

UUID = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
Uuid = Annotated[str, Field(pattern=UUID)]
Revision = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Status = Literal["active", "inactive"]
Confirmed = Annotated[Literal[True], Field(description="that a person wants it")]
DeliveryStatus = Literal["pending", "processing", "retrying", "succeeded", "failed", "unknown"]


class WebhooksQuery(PageQuery):
    """A page of endpoints."""

    status: Status | None = None
    cursor: str | None = Field(None, pattern=r"^\d{1,15}$")


class SecurityInput(Schema):
    """Headers that go along with every delivery, such as `Authorization`."""

    headers: dict[str, str] | None = None


class SigningInput(Schema):
    """Whether deliveries are signed; `rotate` makes a new secret."""

    enabled: StrictBool | None = None
    rotate: StrictBool | None = None


class WebhookChange(Schema):
    """What is to change of an endpoint. Which `events` there are, and which addresses, is checked later."""

    url: str | None = Field(None, max_length=4096)
    events: list[str] | None = Field(None, max_length=26)
    description: str | None = Field(None, max_length=1000)
    status: Status | None = None
    version: Literal["v1", "v2"] | None = None
    type: Literal["gigstack_connect"] | None = None
    security: SecurityInput | None = None
    signing: SigningInput | None = None
    operation_id: Uuid | None = None
    expected_revision: Revision | None = None


class WebhookInput(WebhookChange):
    """A new endpoint."""

    url: str = Field(max_length=4096)
    events: list[str] = Field(max_length=26)


class WebhookRemoval(Schema):
    """The state that is to be removed."""

    expected_revision: Revision | None = None


class Security(Schema):
    """The names of an endpoint's headers; their values are never shown."""

    header_names: list[str]
    configured: bool
    status: Literal["not_configured", "configured", "pending", "failed"]


class Signing(Schema):
    """Whether an endpoint's deliveries are signed."""

    enabled: bool
    configured: bool
    status: Literal["disabled", "configured", "pending", "failed"]


class Webhook(Schema):
    """An endpoint; `created_at` is epoch ms."""

    id: str
    url: str
    events: list[str]
    status: Status
    description: str | None
    owner: str
    created_at: int
    version: Literal["v1", "v2"] | None
    type: Literal["gigstack_connect"] | None
    security: Security
    signing: Signing
    revision: Revision
    effect_scope: Literal["shared_team_webhooks"]


class ConfigurationOperation(Schema):
    """A change of an endpoint under its `operation_id`; the time is epoch ms."""

    operation_id: str
    team_id: str
    webhook_id: str
    action: Literal["create", "update"]
    status: Literal["processing", "completed", "outcome_unknown", "conflict"]
    created_at: int
    effect_scope: Literal["shared_team_webhooks"]
    secret_attempts: int
    error: str | None
    credential_delivery: Literal["not_replayed"]


class Manual(Schema):
    """What every delivery by hand needs."""

    operation_id: Uuid
    expected_livemode: StrictBool
    confirmed: Confirmed


class TestInput(Manual):
    """An object's current state as a test event."""

    __test__ = False  # not what pytest takes it for
    event: str
    resource_id: str = Field(min_length=1, max_length=128)
    source_team_id: str | None = None


class ResendInput(TestInput):
    """An object's current state once more, as a new event."""

    acknowledge_duplicate_delivery: Literal[True]
    log_id: str | None = None


class RetryInput(Manual):
    """A delivery once more, as it was."""

    acknowledge_duplicate_delivery: Literal[True]


class OperationQuery(Schema):
    """The mode that the operation should have been in."""

    expected_livemode: bool | None = None


class Receipt(Schema):
    """What has become of a delivery by hand."""

    operation_id: str
    action: Literal["test", "retry", "resend_current"]
    team_id: str
    livemode: bool
    endpoint_id: str
    delivery_id: str = Field(pattern="^manual-[0-9a-f]{64}$")
    log_id: str
    submission: Literal["attempting", "submitted", "unknown", "prevented"]
    delivery: Literal["pending", "processing", "delivered", "retrying", "failed"]
    attempts: int
    duplicate_delivery_possible: Literal[True]
    payload_semantics: Literal["stored_event_snapshot", "current_resource"]
    v2_state: Literal["current_at_delivery"]


class DeliveryQuery(LogQuery):
    """Which deliveries."""

    status: DeliveryStatus | None = None
    event: str | None = None


class Delivery(Schema):
    """A delivery in the log; times are epoch ms."""

    id: str
    timestamp: int
    updated_at: int
    livemode: bool | None
    redaction: Literal["metadata_and_body_shape"]
    webhook_id: str
    event: str
    status: DeliveryStatus
    response_code: int | None
    retry_requested: bool
    resource_id: str | None
    attempts: int
    latency_ms: int | None
    error_category: str | None


class DeliveryDetail(Delivery):
    """A delivery with the shapes of what was sent and answered: names and types, no values."""

    payload_shape: Any
    response_shape: Any
