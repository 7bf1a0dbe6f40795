"""Queries of lists: how many rows, and where to go on."""

from typing import Literal

from pydantic import Field

from gigstack_events.sandbox.schemas import Schema


class PageQuery(Schema):
    """A page of a list."""

    limit: int | None = Field(None, ge=1, le=100)
    next: str | None = Field(None, pattern=r"^\d{1,15}$")
    order_by: str | None = None
    sort: Literal["asc", "desc"] | None = None


class LogQuery(Schema):
    """A page of a log; `from` and `to` are epoch ms and belong to the range."""

    limit: int | None = Field(None, ge=1, le=100)
    cursor: str | None = Field(None, pattern=r"^\d{1,15}$")
    from_: int | None = Field(None, alias="from", ge=0)
    to: int | None = Field(None, ge=0)
