"""The ledger as workers and the supervisor see it: every state change is one atomic script."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gigstack_events.errors import ConfigurationError, StaleToken
from gigstack_events.ledger import scripts
from gigstack_events.ledger.bodies import pack, unpack
from gigstack_events.ledger.records import (
    Ask,
    Claim,
    DispatchWork,
    EventRecord,
    Plan,
    RunRecord,
    Swept,
    Taken,
    decode,
    text,
)
from gigstack_events.ledger.schema import mark, refusal, schema_of

WAIT_MS = 1000


def connect(url: str, *, timeout: float = 3.0) -> "redis.Redis":
    """A client that never repeats a command by itself: a repeated claim would be a second claim."""
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        retry_on_error=[redis.exceptions.ReadOnlyError],  # with no retries: such a connection is dropped
        redis_connect_func=scripts.greet,
    )


class Ledger:
    """Claims, leases, results, effects. Redis errors pass through as redis.RedisError."""

    def __init__(self, client: "redis.Redis", *, replicas: int = 0) -> None:
        self.redis = client
        self._replicas = replicas

    @classmethod
    def at(cls, url: str, *, timeout: float = 3.0, replicas: int = 0) -> "Ledger":
        """A ledger at a Redis URL; `timeout` (s) bounds every call.

        So many `replicas` must have the record of an effect before it may begin.
        """
        return cls(connect(url, timeout=timeout), replicas=replicas)

    def check_schema(self) -> None:
        """Mark a new ledger with our schema; raise ConfigurationError for one that we may not work on."""
        found = schema_of(self.redis)
        if why := refusal(found):
            raise ConfigurationError(why)
        if not found:
            mark(self.redis)

    def now(self) -> int:
        """The ledger's clock, epoch ms."""
        seconds, micros = self.redis.time()
        return int(seconds) * 1000 + int(micros) // 1000 + int(self.redis.get("gs:clock:offset") or 0)

    # -- work ---------------------------------------------------------------------------------------

    def take(self, ask: Ask, job: str = "") -> Taken:
        """Pop and claim the next due work of a lane, or what the given RQ job points to."""
        return _taken(self._run("take", *_asked(ask), job), ask)

    def dispatch(
        self, event: EventRecord, plans: Sequence[Plan], ask: Ask | None = None, *, body: bytes = b""
    ) -> tuple[int, Taken]:
        """Create all runs of an event at once (-1: that was done already), then take what is asked for.

        `body` is the event's, if it is at hand: it is kept packed from now on.
        """
        listed = json.dumps([asdict(plan) for plan in plans])
        packed = pack(body) if body else b""
        reply = self._run("dispatch", *_asked(ask), event.id, event.generation, listed, event.variant, packed)
        return int(reply[2]), _taken(reply, ask)

    def finish(
        self,
        run: str,
        token: str,
        outcome: str,
        *,
        reason: str = "",
        code: str = "",
        result: str = "",
        error: str = "",
        delay_ms: int = 0,
        failures: int = 0,
        rank: int = 0,
        crash_bound: int = 3,
        key: str | None = None,
        ask: Ask | None = None,
        waiter: bool = False,
    ) -> tuple[str, Taken]:
        """End a claim and hand its key on; returns the state reached, and the work that was asked for.

        `outcome`: done, skipped, failed, cancelled, parked, waiting (for `delay_ms`), handed_back
        (uncounted) or crashed. `key` changes what the run serialises on. With `waiter`, the key's next
        waiter comes before the lane's next hint. The state is `stale`, and nothing was changed, when the
        claim was over already.
        """
        kept = pack(result.encode())
        reply = self._run(
            "finish", *_asked(ask), "1" if ask and waiter else "", run, token, outcome, reason, code, kept,
            error, delay_ms, failures, rank, crash_bound, "" if key is None else f"={key}",
        )  # fmt: skip
        return text(reply[2]), _taken(reply, ask)

    def renew(self, claims: Sequence[tuple[str, str]], lease_ms: int) -> list[bool]:
        """Extend the leases of (run, token) pairs; False where the claim is over."""
        if not claims:
            return []
        flat = [part for claim in claims for part in claim]
        return [answer == 1 for answer in self._run("renew", lease_ms, *flat)]

    def sweep(self, *, lost_after_ms: int, lost_bound: int, limit: int = 500) -> Swept:
        """Take up again what is due, orphaned or without a hint; one pass, bounded by `limit`."""
        due, leases, hints, released, foreign, more = self._run("sweep", limit, lost_after_ms, lost_bound)
        named = tuple(text(entry) for entry in foreign)
        return Swept(due, leases, hints, released, named, bool(more))

    def accept(self, arguments: Sequence[Any]) -> bool:
        """Keep an event that this program made, see `internal`; False when too few replicas have it."""
        return self._keep("accept", *arguments)[1]

    # -- effects ------------------------------------------------------------------------------------

    def effect_start(
        self,
        run: str,
        token: str,
        effect: str,
        name: str,
        on: str,
        *,
        again: bool,
        harmless: bool = False,
        since: int | None = None,
        answer: str = "",
        result: str = "",
    ) -> list[Any]:
        """Ask to act; only the answer `go` (with an idempotency key) allows it. Raises StaleToken.

        With `since` (ms: since when the event exists) the answer may be `check`: the record of the act may
        have been lost in a failover. Ask again with the `answer` of the check and its result. The answer
        `unkept` comes instead of `go` when too few replicas have the record.
        """
        mode = "again" if again else "harmless" if harmless else ""
        args = (run, token, effect, name, on, mode, since or "", answer, result)
        reply = self._effect("effect_start", *args)
        if reply[0] == "moved":
            self._run("epoch")
            reply = self._effect("effect_start", *args)
        return reply

    def effect_end(self, run: str, token: str, effect: str, state: str, result: str) -> None:
        """Record `done` with its JSON result, or `not_done` with its reason. Raises StaleToken."""
        kept = pack(result.encode()) if state == "done" else result
        if self._run("effect_end", run, token, effect, state, kept) == b"stale":
            raise StaleToken

    def effect_answer(
        self, run: str, token: str, effect: str, answer: str, result: str, *, delay_ms: int, apart_ms: int
    ) -> list[Any]:
        """Tell what `check` found; settles the effect once the same answer came twice. Raises StaleToken."""
        packed = pack(result.encode())
        return self._effect("effect_answer", run, token, effect, answer, packed, delay_ms, apart_ms)

    def confirm(self, claim: Claim, body: bytes) -> None:
        """Keep what the API said when it confirmed the claimed variant; later claims get it as their body.

        `body` is the event in the documented envelope with the API's object. Raises StaleToken.
        """
        event = claim.event
        reply = self._run("confirm", claim.run.id, claim.token, event.variant, event.rank, pack(body))
        if reply == b"stale":
            raise StaleToken

    def present(self, host: str, lanes: Mapping[str, int], ttl_ms: int) -> None:
        """Say how many workers a host has in each lane; forgotten after `ttl_ms` unless it is said again."""
        until = self.now() + ttl_ms
        with self.redis.pipeline(transaction=False) as pipe:
            for lane, count in lanes.items():
                pipe.zadd(f"gs:crew:{lane}", {f"{host}={count}": until})
            pipe.execute()

    def absent(self, host: str, lanes: Mapping[str, int]) -> None:
        """Take back what `present` said."""
        with self.redis.pipeline(transaction=False) as pipe:
            for lane, count in lanes.items():
                pipe.zrem(f"gs:crew:{lane}", f"{host}={count}")
            pipe.execute()

    # -- inside -------------------------------------------------------------------------------------

    def _run(self, name: str, *args: Any) -> Any:
        return scripts.run(self.redis, name, *args)

    def _keep(self, name: str, *args: Any) -> tuple[Any, bool]:
        """Run a script, and say whether enough replicas have what it wrote."""
        if not self._replicas:
            return self._run(name, *args), True
        reply, kept = scripts.run_kept(self.redis, self._replicas, WAIT_MS, name, *args)
        return reply, kept >= self._replicas

    def _effect(self, name: str, *args: Any) -> list[Any]:
        reply, kept = self._keep(name, *args) if name == "effect_start" else (self._run(name, *args), True)
        if reply[0] == b"go" and not kept:
            return ["unkept"]
        if reply[0] == b"stale":
            raise StaleToken
        return [unpack(part).decode() if isinstance(part, bytes) else part for part in reply]


def _asked(ask: Ask | None) -> tuple[Any, ...]:
    return (ask.token, ask.worker, ask.lease_ms, ask.lane) if ask else ("", "", 0, "")


def _taken(reply: list[Any], ask: Ask | None) -> Taken:
    foreign = tuple(text(entry) for entry in reply[0])
    found = reply[1] if len(reply) > 1 else None
    if not found or ask is None:
        return Taken(None, foreign)
    id = text(found[1])
    if found[0] == b"event":
        return Taken(DispatchWork(EventRecord.of(id, decode(found[2])), unpack(found[3])), foreign)
    run = RunRecord.of(id, decode(found[2]))
    event = EventRecord.of(run.event, decode(found[3]))
    return Taken(Claim(run, ask.token, event, unpack(found[4]), text(found[5]), int(found[6])), foreign)
