"""Ledger and model side by side: what both are told, and what must hold between two steps."""

import json
from collections import Counter
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant

from gigstack_events.errors import StaleToken
from gigstack_events.events import RUN_EVENTS
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.audit import audit
from gigstack_events.ledger.ids import run_id
from gigstack_events.ledger.internal import listen
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import Ask, Claim, DispatchWork, text
from gigstack_events.ledger.views import texts
from tests.ledger import parts
from tests.ledger.model import Model
from tests.ledger.parts import Event, Run
from tests.making import body_of, plan_of
from tests.making import rule as rule_named

LANES = ("live", "bulk")
RULES = {"one": rule_named("one"), "two": rule_named("two")}


class Machine(RuleBasedStateMachine):
    """A real ledger and the model; steps are added by whoever inherits."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.ledger = Ledger.at(self.url)
        self.ledger.redis.flushall()
        listen(self.ledger.redis, RUN_EVENTS, {})
        self.ledger.redis.hset("gs:rules", mapping=dict.fromkeys(RULES, "{}"))
        self.operator = Operator(self.ledger.redis)
        self.model = Model()
        self.hands: list[tuple[DispatchWork, int]] = []
        self.claims: list[Claim] = []
        self.tokens = 0
        self.seen: dict[str, str] = {}

    # -- what must hold -----------------------------------------------------------------------------

    @invariant()
    def everything_is_where_it_says(self) -> None:
        """Open work stands in exactly one index, and what is held and counted is true."""
        assert audit(self.ledger.redis).problems == ()
        running = set[str]()
        for lane in LANES:
            queued, load, aside, *sets = self.read(
                ("ZRANGE", f"gs:queued:{lane}", 0, -1),
                ("HGETALL", f"gs:load:{lane}"),
                ("SMEMBERS", f"gs:aside:{lane}"),
                *(("SMEMBERS", f"gs:running:{lane}:{name}") for name in RULES),
                *(("ZRANGE", f"gs:held:quota:{lane}:{name}", 0, -1) for name in RULES),
            )
            rules = Counter(self.model.runs[id][1].rule for id in texts(queued) if id.startswith("r"))
            assert {text(name): int(count) for name, count in load.items()} == dict(rules)
            running |= {id for members in sets[: len(RULES)] for id in texts(members)}
            held = {name for name, found in zip(RULES, sets[len(RULES) :], strict=True) if found}
            assert held <= set(texts(aside))
        assert running == {run.id for _, run in self.model.runs.values() if run.token}
        (holder,) = self.read(("GET", f"gs:holder:{key_of('one')}"))
        holders = [f"{run.id} {run.token}" for _, run in self.model.runs.values() if run.key and run.token]
        assert texts([holder] if holder else []) == holders

    @invariant()
    def retention_takes_what_is_at_rest(self) -> None:
        """Nothing expires that is open or that a person has to look at; all the rest does."""
        expires = {f"gs:effect:{id}": not self.model.keeps(id) for id in self.model.effects}
        for event in self.model.events.values():
            names = (f"event:{event.id}", f"body:{event.id}", *(f"run:{run.id}" for run in event.runs))
            expires |= {f"gs:{name}": event.at_rest for name in names}
        left = self.read(*(("TTL", key) for key in expires), ("ZRANGE", "gs:stuck", 0, -1))
        assert {key: ttl > 0 for key, ttl in zip(expires, left, strict=False)} == expires
        stuck = {run.id for _, run in self.model.runs.values() if run.state in ("failed", "parked")}
        stuck |= {event.id for event in self.model.events.values() if event.state == "parked"}
        assert set(texts(left[-1])) == stuck

    @invariant()
    def ledger_and_model_agree(self) -> None:
        """Every event and every run is in the state that the model says."""
        events, runs = self.model.events.values(), [run for _, run in self.model.runs.values()]
        names = ("state", "rank", "object", "runs", "open")
        commands = [("HMGET", f"gs:event:{event.id}", *names) for event in events]
        for event, found in zip(events, self.read(*commands), strict=True):
            state, rank, thing, ids, count = texts(value or b"" for value in found)
            assert (state, rank, thing) == (event.state, str(event.rank), event.facts)
            assert set(ids.split()) == {run.id for run in event.runs}
            assert int(count or 0) == sum(run.state in parts.OPEN for run in event.runs)
        looks = [("HMGET", f"gs:run:{run.id}", "state", "attempt") for run in runs]
        for run, (state, attempt) in zip(runs, self.read(*looks), strict=True):
            put_off = run.state == "queued" and run.after is not None and state == b"waiting"
            assert put_off or (text(state), int(attempt)) == (run.state, run.attempt), run

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
            for event in self.model.events.values():
                self.judge(event, "release")
            self.pass_time(101)
            self.forget_kills()
            while work := self.ledger.take(self.ask()).work or self.ledger.take(self.ask("bulk")).work:
                self.accept_work(work)
                self.work_off()
            if all(event.state == "settled" for event in self.model.events.values()):
                break
        self.ledger_and_model_agree()
        assert {event.state for event in self.model.events.values()} <= {"settled"}
        self.ledger.redis.close()

    def pass_time(self, ticks: int) -> None:
        """Time passes, and the sweep looks."""
        self.ledger.redis.incrby("gs:clock:offset", ticks * parts.TICK_MS)
        self.model.now += ticks
        self.ledger.sweep(lost_after_ms=parts.LOST_AFTER_MS, lost_bound=parts.LOST_BOUND)
        self.model.sweep()

    def create_runs(self, hand: int, names: set[str], ask: Ask | None) -> None:
        """Somebody who holds an event dispatches it to the rules of these names."""
        work, generation = self.hands.pop(hand)
        event, n = self.model.events[work.event.id], work.event.round + 1
        plans = [plan_of(event.id, RULES[name], key=key_of(name), n=n) for name in sorted(names)]
        made, taken = self.ledger.dispatch(work.event, plans, ask, body=work.body)
        done = self.model.dispatch(event, generation, self.new_runs(event, names, n))
        assert made == (len(plans) if done else -1)
        self.accept_work(taken.work)

    def judge(self, event: Event, verdict: str) -> None:
        """A person's verdict on an event."""
        assert self.operator.judge(event.id, verdict) == self.model.judge(event, verdict)

    def forget_kills(self) -> None:
        """What the quota remembers of rules that ended a worker is over; it counts in real seconds."""
        for name in RULES:
            self.ledger.redis.delete(f"gs:struck:{name}", *(f"gs:cooling:{lane}:{name}" for lane in LANES))

    def is_put_off(self, run: Run) -> bool:
        """Whether a worker found that an earlier run of its rule is open, and put it off for a while."""
        waits = self.ledger.redis.hget(f"gs:run:{run.id}", "state") == b"waiting"
        return run.state == "queued" and run.after is not None and waits

    def read(self, *commands: tuple[Any, ...]) -> list[Any]:
        """The replies to some commands, in one round trip."""
        with self.ledger.redis.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py's is not
            return pipe.execute()

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
            claim.run.id, claim.token, outcome, code=code, delay_ms=parts.DELAY_MS, rank=claim.event.rank,
            crash_bound=parts.CRASH_BOUND, ask=ask, waiter=True,
        )  # fmt: skip
        assert state == self.model.finish(run, claim.token, outcome, code, claim.event.rank)
        self.accept_work(taken.work)

    def begin(self, claim: Claim, effect: str, again: bool) -> None:
        """Ask to act."""
        run = self.model.runs[claim.run.id][1]
        expected = self.model.effect_start(run, claim.token, effect, again)
        try:
            answer = self.ledger.effect_start(run.id, claim.token, effect, "act", effect, again=again)[0]
        except StaleToken:
            answer = "stale"
        assert answer == expected

    def effect_ends(self, claim: Claim, effect: str, state: str) -> None:
        """Tell what became of an act."""
        run = self.model.runs[claim.run.id][1]
        expected = self.model.effect_end(run, claim.token, effect, state)
        try:
            self.ledger.effect_end(claim.run.id, claim.token, effect, state, "1")
            assert expected
        except StaleToken:
            assert not expected

    def looks(self, claim: Claim, effect: str, happened: bool) -> None:
        """Tell what a check found."""
        run, answer = self.model.runs[claim.run.id][1], "happened" if happened else "did_not_happen"
        expected = self.model.effect_answer(run, claim.token, effect, answer)
        try:
            told = self.ledger.effect_answer(
                run.id, claim.token, effect, answer, "1", delay_ms=parts.DELAY_MS, apart_ms=parts.APART_MS
            )[0]
        except StaleToken:
            told = "stale"
        assert told == expected

    def resolve(self, run: Run, effect: str, happened: bool) -> None:
        """A person tells what became of an act."""
        expected = self.model.resolve(run, effect, happened)
        assert self.operator.resolve(run.id, effect, happened=happened) == expected

    def accept_work(self, work: DispatchWork | Claim | None) -> None:
        """Something was handed out: the model says whether it may."""
        self.ledger.redis.incrby("gs:clock:offset", 1)  # no two steps at one moment: a course can be repeated
        if isinstance(work, DispatchWork):
            self.hands.append((work, self.model.take_event(self.model.events[work.event.id])))
        elif work is not None:
            event, run = self.model.runs[work.run.id]
            self.model.claim(run, work.token)
            assert work.event.confirmed == event.confirmed
            assert (b"api" in work.body) == event.confirmed
            assert event.confirmed or work.body == text_of(event)
            self.seen[work.token] = event.variant
            self.claims.append(work)

    def ask(self, lane: str = "live") -> Ask:
        """What a free worker asks for."""
        self.tokens += 1
        return Ask(lane, f"token-{self.tokens}", "test", parts.LEASE_MS)

    def new_runs(self, event: Event, names: set[str], n: int) -> list[Run]:
        """The model's runs of a plan."""
        last = {run.rule: run for run in event.runs}
        return [Run(run_id(event.id, name, n), name, key_of(name), last.get(name)) for name in sorted(names)]


def text_of(event: Event) -> bytes:
    """The body that stands for an event: its variants are called `THING TOTAL`."""
    return body_of(event.name, thing={"id": event.facts, "total": int(event.variant.split()[1])})


def key_of(name: str) -> str:
    """Rule `one` serialises; rule `two` does not."""
    return "live:client" if name == "one" else ""
