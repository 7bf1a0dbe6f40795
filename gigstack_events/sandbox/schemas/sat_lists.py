"""The SAT's lists: what their operations take and answer."""

from typing import Annotated

from pydantic import Field

from gigstack_events.sandbox.schemas import Schema


class ListQuery(Schema):
    """The RFC to look for."""

    rfc: Annotated[str, Field(pattern=r"^[A-Za-zÑñ&]{3,4}[0-9]{6}[A-Za-z0-9]{3}$")]


class ListDefinition(Schema):
    """A list of the SAT, and when it was last read."""

    id: str
    name: str
    description: str
    status: str
    entries: int
    last_sync: str


class ListMatch(Schema):
    """One entry of an RFC."""

    list_id: str
    list_name: str
    rfc: str
    name: str
    situation: str
    published_at: str


class ListCheck(Schema):
    """Every entry of an RFC on all lists."""

    rfc: str
    found: bool
    matches: list[ListMatch]
    checked_at: int
