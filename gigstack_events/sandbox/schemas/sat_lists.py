"""The SAT's lists: what their operations take and answer."""

from typing import Annotated

from pydantic import Field

from gigstack_events.sandbox.schemas import Schema


class ListQuery(Schema):
    """The RFC to look for."""

    rfc: Annotated[str, Field(min_length=1, max_length=40)]


class ListSync(Schema):
    """When a list was last read."""

    status: str
    synced_at: str
    entries: int


class ListDefinition(Schema):
    """A list of the SAT."""

    id: str
    name: str
    description: str
    last_sync: ListSync


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
