"""Kinds of fields that the schemas share. Every optional one may be null, which is what clears a field."""

from typing import Annotated, Any, Literal

from pydantic import Field, Strict

from gigstack_events.sandbox.schemas import Schema

Text = Annotated[str, Field(max_length=2_000)]
Name = Annotated[str, Field(min_length=1, max_length=500)]
Id = Annotated[str, Field(min_length=1, max_length=128)]
Email = Annotated[str, Field(max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")]
Code = Annotated[str, Field(max_length=10, pattern=r"^[0-9A-Za-z]*$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict(), Field(ge=0, le=10**15)]
Moment = Annotated[int, Strict(), Field(ge=0, le=10**14)]
"""Epoch seconds or milliseconds: whatever is beyond 1e12 is the latter."""
Amount = Annotated[float, Strict(), Field(ge=0, le=10**9, allow_inf_nan=False)]
"""Pesos, or a quantity: a JSON number, not a text."""
Metadata = Annotated[dict[str, Any], Field(max_length=100)]

Number = Annotated[str, Field(pattern=r"^[0-9]{1,15}$")]
"""A number in a query."""
Limit = Annotated[str, Field(pattern=r"^([1-9][0-9]?|100)$")]


class Query(Schema):
    """What every call takes beside its path."""

    team: Text | None = None


class ListQuery(Query):
    """A page of a list. Both spellings of the created range are taken, in epoch seconds."""

    limit: Limit | None = None
    next: Number | None = None
    cursor: Number | None = None
    page: Number | None = None
    order_by: Literal["timestamp", "created_at", "name"] | None = None
    sort: Literal["asc", "desc"] | None = None
    created_gte: Number | None = None
    created_lte: Number | None = None
    created_from: Number | None = Field(None, alias="created[gte]")
    created_to: Number | None = Field(None, alias="created[lte]")


class SearchQuery(Query):
    """A page of what a search finds."""

    q: Name
    limit: Limit | None = None
    per_page: Limit | None = None
    page: Number | None = None


class Deleted(Schema):
    """What is left of something that was deleted."""

    deleted: bool
