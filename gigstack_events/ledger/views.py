"""The ledger for people: it only reads, at a bounded cost, and hands out payloads only when asked.

A listing looks at the newest entries first and stops at `look_at` of them; `complete` tells whether it
saw everything.
"""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import redis

from gigstack_events.ledger.bodies import unpack
from gigstack_events.ledger.details import ByHand, EffectRecord, EventDetail, Listing, Totals, Variant
from gigstack_events.ledger.ids import event_id
from gigstack_events.ledger.records import TRUSTS, EventRecord, RunRecord, fields_of, text

LOOK_AT = 20_000
_CHUNK = 200
_ID_SOURCES = ("body", "header", "hash", "unreadable", "internal")


class Views:
    """Reads the ledger behind a client. Redis errors pass through as redis.RedisError."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client

    def events(
        self, *, type: str = "", state: str = "", since: int = 0, limit: int = 50, look_at: int = LOOK_AT
    ) -> Listing[EventRecord]:
        """The newest events; `type` may be a pattern, `since` is epoch ms."""
        waits_for_a_person = state in ("parked", "unreadable")
        source = self._newest("gs:stuck" if waits_for_a_person else "gs:events", since, "e")

        def fits(event: EventRecord) -> bool:
            return (not type or fnmatchcase(event.type, type)) and state in ("", event.state)

        return self._collect(source, "gs:event:", EventRecord.of, fits, limit, look_at)

    def runs(self, *, state: str = "", limit: int = 50, look_at: int = LOOK_AT) -> Listing[RunRecord]:
        """The runs in a state, or those of the newest events."""
        if state in ("failed", "parked"):
            source = self._newest("gs:stuck", 0, "r")
        elif state in ("queued", "running", "waiting"):
            source = self._open_runs()
        else:
            source = self._runs_of_newest()
        return self._collect(
            source, "gs:run:", RunRecord.of, lambda run: state in ("", run.state), limit, look_at
        )

    def find(self, name: str) -> str:
        """The internal id of an event, from that, the sender's, or that of a run or effect; '' for none."""
        run = name
        if len(name) == 26 and name.startswith("f"):
            run = text(self._redis.hget(f"gs:effect:{name}", "run") or b"")
        if run.startswith("r") and len(run) == 26 and (event := self._redis.hget(f"gs:run:{run}", "event")):
            return text(event)
        candidates = [name, *(event_id(source, name) for source in _ID_SOURCES)]
        pipe = self._redis.pipeline(transaction=False)
        for id in candidates:
            pipe.exists(f"gs:event:{id}")
        return next((id for id, found in zip(candidates, pipe.execute(), strict=True) if found), "")

    def event(self, id: str) -> EventDetail | None:
        """One event by its internal id, with its runs, effects and variants."""
        fields = self._hashes("gs:event:", [id])[0]
        if not fields:
            return None
        event = EventRecord.of(id, fields)
        found = dict(zip(event.runs, self._hashes("gs:run:", list(event.runs)), strict=True))
        runs = [RunRecord.of(run, of_run) for run, of_run in found.items() if of_run]
        said = [
            each for id, of in {id: fields, **found}.items() for each in ByHand.all_of(id, of.get("hand", ""))
        ]
        effects = list(dict.fromkeys(effect for run in runs for effect in run.effects))
        return EventDetail(
            event,
            int(fields.get("created") or 0),
            int(fields.get("last_seen") or 0),
            self._variants(event, fields),
            tuple(runs),
            tuple(self._records("gs:effect:", effects, EffectRecord.of)),
            tuple(sorted(said, key=lambda each: each.at)),
        )

    def body(self, id: str) -> bytes | None:
        """The body that handlers see; None when it is not kept any more."""
        known = self._redis.hmget(f"gs:event:{id}", "variant", "confirmed")
        variant, confirmed = (text(name) if name else "" for name in known)
        name = confirmed if confirmed == f"c:{variant}" else variant
        found = self._redis.hget(f"gs:body:{id}", name) if variant else None
        return unpack(found.encode() if isinstance(found, str) else found) if found else None

    def holders(self, runs: Iterable[RunRecord]) -> dict[str, str]:
        """The runs that hold the keys for which these runs wait, by key."""
        keys = sorted({run.key for run in runs if run.at.startswith("held:key:")})
        found = self._redis.mget([f"gs:holder:{key}" for key in keys]) if keys else []
        return {key: text(held).split()[0] for key, held in zip(keys, found, strict=True) if held}

    def totals(self) -> Totals:
        """Count the events, the work that is open and what waits for a person."""
        lanes = sorted(text(lane) for lane in self._redis.smembers("gs:lanes"))
        pipe = self._redis.pipeline(transaction=False)
        for name in ("events", "stuck", "attention", *(f"queued:{lane}" for lane in lanes)):
            pipe.zcard(f"gs:{name}")
        pipe.zrange("gs:attention", 0, 0, withscores=True)
        events, stuck, attention, *queued, first = pipe.execute()
        return Totals(
            events,
            stuck,
            attention,
            dict(zip(lanes, queued, strict=True)),
            self._held(),
            int(first[0][1]) if first else 0,
            self._oldest_queued(lanes),
        )

    def longest_held(self) -> RunRecord | None:
        """Of the runs that wait for a key, each the first for its own, the one that was queued first."""
        names = [text(name) for name in self._redis.sscan_iter("gs:held", match="key:*", count=1000)]
        pipe = self._redis.pipeline(transaction=False)
        for name in names:
            pipe.zrange(f"gs:held:{name}", 0, 0)
        heads = [texts(found)[0] for found in pipe.execute() if found]
        for id in heads:
            pipe.hget(f"gs:run:{id}", "pushed")
        queued = [(int(pushed), id) for id, pushed in zip(heads, pipe.execute(), strict=True) if pushed]
        found = self._records("gs:run:", [min(queued)[1]], RunRecord.of) if queued else []
        return found[0] if found else None

    # -- inside -------------------------------------------------------------------------------------

    def _collect(
        self, source: Iterator[list[str]], prefix: str, make: Any, fits: Any, limit: int, look_at: int
    ) -> Listing[Any]:
        rows: dict[str, Any] = {}  # an entry may come twice while the ledger moves
        looked = 0
        for ids in source:
            looked += len(ids)
            rows |= {row.id: row for row in self._records(prefix, ids, make) if fits(row)}
            if len(rows) >= limit or looked >= look_at:
                return Listing(tuple(rows.values())[:limit], complete=False)
        return Listing(tuple(rows.values()), complete=True)

    def _newest(self, index: str, since: int, kind: str) -> Iterator[list[str]]:
        start = 0
        while found := self._redis.zrange(
            index, "+inf", since or "-inf", desc=True, byscore=True, offset=start, num=_CHUNK
        ):
            yield [id for id in texts(found) if id.startswith(kind)]
            start += _CHUNK

    def _open_runs(self) -> Iterator[list[str]]:
        lanes = [f"queued:{text(lane)}" for lane in self._redis.smembers("gs:lanes")]
        held = (f"held:{text(name)}" for name in self._redis.sscan_iter("gs:held", count=_CHUNK))
        for index in ("attention", *lanes, *held):
            start = 0
            while found := self._redis.zrange(f"gs:{index}", start, start + _CHUNK - 1):
                yield [id for id in texts(found) if id.startswith("r")]
                start += _CHUNK

    def _runs_of_newest(self) -> Iterator[list[str]]:
        for ids in self._newest("gs:events", 0, "e"):
            pipe = self._redis.pipeline(transaction=False)
            for id in ids:
                pipe.hget(f"gs:event:{id}", "runs")
            yield [run for runs in pipe.execute() for run in text(runs or b"").split()]

    def _hashes(self, prefix: str, ids: list[str]) -> list[dict[str, str]]:
        pipe = self._redis.pipeline(transaction=False)
        for id in ids:
            pipe.hgetall(f"{prefix}{id}")
        return [fields_of(found.items()) for found in pipe.execute()]

    def _records(self, prefix: str, ids: list[str], make: Any) -> list[Any]:
        found = zip(ids, self._hashes(prefix, ids), strict=True)
        return [make(id, fields) for id, fields in found if fields]  # ids outlive what they name

    def _variants(self, event: EventRecord, fields: dict[str, str]) -> tuple[Variant, ...]:
        known = {name[2:]: TRUSTS[int(rank)] for name, rank in fields.items() if name.startswith("v:")}
        pipe = self._redis.pipeline(transaction=False)
        for hash in known:
            pipe.hget(f"gs:body:{event.id}", hash)
        sizes = [len(unpack(body or b"")) for body in pipe.execute()]
        pairs = zip(known.items(), sizes, strict=True)
        return tuple(Variant(hash, trust, size, hash == event.variant) for (hash, trust), size in pairs)

    def _held(self) -> dict[str, int]:
        names = [text(name) for name in self._redis.sscan_iter("gs:held", count=1000)]
        pipe = self._redis.pipeline(transaction=False)
        for name in names:
            pipe.zcard(f"gs:held:{name}")
        held: dict[str, int] = {}
        for name, count in zip(names, pipe.execute(), strict=True):
            kind = name.partition(":")[0]
            held[kind] = held.get(kind, 0) + count
        return {kind: count for kind, count in held.items() if count}

    def _oldest_queued(self, lanes: list[str]) -> int:
        firsts = [self._redis.zrange(f"gs:queued:{lane}", 0, 0) for lane in lanes]
        ids = [texts(first)[0] for first in firsts if first]
        keys = [f"gs:event:{id}" if id.startswith("e") else f"gs:run:{id}" for id in ids]
        pushed = [self._redis.hget(key, "pushed") for key in keys]
        return min((int(when) for when in pushed if when), default=0)


def texts(reply: Iterable[Any]) -> list[str]:
    """The members of a sorted set, as redis-py returns them without their scores."""
    return [text(member) for member in reply]
