"""The workers that are alive, as RQ's registry and the ledger know them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import redis
from rq.worker import BaseWorker

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.records import text
from gigstack_events.ledger.schema import SCHEMA
from gigstack_events.ledger.views import texts

_QUEUE = "gigstack-"
_SCHEMA = re.compile(r"/(\d+)\.")
"""In the names of supervisors and workers since schema 3: `HOST/3.PID=4`, `HOST/3.PID.live.0.PID`."""
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


def older_programs(ledger: Ledger, lanes: Iterable[str]) -> list[str]:
    """Supervisors and workers of a version whose schema is older than ours, by name."""
    names = {worker.name for worker in workers_alive(ledger.redis)}
    for lane in {*lanes, *(text(lane) for lane in ledger.redis.smembers("gs:lanes"))}:
        names |= set(texts(ledger.redis.zrange(f"gs:crew:{lane}", ledger.now(), "+inf", byscore=True)))
    return sorted(name for name in names if _schema_in(name) < SCHEMA)


def _schema_in(name: str) -> int:
    found = _SCHEMA.search(name)
    return int(found[1]) if found else 0


def _epoch(stamp: bytes | None) -> float:
    if stamp is None:
        return 0.0
    moment = datetime.fromisoformat(text(stamp))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
