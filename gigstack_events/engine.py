"""The engine: dispatches events and carries runs out, one claim from start to result."""

import contextlib
import contextvars
import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import redis
import structlog
from structlog.contextvars import bound_contextvars

from gigstack_events.context import Context
from gigstack_events.effect_records import Timing
from gigstack_events.effects import Effects
from gigstack_events.errors import GigstackError, Malformed, StaleToken
from gigstack_events.fence import Fence
from gigstack_events.gates import Gates, Refusal, options_of
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.internal import deliver
from gigstack_events.ledger.records import Ask, Claim, DispatchWork, Taken
from gigstack_events.outcomes import to_json
from gigstack_events.plans import Rulebook, concerns, plan_runs, read_event, value_at
from gigstack_events.routing import Handler, Rule, fits
from gigstack_events.verdicts import Verdict, place_of, verdict_of
from gigstack_events.watch import Watch

MOST_IN_A_ROW = 20
MOST_AT_ONCE = 5  # the next work is claimed already
Work = DispatchWork | Claim
QUIET = frozenset({"done", "waiting", "skipped", "queued"})
log = structlog.get_logger("run")


class Rekeyed(Exception):
    """A run's key is not the one it was queued under: a more trusted body names another."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Worker:
    """Who claims: a name for the operator, the lane it works for, and the lease (s) it claims for."""

    name: str
    lane: str
    lease: float


class Engine:
    """Carries out what `Ledger.take` hands over. Handlers and rules are fixed for its life."""

    def __init__(
        self,
        ledger: Ledger,
        worker: Worker,
        handlers: Mapping[str, Handler],
        rules: Sequence[Rule],
        gates: Gates,
        *,
        timing: Timing,
        watch: Watch,
        new_token: Callable[[], str],
        rng: random.Random,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ledger = ledger
        self._worker = worker
        self._handlers = handlers
        self._rules = Rulebook(rules)
        self._gates = gates
        self._timing = timing
        self._watch = watch
        self._new_token = new_token
        self._rng = rng
        self._stopping = stopping
        self._key = ""
        self._in_a_row = 0

    def take(self, job: str = "") -> Work | None:
        """The lane's next work, or what the given RQ job points to."""
        ask = self._ask()
        return self._unpack(self._ledger.take(ask, job)) if ask else None

    def carry_out(self, work: Work) -> Work | None:
        """Dispatch an event or run a claim; returns the next work, taken in the same call that ended this."""
        return self.dispatch(work) if isinstance(work, DispatchWork) else self.run(work)

    def dispatch(self, work: DispatchWork) -> Work | None:
        """Create one run for each rule that matches; an event without a rule settles as unmatched."""
        event = None
        with contextlib.suppress(Malformed):  # each run will be parked with the reason
            event = read_event(work.event, work.body)
        plans = plan_runs(self._rules, work.event, event)
        made, taken = self._ledger.dispatch(work.event, plans, self._ask(), body=work.body)
        if made == 0:
            with bound_contextvars(event=work.event.id):
                log.info("event.unmatched", type=work.event.type)
        return self._unpack(taken)

    def run(self, claim: Claim) -> Work | None:
        """Run one claim to its verdict and record it; returns the next work, waiters of its key first."""
        rule = Rule.restore(claim.snapshot)
        self._watch.claimed(claim, rule)
        started = time.monotonic()
        with bound_contextvars(event=claim.event.id, run=claim.run.id):
            # Whatever a handler leaves in context variables ends with it.
            verdict = contextvars.copy_context().run(self._judge, claim, rule, started)
            state, taken = self._record(claim, verdict)
            self._watch.ended()
            if state in ("failed", "parked"):
                self._send()
            _tell(claim, rule, state, verdict, time.monotonic() - started)
        return self._unpack(taken)

    def _judge(self, claim: Claim, rule: Rule, started: float) -> Verdict:
        handler = self._handlers.get(rule.handler)
        if handler is None:
            reason = f"no handler is called {rule.handler!r} here; enable it, then retry the run"
            return Verdict("parked", reason, "handler")
        try:
            return self._handle(claim, rule, handler)
        except Refusal as refusal:
            return Verdict(refusal.outcome, str(refusal), refusal.code)
        except Rekeyed as found:
            return Verdict("handed_back", "it waits for another key", "rekeyed", key=found.key)
        except BaseException as error:
            if not isinstance(error, (GigstackError, redis.RedisError)):
                log.warning("handler.raised", rule=rule.name, error=type(error).__name__, at=place_of(error))
            age = claim.age + time.monotonic() - started
            return verdict_of(error, claim.run.failures, rule.retry, self._rng, age=age, shadow=rule.shadow)

    def _handle(self, claim: Claim, rule: Rule, handler: Handler) -> Verdict:
        fence = Fence(self._timing.fence, shadow=rule.shadow)
        event = read_event(claim.event, claim.body)
        if "*" in rule.patterns and not fits(handler.patterns, event.type):
            raise Refusal("skipped", "facts", f"{handler.name} is not for {event.type}")
        if not (rule.matches(event.type) and concerns(rule, claim.event, event)):
            raise Refusal("cancelled", "facts", f"a more trusted delivery says that this is {event.type}")
        event, gigstack, permits = self._gates.pass_through(event, claim, rule, fence)
        if (key := value_at(rule.key, event)) != claim.run.key:
            raise Rekeyed(key)
        asked = permits if rule.writes else None
        options = hashlib.sha256(json.dumps(rule.options, sort_keys=True).encode()).hexdigest()
        effects = Effects(self._ledger, claim, options, self._timing, fence, asked, shadow=rule.shadow)
        ctx = Context(
            effects=effects,
            log=structlog.get_logger("handler"),
            options=options_of(handler, rule),
            attempt=claim.run.attempt,
            deadline=time.time() + rule.timeout,
            age=claim.age,
            gigstack=gigstack,
        )
        try:
            returned = handler.function(event, ctx)
        except StaleToken:
            raise
        except BaseException:
            if effects.unsettled is None:
                raise
        finally:
            if permits:
                permits.give_back()
        if effects.unsettled is not None:  # whatever the handler made of it, it binds the run
            raise effects.unsettled
        result = to_json(returned, f"handler {handler.name!r}")
        if rule.shadow:
            return Verdict("skipped", f"shadow: would have returned {result[:500]}", "shadow", result)
        return Verdict("done", result=result)

    def _record(self, claim: Claim, verdict: Verdict) -> tuple[str, Taken]:
        if verdict.outcome == "stale":
            return "stale", Taken(None)
        # A key may keep its worker for some runs, then others of the lane have their turn.
        self._in_a_row = self._in_a_row + 1 if claim.run.key == self._key else 1
        self._key = claim.run.key
        give_up = time.monotonic() + self._worker.lease
        while True:
            try:
                return self._ledger.finish(
                    claim.run.id,
                    claim.token,
                    verdict.outcome,
                    reason=verdict.reason,
                    code=verdict.code,
                    result=verdict.result,
                    error=verdict.error,
                    delay_ms=round(verdict.delay * 1000),
                    failures=verdict.failures,
                    rank=claim.event.rank,
                    key=verdict.key,
                    ask=None if verdict.code == "redis" else self._ask(),
                    waiter=self._in_a_row < MOST_IN_A_ROW,
                )
            except redis.RedisError as error:
                if time.monotonic() > give_up:  # the lease is over anyway: the sweep takes the run up
                    return "unrecorded", Taken(None)
                log.warning("run.record_failed", error=type(error).__name__)
                time.sleep(0.5)

    def _send(self) -> None:
        """What rules listen to becomes an event at once; what does not go out now, the sweep sends."""
        with contextlib.suppress(redis.RedisError):
            deliver(self._ledger, MOST_AT_ONCE)

    def _ask(self) -> Ask | None:
        if self._stopping():
            return None
        self._watch.asking()
        return Ask(self._worker.lane, self._new_token(), self._worker.name, round(self._worker.lease * 1000))

    def _unpack(self, taken: Taken) -> Work | None:
        for entry in taken.foreign:
            log.error("hint.foreign", job=entry[:100], cure="only this program may use its queues")
        return taken.work


def _tell(claim: Claim, rule: Rule, state: str, verdict: Verdict, took: float) -> None:
    """The run's one line. Reasons and errors may quote people's data: they stand in the ledger only."""
    more = {"code": verdict.code} if verdict.code else {}
    later = {"again_in_s": round(verdict.delay, 1)} if state == "waiting" else {}
    level = log.info if state in QUIET else log.warning
    level(
        f"run.{state}",
        rule=rule.name,
        type=claim.event.type,
        attempt=claim.run.attempt,
        **more,
        **later,
        ms=round(took * 1000, 1),
    )
