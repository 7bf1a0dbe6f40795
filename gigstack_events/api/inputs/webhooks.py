"""What calls about webhooks take."""

from collections.abc import Sequence
from typing import Literal, TypedDict

from gigstack_events.api.inputs.common import Object


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
