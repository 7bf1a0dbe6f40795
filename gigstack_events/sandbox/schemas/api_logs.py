"""The log of calls."""

from typing import Literal

from pydantic import Field

from gigstack_events.sandbox.schemas import Schema
from gigstack_events.sandbox.schemas.paging import LogQuery


class ApiLogQuery(LogQuery):
    """Which calls; `endpoint` is the beginning of a path with its ids left out, such as `/receipts/{id}`."""

    status: Literal["1xx", "2xx", "3xx", "4xx", "5xx"] | None = None
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None = None
    endpoint: str | None = Field(None, max_length=200)


class ApiLog(Schema):
    """One call; `timestamp` is epoch ms, `status` is null where it was never answered."""

    id: str
    timestamp: int
    livemode: bool | None
    redaction: Literal["metadata_only"]
    team_id: str
    method: str
    endpoint: str
    operation: str
    status: int | None
    error_category: str | None
