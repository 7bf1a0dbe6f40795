"""Does the open work add up? What is not at rest stands in exactly one index, and nothing else does.

The ledger goes on while it is looked at, so whatever looks wrong is looked at again, atomically, before
it is called wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import redis

from gigstack_events.ledger import counts
from gigstack_events.ledger.counts import key_of
from gigstack_events.ledger.records import text
from gigstack_events.ledger.views import texts

_CHUNK = 500
_LOOKS = 5
_OPEN_RUN = ("queued", "running", "waiting")
_OPEN_EVENT = ("accepted",)


@dataclass(frozen=True, slots=True)
class Audit:
    """What was looked at and what is wrong, in sentences; not `complete`: older events were left out."""

    events: int
    open: int
    problems: tuple[str, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class _Suspect:
    id: str
    listed_in: str = ""


def audit(client: "redis.Redis", *, look_at: int = 200_000) -> Audit:
    """Walk the indexes and the newest `look_at` events, in pipelines of a few hundred."""
    walk = _Walk(client)
    for index in list(walk.indexes()):
        walk.index(index)
    complete = walk.events(look_at)
    # The same entry may be suspected from both sides.
    sentences = dict.fromkeys(sentence for suspect in walk.suspects if (sentence := walk.verdict(suspect)))
    return Audit(walk.seen, walk.open, (*sentences, *walk.marks()), complete)


class _Walk:
    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self.suspects: list[_Suspect] = []
        self.seen = 0
        self.open = 0
        self._running: list[str] = []
        self._stuck: list[str] = []
        self._counting: list[str] = []
        self._indexes: set[str] = set()

    def indexes(self) -> Iterator[str]:
        yield "attention"
        for lane in self._redis.smembers("gs:lanes"):
            yield f"queued:{text(lane)}"
        for name in self._redis.sscan_iter("gs:held", count=1000):
            yield f"held:{text(name)}"

    def index(self, name: str) -> None:
        """Whoever is listed here must be open, and say that it stands here."""
        self._indexes.add(name)
        start = 0
        while found := self._redis.zrange(f"gs:{name}", start, start + _CHUNK - 1):
            ids = texts(found)
            for id, (state, at) in zip(ids, self._states(ids), strict=True):
                self.open += 1
                if state == "running":
                    self._running.append(id)
                if not _is_open(id, state) or at != name:
                    self.suspects.append(_Suspect(id, name))
            start += _CHUNK

    def events(self, look_at: int) -> bool:
        """Whoever is open must be listed where it says that it stands; True when all were looked at."""
        for start in range(0, look_at, _CHUNK):
            found = self._redis.zrange("gs:events", start, start + _CHUNK - 1, desc=True)
            if not found:
                return True
            ids = texts(found)
            self.seen += len(ids)
            states = dict(zip(ids, self._states(ids), strict=True))
            unsettled = [id for id in ids if states[id][0] in ("accepted", "dispatched", "parked")]
            runs = self._runs(unsettled)
            states.update(zip(runs, self._states(runs), strict=True))
            self._stuck += [
                id for id, (state, _) in states.items() if state in ("parked", "failed", "unreadable")
            ]
            self._counting += unsettled
            self._look_up({id: at for id, (state, at) in states.items() if _is_open(id, state)})
        return not self._redis.zrange("gs:events", look_at, look_at, desc=True)

    def verdict(self, suspect: _Suspect) -> str:
        """What is wrong for certain; '' for nothing, or where it keeps moving, as healthy work does."""
        key = key_of(suspect.id)
        expected = suspect.listed_in
        for _ in range(_LOOKS):
            pipe = self._redis.pipeline(transaction=True)
            pipe.hmget(key, "state", "at")
            pipe.zscore(f"gs:{expected}", suspect.id)
            pipe.zscore(f"gs:{suspect.listed_in}", suspect.id)
            kind, _, name = expected.partition(":")
            pipe.sismember("gs:held" if kind == "held" else "gs:lanes", name)
            (state, at), score, still_listed, known = pipe.execute()
            state, at = text(state or b""), text(at or b"")
            if suspect.listed_in and still_listed is not None:
                if not _is_open(suspect.id, state):
                    return f"{suspect.listed_in} lists {suspect.id}, which is {state or 'not there any more'}"
                if at != suspect.listed_in:
                    return f"{suspect.id} is listed in {suspect.listed_in} but stands in {at or 'no index'}"
            if not _is_open(suspect.id, state):
                return ""
            if not at:
                return f"{suspect.id} is {state} but stands in no index"
            if at == expected and score is None:
                return f"{suspect.id} says that it stands in {at}, which lacks it"
            if at == expected:
                return (
                    ""
                    if known or at == "attention"
                    else f"{suspect.id} stands in {at}, which no sweep looks at"
                )
            expected = at
        return ""

    def marks(self) -> Iterator[str]:
        """What is wrong with the marks that runs leave elsewhere, for certain."""
        yield from counts.strange_claims(self._redis)
        yield from counts.unheld_keys(self._redis, self._running)
        for lane in self._redis.smembers("gs:lanes"):
            yield from counts.load(self._redis, text(lane))
        yield from counts.open_runs(self._redis, self._counting)
        yield from counts.stuck(self._redis, self._stuck)

    def _look_up(self, open_work: dict[str, str]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for id, at in open_work.items():
            pipe.zscore(f"gs:{at}", id)
        scores = zip(open_work.items(), pipe.execute(), strict=True)
        strange = [id for (id, at), score in scores if score is None or at not in self._indexes]
        self.suspects += [_Suspect(id) for id in strange]

    def _states(self, ids: list[str]) -> list[tuple[str, str]]:
        pipe = self._redis.pipeline(transaction=False)
        for id in ids:
            pipe.hmget(key_of(id), "state", "at")
        return [(text(state or b""), text(at or b"")) for state, at in pipe.execute()]

    def _runs(self, events: list[str]) -> list[str]:
        pipe = self._redis.pipeline(transaction=False)
        for id in events:
            pipe.hget(f"gs:event:{id}", "runs")
        return [run for runs in pipe.execute() for run in text(runs or b"").split()]


def _is_open(id: str, state: str) -> bool:
    return state in (_OPEN_EVENT if id.startswith("e") else _OPEN_RUN)
