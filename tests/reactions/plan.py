"""What each rule of rules.toml wants, said once more by hand: nothing here comes from the code under test."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

STAMP_FROM = 1000.0
TARGETS = ("erp", "crm")
FORBIDDEN = ("never", "silent")
MONTHS = {"sat-at-start": 3, "sat-on-news": 2, "sat-by-calendar": 4}
_DIGEST = ("customer.", "service.", "receipt.", "teams.")
_LATEST = ("invoice_batch.completed", "sat.invoice.synced")
_NEWS = ("sat.invoice.synced", "payment.succeeded")
MASTER = "team_sandbox"


@dataclass(frozen=True, slots=True)
class Sent:
    """An event as its sender told it."""

    id: str
    type: str
    live: bool
    created: int
    object: dict[str, Any]

    @classmethod
    def of(cls, body: bytes) -> "Sent":
        """Read a delivery."""
        told = json.loads(body)
        return cls(told["id"], told["type"], told["livemode"], told["created"], told["data"]["object"])

    @property
    def team(self) -> str:
        """Whose it is; an event about a team is that team's own."""
        return str(self.object["id"] if self.type.startswith("teams.") else self.object.get("team") or MASTER)


@dataclass(frozen=True, slots=True)
class Telling:
    """What a rule of notify wants: which events, where, at most `count` in `every` ms for each group."""

    rule: str
    places: tuple[str, ...]
    wants: Callable[[Sent], bool]
    group: Callable[[Sent], str] = lambda event: str(event.live)
    count: int = 0
    every: int = 0
    latest: bool = False


def _client(event: Sent) -> str:
    client = event.object.get("client")
    return f"{event.live}:{client['id'] if isinstance(client, dict) else client or ''}"


def _is_client_news(event: Sent) -> bool:
    return event.type.startswith(("payment.", "invoice.")) and (event.object.get("total") or 0) > 300


TELLINGS = (
    Telling("tell-clients", ("ops",), _is_client_news, _client, 1, 3000),
    Telling(
        "tell-digest", ("mail", "chat"), lambda event: event.type.startswith(_DIGEST), count=3, every=5000
    ),
    Telling(
        "tell-latest",
        ("board", "screen"),
        lambda event: event.type in _LATEST,
        lambda event: f"{event.live}:{event.object['id']}",
        latest=True,
    ),
)


def due_payments(events: Iterable[Sent]) -> set[str]:
    """The payments whose receipts have to be stamped."""
    due = set()
    for event in events:
        if event.type == "payment.succeeded" and (event.object.get("total") or 0) >= STAMP_FROM:
            due.add(event.object["id"])
        if event.type == "receipt.created":
            due.update(event.object.get("payments", [])[:1])
    return due


Slot = tuple[bool, str, str, str]
"""Mode, team, month (YYYY-MM), direction."""


def asked_months(events: Iterable[Sent], calendar: bool, newest_first: list[str]) -> tuple[set[Slot], int]:
    """What has to be asked of the SAT, and how many events ask for it."""
    slots: set[Slot] = set()
    asking = 0

    def add(live: bool, team: str, months: int, *directions: str) -> None:
        slots.update((live, team, month, way) for month in newest_first[:months] for way in directions)

    for event in events:
        if event.type == "teams.sat.completed":
            add(event.live, event.team, MONTHS["sat-at-start"], "issued", "received")
        elif event.type in _NEWS:
            add(event.live, event.team, MONTHS["sat-on-news"], "received")
        else:
            continue
        asking += 1
    if calendar:
        add(True, MASTER, MONTHS["sat-by-calendar"], "issued", "received")
    return slots, asking
