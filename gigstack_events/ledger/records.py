"""What the ledger hands out: frozen values, decoded once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from gigstack_events.events import TRUST_RANK, IdSource
from gigstack_events.ledger.bodies import unpack

RunState = Literal["queued", "running", "waiting", "done", "skipped", "failed", "cancelled", "parked"]
TRUSTS = {rank: trust for trust, rank in TRUST_RANK.items()}
AT_REST = frozenset({"done", "skipped", "failed", "cancelled", "parked"})


def text(reply: bytes | str) -> str:
    """One text reply of Redis."""
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply


def decode(flat: list[bytes]) -> dict[str, str]:
    """A script's HGETALL reply as text."""
    pairs = iter(flat)
    return fields_of(zip(pairs, pairs, strict=True))


def fields_of(fields: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """A hash's fields as text; results are unpacked, bodies never stand in such hashes."""
    named = {text(name): value for name, value in fields}
    if packed := named.get("result"):
        named["result"] = unpack(packed)
    return {name: text(value) for name, value in named.items()}


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event as the ledger knows it; times are epoch ms, `mode` is live, test or '' (not said)."""

    id: str
    raw_id: str
    id_source: IdSource
    type: str
    mode: str
    team: str
    object_id: str
    trust: str
    rank: int
    state: str
    reason: str
    received: int
    created: int
    seen: int
    round: int
    generation: int
    open: int
    runs: tuple[str, ...]
    variant: str
    conflicts: int
    confirmed: bool
    retold: int

    @classmethod
    def of(cls, id: str, fields: Mapping[str, str]) -> "EventRecord":
        """Build from the event's hash."""
        return cls(
            id=id,
            raw_id=fields["id"],
            id_source=cast(IdSource, fields.get("source", "body")),
            type=fields.get("type", ""),
            mode=fields.get("mode", ""),
            team=fields.get("team", ""),
            object_id=fields.get("object", ""),
            trust=TRUSTS[int(fields["rank"])],
            rank=int(fields["rank"]),
            state=fields["state"],
            reason=fields.get("reason", ""),
            received=int(fields["received"]),
            created=int(fields.get("created") or 0),
            seen=int(fields.get("seen", "1")),
            round=int(fields.get("round", "0")),
            generation=int(fields.get("gen", "0")),
            open=int(fields.get("open", "0")),
            runs=tuple(fields.get("runs", "").split()),
            variant=fields["variant"],
            conflicts=int(fields.get("conflicts", "0")),
            confirmed=fields.get("confirmed") == f"c:{fields['variant']}",
            retold=int(fields.get("retold", "0")),
        )

    @property
    def identity(self) -> str:
        """Its id; another one for each time that a more trusted delivery told of something else."""
        return f"{self.id} {self.retold}" if self.retold else self.id

    @property
    def since(self) -> int:
        """Since when it certainly exists (ms).

        What was received before a failover is old, and so is what its sender made before and repeats after
        it, because the record was lost: the older of the two times tells both.
        """
        return min(self.created or self.received, self.received)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the ledger knows it; times are epoch ms, `took` is ms, `due` is set while it waits."""

    id: str
    event: str
    rule: str
    handler: str
    n: int
    lane: str
    key: str
    state: str
    reason: str
    reason_code: str
    attempt: int
    failures: int
    crashes: int
    lost: int
    created: int
    started: int
    ended: int
    due: int
    took: int
    result: str
    error: str
    effects: tuple[str, ...]
    at: str
    pushed: int

    @classmethod
    def of(cls, id: str, fields: Mapping[str, str]) -> "RunRecord":
        """Build from the run's hash."""

        def number(name: str) -> int:
            return int(float(fields.get(name, "0")))

        ran = fields.get("started") and fields["state"] != "cancelled"
        took = max(0, number("ended") - number("started")) if ran else 0
        return cls(
            id=id,
            event=fields["event"],
            rule=fields["rule"],
            handler=fields.get("handler", fields["rule"]),
            n=number("n"),
            lane=fields["lane"],
            key=fields["key"],
            state=fields["state"],
            reason=fields.get("reason", ""),
            reason_code=fields.get("reason_code", ""),
            attempt=number("attempt"),
            failures=number("failures"),
            crashes=number("crashes"),
            lost=number("lost"),
            created=number("created"),
            started=number("started"),
            ended=number("ended"),
            due=number("due"),
            took=number("took") or took,
            result=fields.get("result", ""),
            error=fields.get("error", ""),
            effects=tuple(fields.get("effects", "").split()),
            at=fields.get("at", ""),
            pushed=number("pushed"),
        )


@dataclass(frozen=True, slots=True)
class DispatchWork:
    """An accepted event to dispatch."""

    event: EventRecord
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """One claimed run: nobody else holds it while the token is current. `now` is the ledger's clock (ms)."""

    run: RunRecord
    token: str
    event: EventRecord
    body: bytes
    snapshot: str
    now: int

    @property
    def age(self) -> float:
        """Seconds since the run was made, at the moment of the claim."""
        return (self.now - self.run.created) / 1000


@dataclass(frozen=True, slots=True)
class Ask:
    """What a worker that becomes free asks for: work of a lane, claimed for it under a new token."""

    lane: str
    token: str
    worker: str
    lease_ms: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer: work or None, and the queue's entries that were not ours and have been removed."""

    work: DispatchWork | Claim | None
    foreign: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One run to create: `rule_hash` names the stored `snapshot` (JSON) of the rule as it is now.

    `latest` names the object of which only the newest state counts ('' = all do); `moment` is how new this
    event's is, epoch ms; what is not `believed` yet supersedes nothing.
    """

    id: str
    rule: str
    handler: str
    rule_hash: str
    snapshot: str
    lane: str
    key: str
    n: int
    latest: str = ""
    moment: int = 0
    believed: bool = True


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep pass took up again."""

    due: int
    leases: int
    hints: int
    released: int
    foreign: tuple[str, ...]
    more: bool

    def __bool__(self) -> bool:
        """Whether anything was found amiss (work that merely fell due does not count)."""
        return bool(self.leases or self.hints or self.released or self.foreign)
