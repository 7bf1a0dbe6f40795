"""Do the ledger's marks agree with its runs? Who holds keys, who counts as running, queued, open or stuck.

Like the audit, it looks again, atomically, before it calls anything wrong.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import redis

from gigstack_events.ledger.records import text
from gigstack_events.ledger.views import texts

_LOOKS = 5
_CHUNK = 500
_SCAN = 5000
_MOST_QUEUED = 200_000
_OPEN = ("queued", "running", "waiting")
_STUCK = ("parked", "failed", "unreadable")


def key_of(id: str) -> str:
    """The key of an event's or a run's hash."""
    return f"gs:event:{id}" if id.startswith("e") else f"gs:run:{id}"


def strange_claims(client: "redis.Redis") -> Iterator[str]:
    """Keys held, and places of a quota taken, by runs that do not run."""
    names = [text(name) for name in client.scan_iter("gs:holder:*", count=_SCAN)]
    known = [text(held or b"") for held in client.mget(names)] if names else []
    with client.pipeline(transaction=True) as pipe:
        for name, held in zip(names, known, strict=True):
            pipe.get(name)
            pipe.hmget(f"gs:run:{held.split(' ')[0]}", "state", "token")
        replies = pipe.execute()
    for name, held, now, found in zip(names, known, replies[::2], replies[1::2], strict=True):
        run, _, token = held.partition(" ")
        if held and text(now or b"") == held and found != [b"running", token.encode()]:
            yield f"key {name[10:]} is held by {run}, which does not run"
    for place in client.scan_iter("gs:running:*", count=_SCAN):
        yield from _strangers(client, text(place))


def _strangers(client: "redis.Redis", place: str) -> Iterator[str]:
    members = [text(run) for run in client.smembers(place)]
    with client.pipeline(transaction=True) as pipe:
        for run in members:
            pipe.sismember(place, run)
            pipe.hget(f"gs:run:{run}", "state")
        replies = pipe.execute()
    for run, there, state in zip(members, replies[::2], replies[1::2], strict=True):
        if there and state != b"running":
            yield f"{place[3:]} counts {run}, which does not run"


def unheld_keys(client: "redis.Redis", running: Sequence[str]) -> Iterator[str]:
    """Runs under way that do not hold the key they must hold, so that another might run beside them."""
    known = _each(client, running, "key")
    with client.pipeline(transaction=True) as pipe:
        for run, key in zip(running, known, strict=True):
            pipe.hmget(f"gs:run:{run}", "state", "token", "key")
            pipe.get(f"gs:holder:{text(key or b'')}")
        replies = pipe.execute()
    for run, key, (state, token, now), held in zip(running, known, replies[::2], replies[1::2], strict=True):
        if key and state == b"running" and now == key and held != run.encode() + b" " + token:
            yield f"{run} runs without holding its key {text(key)}"


def load(client: "redis.Redis", lane: str) -> Iterator[str]:
    """Whether the lane's queued runs are counted rightly, by rule; nothing where they keep moving."""
    for _ in range(_LOOKS):
        before = _load(client, lane)
        if client.zcard(f"gs:queued:{lane}") > _MOST_QUEUED:
            return
        there: Counter[str] = Counter()
        start = 0
        while found := client.zrange(f"gs:queued:{lane}", start, start + _CHUNK - 1):
            rules = _each(client, texts(found), "rule")
            there.update(text(rule) for rule in rules if rule)
            start += _CHUNK
        if _load(client, lane) == before:
            counted = {text(rule): int(count) for rule, count in before[0].items()}
            for rule in sorted(counted.keys() | there.keys()):
                if counted.get(rule, 0) != there[rule]:
                    told = f"{counted.get(rule, 0)} queued runs of {rule}, there are {there[rule]}"
                    yield f"load:{lane} counts {told}"
            return


def open_runs(client: "redis.Redis", events: Sequence[str]) -> Iterator[str]:
    """Whether each event counts its open runs rightly; nothing where they keep moving."""
    for start in range(0, len(events), _CHUNK):
        left = list(events[start : start + _CHUNK])
        for _ in range(_LOOKS):
            verdicts = _count(client, left)
            yield from filter(None, verdicts.values())
            left = [event for event, verdict in verdicts.items() if verdict is None]
            if not left:
                break


def stuck(client: "redis.Redis", seen: Iterable[str]) -> Iterator[str]:
    """Whether what waits for a person is listed as such: all that is listed, and those that were `seen`."""
    ids = list(dict.fromkeys((*texts(client.zrange("gs:stuck", 0, -1)), *seen)))
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        with client.pipeline(transaction=True) as pipe:
            for id in chunk:
                pipe.hget(key_of(id), "state")
                pipe.zscore("gs:stuck", id)
            replies = pipe.execute()
        for id, state, score in zip(chunk, replies[::2], replies[1::2], strict=True):
            state = text(state or b"")
            if state in _STUCK and score is None:
                yield f"{id} is {state}, but stuck lacks it"
            if state not in _STUCK and score is not None:
                yield f"stuck lists {id}, which is {state or 'not there any more'}"


def _count(client: "redis.Redis", events: Sequence[str]) -> dict[str, str | None]:
    """What is wrong with each event's count: '' for nothing, None where it must be looked at again."""
    known = [text(runs or b"").split() for runs in _each(client, events, "runs")]
    with client.pipeline(transaction=True) as pipe:
        for event, runs in zip(events, known, strict=True):
            pipe.hmget(f"gs:event:{event}", "runs", "open", "state")
            for run in runs:
                pipe.hget(f"gs:run:{run}", "state")
        replies = iter(pipe.execute())
    verdicts: dict[str, str | None] = {}
    for event, runs in zip(events, known, strict=True):
        now, counted, state = next(replies)
        there = sum(text(next(replies) or b"") in _OPEN for _ in runs)
        verdicts[event] = ""
        if text(now or b"").split() != runs:
            verdicts[event] = None
        elif int(counted or 0) != there:
            verdicts[event] = f"{event} counts {int(counted or 0)} open runs, there are {there}"
        elif runs and there == 0 and state == b"dispatched":
            verdicts[event] = f"{event} is dispatched, though all its runs are at rest"
    return verdicts


def _each(client: "redis.Redis", ids: Sequence[str], field: str) -> list[bytes | None]:
    pipe = client.pipeline(transaction=False)
    for id in ids:
        pipe.hget(key_of(id), field)
    return list(pipe.execute())


def _load(client: "redis.Redis", lane: str) -> tuple[dict[bytes, bytes], bytes, int]:
    """Changes whenever a run comes to a lane's queue or leaves it."""
    with client.pipeline(transaction=True) as pipe:
        pipe.hgetall(f"gs:load:{lane}")
        pipe.get("gs:ticket")
        pipe.zcard(f"gs:queued:{lane}")
        counted, ticket, size = pipe.execute()
    return counted, ticket, size
