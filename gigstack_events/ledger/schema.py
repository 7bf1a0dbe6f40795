"""The ledger's schema: which programs may work on it, and how one command brings it up to date.

1 wrote every field, bodies as they came, and aliases by their words. 2 wrote as now, beside what 1 had left.
In 3 nothing of 1 is left. Whoever makes the next one: programs read both forms, and write the old one
until the schema is lifted, so that the version before goes on beside them.
"""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

import redis

from gigstack_events.ledger import scripts
from gigstack_events.ledger.bodies import pack
from gigstack_events.ledger.ids import alias_id
from gigstack_events.ledger.records import text

SCHEMA = 3
_AT_ONCE, _MOST_BYTES = 25, 1 << 20
_MOST_COUNTED = 100_000
_FACTS = ("mode", "team", "type", "object")


def schema_of(client: "redis.Redis") -> int:
    """The schema that a ledger is marked with; 0 for a new one."""
    return int(client.get("gs:schema") or 0)


def refusal(found: int) -> str:
    """Why this program may not work on a ledger of such a schema, and what to do; '' where it may."""
    if found > SCHEMA:
        return (
            f"the ledger has schema {found}, this program knows {SCHEMA}: deploy the newer version here too"
        )
    if 0 < found < SCHEMA - 1:
        known = f"the ledger has schema {found}, this program works on {SCHEMA - 1} and {SCHEMA}"
        return f"{known}: stop the workers that are older, then run `python -m admin migrate`"
    return ""


def mark(client: "redis.Redis", schema: int = SCHEMA) -> None:
    """Mark a ledger: a new one, or one that has been brought up so far."""
    client.set("gs:schema", schema)


class Progress(NamedTuple):
    """How many events have been looked at, and how many of them were of the old form."""

    looked: int
    changed: int


def bring_up(client: "redis.Redis", *, look_at: int = 500) -> Iterator[Progress]:
    """Bring all events into the form of now, some at a time, while everything goes on.

    May be stopped anywhere and begun anew: what is done is passed over.
    """
    looked = changed = 0
    for ids in _chunks((text(id) for id, _ in client.zscan_iter("gs:events", count=500)), look_at):
        looked += len(ids)
        old = _of_the_old_form(client, ids)
        for start in range(0, len(old), _AT_ONCE):
            changed += _carry_over(client, old[start : start + _AT_ONCE])
        yield Progress(looked, changed)
    for lane in client.smembers("gs:lanes"):
        scripts.run(client, "recount", text(lane), _MOST_COUNTED)


def _chunks(ids: Iterator[str], size: int) -> Iterator[list[str]]:
    while chunk := list(islice(ids, size)):
        yield chunk


def _of_the_old_form(client: "redis.Redis", ids: list[str]) -> list[tuple[str, list[str]]]:
    """The events that 1 wrote, with their facts: it alone wrote `trust`, and the script takes that away."""
    pipe = client.pipeline(transaction=False)
    for id in ids:
        pipe.hmget(f"gs:event:{id}", "trust", *_FACTS)
    found = zip(ids, pipe.execute(), strict=True)
    return [(id, [text(fact or b"") for fact in facts]) for id, (trust, *facts) in found if trust]


def _carry_over(client: "redis.Redis", events: list[tuple[str, list[str]]]) -> int:
    pipe = client.pipeline(transaction=False)
    for id, _ in events:
        pipe.hgetall(f"gs:body:{id}")
    changed, size, told = 0, 0, list[Any]()
    for (id, facts), bodies in zip(events, pipe.execute(), strict=True):
        packed = [(name, pack(body)) for name, body in bodies.items() if not name.startswith(b"c:")]
        told += [id, ":".join(facts), alias_id(*facts), len(packed), *chain.from_iterable(packed)]
        size += sum(len(body) for _, body in packed)
        if size > _MOST_BYTES:
            changed += int(scripts.run(client, "migrate", *told))
            told, size = [], 0
    return changed + int(scripts.run(client, "migrate", *told))
