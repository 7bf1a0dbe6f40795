"""The SAT's public lists, such as that of article 69-B, and who is on them."""

from typing import ClassVar

from pydantic import Field

from gigstack_events.api.fields import Millis, Rows
from gigstack_events.api.spellings import Objects, Spelled


class SatList(Spelled):
    """One of the SAT's lists, and when it was last taken over."""

    _other_names: ClassVar = {"last_sync": "last_synced_at", "lastSync": "last_synced_at", "key": "id"}

    id: str = ""
    name: str | None = None
    description: str | None = None
    status: str | None = None
    entries: int | None = None
    last_synced_at: Millis = None


class AllSatLists(Spelled):
    """All lists."""

    _bare: ClassVar[str] = "lists"

    lists: Objects[SatList] = Field(default_factory=list)


class SatListCheck(Spelled):
    """Whether an RFC is on any list; `matches` holds every entry found."""

    _bare: ClassVar[str] = "matches"
    _other_names: ClassVar = {
        "entries": "matches",
        "hits": "matches",
        "results": "matches",
        "found": "listed",
        "is_listed": "listed",
        "isListed": "listed",
    }

    rfc: str | None = None
    listed: bool | None = None
    matches: Rows = Field(default_factory=list)

    @property
    def is_listed(self) -> bool:
        """Tell whether a list names this RFC."""
        return bool(self.matches or self.listed)
