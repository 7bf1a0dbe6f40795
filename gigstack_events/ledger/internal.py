"""Events that this program makes itself: a run that ended badly, a time that has come, a word to a rule.

Whoever ends a run leaves an entry in the outbox, in the same script, where some rule listens. An entry
becomes an event by the same call as a delivery does, under an id of its own: to do that twice makes a
duplicate.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import redis

from gigstack_events.events import DUE, INTERNAL_EVENTS, Event, to_body
from gigstack_events.ledger.acceptance import told
from gigstack_events.ledger.ids import digest
from gigstack_events.ledger.ledger import Ledger
from gigstack_events.ledger.records import Claim, text
from gigstack_events.ledger.views import texts
from gigstack_events.schedules import local

MOST_REASON = 500
_LIVEMODE = {"live": True, "test": False}


def listen(client: "redis.Redis", wants: Iterable[str], schedules: Mapping[str, Mapping[str, Any]]) -> None:
    """Say which endings of runs rules listen to, and when which rule is due; what was said before is over."""
    timed: dict[Any, Any] = {rule: json.dumps(schedule) for rule, schedule in schedules.items()}
    forgotten = {text(rule) for rule in client.hkeys("gs:considered")} - timed.keys()
    wanted = sorted(wants)
    with client.pipeline(transaction=True) as pipe:
        pipe.delete("gs:wants", "gs:schedules")
        if wanted:
            pipe.sadd("gs:wants", *wanted)
        if timed:
            pipe.hset("gs:schedules", mapping=timed)
        if forgotten:  # who comes back later starts anew
            pipe.hdel("gs:considered", *forgotten)
        pipe.execute()


def deliver(ledger: Ledger, limit: int) -> int:
    """Make events of the oldest entries of the outbox; returns how many entries there were to look at."""
    entries = texts(ledger.redis.zrange("gs:outbox", 0, limit - 1))
    for entry in entries:
        if keep(ledger, _ending(json.loads(entry))):
            ledger.redis.zrem("gs:outbox", entry)
    return len(entries)


def keep(ledger: Ledger, event: Event) -> bool:
    """Accept an event of our own; False when too few replicas have it, and it must be kept once more."""
    return ledger.accept(told(event, to_body(event), "signed"))


def due(rule: str, moment: int, *, livemode: bool) -> Event:
    """The event of a rule whose time has come."""
    return Event(
        id=f"{rule}@{local(moment)}",
        type=DUE,
        created_at=moment,
        livemode=livemode,
        team=None,
        object={"rule": rule, "due_at": moment},
        id_source="internal",
    )


def word(claim: Claim, type: str, rule: str, about: str, facts: Mapping[str, Any]) -> Event | None:
    """What a run has to say to one rule; once for each `about`, whichever run says it.

    None where such a word, or a run's end, made the run itself: there is no way into a circle.
    """
    source, run = claim.event, claim.run
    if source.id_source == "internal" and source.type in INTERNAL_EVENTS and source.type != DUE:
        return None
    origin = {"run": run.id, "rule": run.rule, "handler": run.handler, "event": source.id}
    return Event(
        id=f"{type}@{digest('w', source.mode, rule, about)}",
        type=type,
        created_at=run.created,
        livemode=_LIVEMODE.get(source.mode),
        team=source.team or None,
        object={**facts, **origin, "event_type": source.type, "tell": rule},
        id_source="internal",
    )


def _ending(entry: Mapping[str, Any]) -> Event:
    """The event of a run that ended badly."""
    names = ("run", "rule", "handler", "event", "event_type", "reason_code", "attempt", "object_id")
    return Event(
        id=f"{entry['run']}-{entry['state']}-{entry['n']}",
        type=f"run.{entry['state']}",
        created_at=entry["at"],
        livemode=_LIVEMODE.get(entry["mode"]),
        team=entry["team"] or None,
        object={name: entry[name] for name in names} | {"reason": entry["reason"][:MOST_REASON]},
        id_source="internal",
    )
