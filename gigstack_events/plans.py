"""Plans: which runs the rules want for an event. Pure: values in, values out."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from gigstack_events.conditions import Facts, Undecided, decide
from gigstack_events.errors import Malformed
from gigstack_events.events import ADDRESSEES, INTERNAL_EVENTS, TRUST_RANK, Event, normalise
from gigstack_events.ledger.ids import mode_of, run_id
from gigstack_events.ledger.records import EventRecord, Plan
from gigstack_events.routing import Rule

MOST_TYPES = 1000


def plan_runs(
    rules: "Iterable[Rule] | Rulebook", record: EventRecord, event: Event | None, *, lane: str = ""
) -> list[Plan]:
    """The runs that the rules want for an event; `event` is None where its body cannot be read.

    `lane` overrides the rules' own, for replays.
    """
    book = rules if isinstance(rules, Rulebook) else Rulebook(rules)
    facts = Facts(event) if event else None
    return [
        _plan(page, record, event, lane or page.rule.lane)
        for page in book.pages_for(record.type)
        if concerns(page.rule, record, event) and wants(page.rule, facts)
    ]


@dataclass(frozen=True, slots=True)
class Page:
    """A rule with what is kept of it in each run it makes."""

    rule: Rule
    snapshot: str
    hash: str


class Rulebook:
    """Rules, made ready: which of them hear of a type of events is looked up once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        snapshots = ((rule, rule.snapshot()) for rule in rules)
        self._pages = [Page(rule, snapshot, rule_hash(snapshot)) for rule, snapshot in snapshots]
        self._heard: dict[str, list[Page]] = {}

    def pages_for(self, event_type: str) -> list[Page]:
        """The rules whose patterns fit, in their order."""
        if event_type not in self._heard:
            if len(self._heard) >= MOST_TYPES:  # senders choose these names
                self._heard.clear()
            self._heard[event_type] = [page for page in self._pages if page.rule.matches(event_type)]
        return self._heard[event_type]


def wants(rule: Rule, facts: Facts | None) -> bool:
    """Whether the rule's condition lets a run be made: also where it cannot tell, for the run says so."""
    if not rule.when or facts is None:
        return True
    try:
        return decide(rule.when, facts)
    except Undecided:
        return True


def concerns(rule: Rule, record: EventRecord, event: Event | None) -> bool:
    """Whether an event of an internal type is a true one, and meant for this rule; all others are for all."""
    if record.type not in INTERNAL_EVENTS:
        return True
    if record.id_source != "internal":  # anybody may send us such a word
        return False
    addressee = ADDRESSEES.get(record.type)
    return addressee is None or (event is not None and event.object.get(addressee) == rule.name)


def _plan(page: Page, record: EventRecord, event: Event | None, lane: str) -> Plan:
    rule, n = page.rule, record.round + 1
    believed = TRUST_RANK[record.trust] >= TRUST_RANK[rule.trust]
    created = (event and event.created_at) or record.received
    return Plan(
        id=run_id(record.id, rule.name, n),
        rule=rule.name,
        handler=rule.handler,
        rule_hash=page.hash,
        snapshot=page.snapshot,
        lane=lane,
        key=value_at(rule.key, event) if event else "",
        n=n,
        latest=value_at(rule.latest, event) if event else "",
        moment=created if believed else min(created, record.received),  # anybody can write a date to come
        believed=believed,
    )


def read_event(record: EventRecord, body: bytes) -> Event:
    """The event in a stored body. Raises Malformed, also where the body is not kept any more."""
    if not body:
        raise Malformed("its body is not kept any more")
    headers = {"webhook-id": record.raw_id} if record.id_source == "header" else {}
    told = normalise(body, headers)  # a confirmed body has taken the id in
    return replace(told, id_source=record.id_source, retold=record.retold)


def matching(rules: Iterable[Rule], event_type: str) -> list[Rule]:
    """The rules that would fire for an event type, in their order."""
    return [rule for rule in rules if rule.matches(event_type)]


def rule_hash(snapshot: str) -> str:
    """The name under which the ledger keeps a rule's snapshot."""
    return hashlib.sha256(snapshot.encode()).hexdigest()[:16]


OWN_TEAM = "own"
"""Stands for the team of the API key."""


def value_at(path: str, event: Event) -> str:
    """What stands at a dotted path of an event (`object.client`): `mode:value`, bounded; '' for nothing.

    An object with an id stands for its id; ids of gigstack are unique across teams, and some events do not
    name their team: those are about the one of the API key, which is a value like any other. The
    value comes from the sender, so a long or odd one is hashed.
    """
    if not path:
        return ""
    value: Any = {"object": event.object, "type": event.type, "team": event.team or OWN_TEAM, "id": event.id}
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, dict):
        value = value.get("id")
    if not isinstance(value, str | int) or value == "":
        return ""
    text = f"{mode_of(event.livemode)}:{value}"
    if len(text) <= 120 and text.isascii() and text.isprintable() and " " not in text:
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
