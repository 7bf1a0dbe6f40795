"""Ledger and model side by side: what both are told, and what must hold between two steps."""

import json

from hypothesis.stateful import RuleBasedStateMachine, invariant

from gigstack_events.events import RUN_EVENTS
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.audit import audit
from gigstack_events.ledger.ids import run_id
from gigstack_events.ledger.internal import listen
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import Ask, Claim, DispatchWork, text
from gigstack_events.ledger.views import texts
from tests.ledger import model
from tests.ledger.model import Event, Model, Run
from tests.making import plan_of, record_of
from tests.making import rule as rule_named

RULES = {"one": rule_named("one"), "two": rule_named("two")}


class Machine(RuleBasedStateMachine):
    """A real ledger and the model; steps are added by whoever inherits."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.ledger = Ledger.at(self.url)
        self.ledger.redis.flushall()
        listen(self.ledger.redis, RUN_EVENTS, {})
        self.operator = Operator(self.ledger.redis)
        self.model = Model()
        self.hands: list[tuple[DispatchWork, int]] = []
        self.claims: list[Claim] = []
        self.tokens = 0

    # -- what must hold -----------------------------------------------------------------------------

    @invariant()
    def everything_is_where_it_says(self) -> None:
        """Open work stands in exactly one index, and what is held and counted is true."""
        assert audit(self.ledger.redis).problems == ()
        running = {text(id) for name in RULES for id in self.ledger.redis.smembers(f"gs:running:live:{name}")}
        assert running == {run.id for _, run in self.model.runs.values() if run.token}

    @invariant()
    def ledger_and_model_agree(self) -> None:
        """Every event and every run is in the state that the model says."""
        for event in self.model.events.values():
            record = record_of(self.ledger, event.id)
            assert (record.state, record.rank, record.object_id) == (event.state, event.rank, event.facts)
            assert set(record.runs) == {run.id for run in event.runs}
        for _, run in self.model.runs.values():
            state, attempt = self.ledger.redis.hmget(f"gs:run:{run.id}", "state", "attempt")
            assert self.is_put_off(run) or (text(state or b""), int(attempt or 0)) == (
                run.state,
                run.attempt,
            ), run

    @invariant()
    def every_bad_ending_is_told_of(self) -> None:
        """Each time that a run fails or parks there is one entry, whoever ended it."""
        entries = map(json.loads, texts(self.ledger.redis.zrange("gs:outbox", 0, -1)))
        told = sorted(f"{row['run']}-{row['state']}" for row in entries)
        assert told == sorted(self.model.endings)

    def teardown(self) -> None:
        """Whatever happened, all that was accepted comes to rest once somebody works."""
        self.operator.resume("all")
        self.model.paused.clear()
        for _ in range(40):
            self.pass_time(101)
            while work := self.ledger.take(self.ask()).work:
                self.accept_work(work)
                self.work_off()
            if all(event.state == "settled" for event in self.model.events.values()):
                break
        self.ledger_and_model_agree()
        assert {event.state for event in self.model.events.values()} <= {"settled"}
        self.ledger.redis.close()

    def pass_time(self, ticks: int) -> None:
        """Time passes, and the sweep looks."""
        self.ledger.redis.incrby("gs:clock:offset", ticks * model.TICK_MS)
        self.model.now += ticks
        self.ledger.sweep(lost_after_ms=model.LOST_AFTER_MS, lost_bound=model.LOST_BOUND)
        self.model.sweep()

    def create_runs(self, hand: int, names: set[str], ask: Ask | None) -> None:
        """Somebody who holds an event dispatches it to the rules of these names."""
        work, generation = self.hands.pop(hand)
        event, n = self.model.events[work.event.id], work.event.round + 1
        plans = [plan_of(event.id, RULES[name], key=key_of(name), n=n) for name in sorted(names)]
        made, taken = self.ledger.dispatch(work.event, plans, ask)
        done = self.model.dispatch(event, generation, self.new_runs(event, names, n))
        assert made == (len(plans) if done else -1)
        self.accept_work(taken.work)

    def is_put_off(self, run: Run) -> bool:
        """Whether a worker found that an earlier run of its rule is open, and put it off for a while."""
        waits = self.ledger.redis.hget(f"gs:run:{run.id}", "state") == b"waiting"
        return run.state == "queued" and run.after is not None and waits

    # -- inside -------------------------------------------------------------------------------------

    def work_off(self) -> None:
        """Carry out all that is in somebody's hands."""
        while self.hands:
            self.create_runs(0, set(), None)
        while self.claims:
            self.end(self.claims.pop(), "done", None)

    def end(self, claim: Claim, outcome: str, ask: Ask | None) -> None:
        """End a claim, perhaps one that is over."""
        run, code = self.model.runs[claim.run.id][1], "trust" if outcome == "skipped" else ""
        state, taken = self.ledger.finish(
            claim.run.id, claim.token, outcome, code=code, delay_ms=model.DELAY_MS, rank=claim.event.rank,
            crash_bound=model.CRASH_BOUND, ask=ask, waiter=True,
        )  # fmt: skip
        assert state == self.model.finish(run, claim.token, outcome, code, claim.event.rank)
        self.accept_work(taken.work)

    def accept_work(self, work: DispatchWork | Claim | None) -> None:
        """Something was handed out: the model says whether it may."""
        if isinstance(work, DispatchWork):
            self.hands.append((work, self.model.take_event(self.model.events[work.event.id])))
        elif work is not None:
            self.model.claim(self.model.runs[work.run.id][1], work.token)
            self.claims.append(work)

    def ask(self) -> Ask:
        """What a free worker asks for."""
        self.tokens += 1
        return Ask("live", f"token-{self.tokens}", "test", model.LEASE_MS)

    def new_runs(self, event: Event, names: set[str], n: int) -> list[Run]:
        """The model's runs of a plan."""
        last = {run.rule: run for run in event.runs}
        return [Run(run_id(event.id, name, n), name, key_of(name), last.get(name)) for name in sorted(names)]


def key_of(name: str) -> str:
    """Rule `one` serialises; rule `two` does not."""
    return "live:client" if name == "one" else ""
