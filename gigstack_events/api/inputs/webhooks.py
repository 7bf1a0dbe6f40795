"""What calls about webhooks take."""

from collections.abc import Sequence
from typing import Literal, TypedDict

from gigstack_events.api.inputs.common import Object


class WebhookInput(TypedDict, total=False):
    """An endpoint; a new one needs `url` and `events`.

    `signing={"enabled": True}` turns on signatures, `{"rotate": True}` a new secret, and
    `security={"headers": {...}}` sends fixed headers along. `operation_id` is a UUID that names this
    change: the same one again is the same change. `expected_revision` is the `revision` last read.
    """

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


class DeliveryFilters(TypedDict, total=False):
    """For the delivery log. `since` and `until` are epoch milliseconds, both counted in."""

    limit: int
    since: int
    until: int
    status: Literal["pending", "processing", "succeeded", "failed", "unknown"]
    event: str
