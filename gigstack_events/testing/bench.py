"""A worker in this process: it runs a handler on a real ledger, and time passes when a test says so."""

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gigstack_events.effect_records import Timing
from gigstack_events.engine import Engine, Worker
from gigstack_events.events import ADDRESSEES, Event, Trust, to_body
from gigstack_events.gates import Gates
from gigstack_events.ledger import Ledger, scripts
from gigstack_events.ledger.acceptance import told
from gigstack_events.ledger.ids import event_id, run_id
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import EventRecord
from gigstack_events.ledger.views import Views
from gigstack_events.plans import plan_runs
from gigstack_events.routing import Handler, Rule, rule_of
from gigstack_events.testing.local import LocalGigstack
from gigstack_events.testing.runs import Run, run_of
from gigstack_events.watch import Unwatched

LEASE_S = 20.0
_LOST_AFTER_MS, _LOST_BOUND = 30_000, 10


class Bench:
    """Runs handlers on the ledger at a Redis of one's own, which `clear` empties."""

    def __init__(self, redis_url: str, gigstack: LocalGigstack) -> None:
        self.ledger = Ledger.at(redis_url)
        self.gigstack = gigstack
        self._tokens = 0
        self._rng = random.Random(0)  # noqa: S311 - how long a retry waits

    def clear(self) -> None:
        """Empty the ledger. It counts as one that has been here for ever: no record was lost with another."""
        self.ledger.redis.flushall()
        scripts.run(self.ledger.redis, "epoch")
        self.ledger.redis.set("gs:epoch", 0)

    def close(self) -> None:
        """Close the connections."""
        self.ledger.redis.close()

    def run(
        self,
        handler: Handler,
        event: Event,
        *,
        options: Mapping[str, Any] | None = None,
        trust: Trust = "signed",
    ) -> Run:
        """Deliver an event and run the handler for it; see the fixture `run_handler`."""
        rule = rule_for(handler, options or {})
        event = meant_for(rule, event)
        known = self.deliver(event, trust)
        if self.record(known).runs and not self._has(known, rule):
            self.replay(handler, rule, event)
        self.work(handler, rule)
        return self.look(handler, rule, event)

    def deliver(self, event: Event, trust: Trust = "signed") -> str:
        """Accept a delivery, as the receiver does; returns the event's internal id."""
        self.ledger.accept(told(event, to_body(event), trust))
        return event_id(event.id_source, event.id)

    def replay(self, handler: Handler, rule: Rule, event: Event) -> None:
        """Let a rule run once more for an event, as `events replay` does."""
        record = self.record(event_id(event.id_source, event.id))
        Operator(self.ledger.redis).replay(record, plan_runs([rule], record, event))

    def work(self, handler: Handler, rule: Rule, ledger: Ledger | None = None) -> None:
        """Carry out all that is due in every lane."""
        for lane in dict.fromkeys(("live", "bulk", rule.lane)):
            engine = self._engine(handler, rule, lane, ledger or self.ledger)
            work = engine.take()
            while work is not None:
                work = engine.carry_out(work)

    def look(self, handler: Handler, rule: Rule, event: Event) -> Run:
        """The rule's newest run for an event, as it is now."""
        detail = Views(self.ledger.redis).event(event_id(event.id_source, event.id))
        assert detail is not None  # noqa: S101 - it was delivered
        runs = [run for run in detail.runs if run.rule == rule.name]

        def later(seconds: float) -> Run:
            self.pass_time(seconds)
            self.work(handler, rule)
            return self.look(handler, rule, event)

        return run_of(max(runs, key=lambda run: run.n), detail, self.ledger.now(), later)

    def pass_time(self, seconds: float) -> None:
        """Put the clocks of ledger and sandbox forward, and take up what has become due."""
        self.ledger.redis.incrby("gs:clock:offset", round(seconds * 1000) + 1)
        self.gigstack.advance(seconds)
        self.ledger.sweep(lost_after_ms=_LOST_AFTER_MS, lost_bound=_LOST_BOUND)

    def record(self, id: str) -> EventRecord:
        """An event's record."""
        detail = Views(self.ledger.redis).event(id)
        assert detail is not None  # noqa: S101 - it was delivered
        return detail.event

    def _has(self, known: str, rule: Rule) -> bool:
        rounds = range(1, self.record(known).round + 2)
        return any(run_id(known, rule.name, n) in self.record(known).runs for n in rounds)

    def _engine(self, handler: Handler, rule: Rule, lane: str, ledger: Ledger) -> Engine:
        return Engine(
            ledger,
            Worker("test", lane, LEASE_S),
            {handler.name: handler},
            [rule],
            Gates(ledger, self.gigstack.clients),
            timing=Timing(),
            watch=Unwatched(),
            new_token=self._token,
            rng=self._rng,
        )

    def _token(self) -> str:
        self._tokens += 1
        return f"token-{self._tokens}"


def rule_for(handler: object, options: Mapping[str, Any]) -> Rule:
    """The rule of a handler; TypeError for what is none, pydantic.ValidationError for bad options."""
    if not isinstance(handler, Handler):
        raise TypeError(f"{handler!r} is no handler: put @on(...) before it")
    return rule_of(handler, dict(options))


def meant_for(rule: Rule, event: Event) -> Event:
    """The event, addressed to this rule where it is one that names its rule.

    Raises ValueError for one that the rule does not want.
    """
    if not rule.matches(event.type):
        raise ValueError(f"{rule.handler} is for {', '.join(rule.patterns)}, not for {event.type}")
    if (place := ADDRESSEES.get(event.type)) is None:
        return event
    return replace(event, object={**event.object, place: rule.name})
