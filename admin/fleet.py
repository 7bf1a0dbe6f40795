"""The workers that are alive, as RQ's registry knows them."""

from dataclasses import dataclass
from datetime import UTC, datetime

import redis
from rq.worker import BaseWorker

from gigstack_events.ledger.records import text
from gigstack_events.ledger.views import texts

_QUEUE = "gigstack-"
QUIET_S = 90.0
"""Workers say every 30 s that they live, unless they are in the middle of a run."""


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """A worker process: name, lane, when it was born and last heard of (epoch seconds)."""

    name: str
    lane: str
    born: float
    heard: float


def workers_alive(client: "redis.Redis") -> list[WorkerSeen]:
    """The registered workers of all lanes. One that was killed stays for some minutes: `heard` tells."""
    keys = sorted(BaseWorker.all_keys(connection=client))
    pipe = client.pipeline(transaction=False)
    for key in keys:
        pipe.hmget(key, "queues", "birth", "last_heartbeat", "death")
    return [
        WorkerSeen(key.removeprefix("rq:worker:"), lane, _epoch(birth), _epoch(heard))
        for key, (queues, birth, heard, death) in zip(keys, pipe.execute(), strict=True)
        if birth and not death and (lane := text(queues or b"").removeprefix(_QUEUE)) and lane != text(queues)
    ]


def crew(client: "redis.Redis", lane: str, now: int) -> int:
    """How many workers the supervisors of all hosts say that a lane has; `now` is epoch ms."""
    members = client.zrangebyscore(f"gs:crew:{lane}", now, "+inf")
    return sum(int(member.rpartition("=")[2]) for member in texts(members))


def _epoch(stamp: bytes | None) -> float:
    if stamp is None:
        return 0.0
    moment = datetime.fromisoformat(text(stamp))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
