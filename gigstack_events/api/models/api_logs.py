"""The log of calls to the API, without bodies and secrets."""

from typing import Any

from pydantic import Field

from gigstack_events.api.fields import Millis
from gigstack_events.api.spellings import Spelled


class ApiLog(Spelled):
    """One call as the API logged it; a detail adds the shapes of what was sent and answered."""

    id: str = ""
    timestamp: Millis = None
    livemode: bool | None = None
    method: str | None = None
    endpoint: str | None = None
    status: str | None = None
    response_code: int | None = None
    latency_ms: float | None = None
    redaction: str | None = None
    payload_shape: dict[str, Any] = Field(default_factory=dict)
    response_shape: dict[str, Any] = Field(default_factory=dict)
