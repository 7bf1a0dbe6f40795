"""What calls about the log of API calls take."""

from typing import Literal, TypedDict


class ApiLogFilters(TypedDict, total=False):
    """For the log of API calls. `since` and `until` are epoch milliseconds, both counted in.

    `endpoint` is the beginning of a path in which ids are written `:id`.
    """

    limit: int
    since: int
    until: int
    status: Literal["2xx", "3xx", "4xx", "5xx"]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
    endpoint: str
