"""Random interleavings of everything that can happen to the ledger, each step held against the model."""

from dataclasses import replace

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.errors import StaleToken
from gigstack_events.events import TRUST_RANK, Trust
from gigstack_events.ledger.ids import event_id
from tests.ledger import parts
from tests.ledger.machine import LANES, RULES, key_of
from tests.ledger.stories import EFFECTS, Stories
from tests.making import accept, body_of, plan_of, record_of

IDS = [f"evt_{n}" for n in range(4)]
LIST = "rq:queue:gigstack-live"


class LedgerMachine(Stories):
    """All that can happen."""

    # -- deliveries and work ------------------------------------------------------------------------

    @rule(
        id=st.sampled_from(IDS),
        trust=st.sampled_from(["none", "signed", "signed"]),
        other=st.booleans(),
        total=st.integers(1, 2),
    )
    def deliver(self, id: str, trust: Trust, other: bool, total: int = 1) -> None:
        """New, again, or under the same id with another text or other facts."""
        facts = "payment_2" if other else "payment_1"
        (answer,) = accept(self.url, body_of(id, thing={"id": facts, "total": total}), trust=trust)
        expected = self.model.accept(event_id("body", id), id, TRUST_RANK[trust], f"{facts} {total}", facts)
        assert answer.outcome == expected

    @rule(id=st.sampled_from(IDS), trust=st.sampled_from(["none", "signed"]))
    def arrive(self, id: str, trust: Trust) -> None:
        """The usual course: an event comes, a worker makes a run of each rule, and begins with one."""
        self.deliver(id, trust, other=False)
        self.take()
        if self.hands:
            self.create_runs(len(self.hands) - 1, set(RULES), self.ask())

    @rule(lane=st.sampled_from([*LANES, "live"]))
    def take(self, lane: str = "live") -> None:
        """A free worker asks for work."""
        self.accept_work(self.ledger.take(self.ask(lane)).work)

    @rule(lane=st.sampled_from(LANES), workers=st.sampled_from([0, 1, 8]))
    def hosts(self, lane: str, workers: int) -> None:
        """Workers come and go, and the quota with them."""
        self.ledger.redis.delete(f"gs:crew:{lane}")
        if workers:
            self.ledger.redis.zadd(f"gs:crew:{lane}", {f"here={workers}": 10**15})
        self.forget_kills()

    @precondition(lambda self: self.hands)
    @rule(data=st.data(), names=st.sets(st.sampled_from(sorted(RULES))), more=st.booleans())
    def dispatch(self, data: st.DataObject, names: set[str], more: bool) -> None:
        """Whoever holds an event, perhaps for too long, creates its runs, and may take the next work."""
        self.create_runs(data.draw(st.integers(0, len(self.hands) - 1)), names, self.ask() if more else None)

    @precondition(lambda self: self.claims)
    @rule(
        data=st.data(),
        outcome=st.sampled_from(["done", "skipped", "failed", "parked", "waiting", "handed_back", "crashed"]),
        more=st.booleans(),
    )
    def finish(self, data: st.DataObject, outcome: str, more: bool) -> None:
        """Whoever has a claim, perhaps one that is over, ends it, and may take the next work."""
        claim = self.claims.pop(data.draw(st.integers(0, len(self.claims) - 1)))
        self.end(claim, outcome, self.ask() if more else None)

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        """A supervisor renews a lease."""
        claim = data.draw(st.sampled_from(self.claims))
        run = self.model.runs[claim.run.id][1]
        (good,) = self.ledger.renew([(claim.run.id, claim.token)], parts.LEASE_MS)
        assert good == (run.token == claim.token)
        if good:
            run.until = self.model.now + parts.LEASE_MS / parts.TICK_MS

    @rule(ticks=st.sampled_from([1, 6, 21, 31]))
    def sweep(self, ticks: int) -> None:
        """Time passes, and the sweep looks."""
        self.pass_time(ticks)

    # -- effects ------------------------------------------------------------------------------------

    @precondition(lambda self: self.claims)
    @rule(
        data=st.data(),
        effect=st.sampled_from(EFFECTS),
        again=st.booleans(),
        ends=st.lists(st.sampled_from(["done", "not_done"]), max_size=2),
    )
    def act(self, data: st.DataObject, effect: str, again: bool, ends: list[str]) -> None:
        """A handler asks to act; its act ends, or nobody knows how, or it is told of twice."""
        claim = data.draw(st.sampled_from(self.claims))
        self.begin(claim, effect, again)
        for state in ends:
            self.effect_ends(claim, effect, state)

    @precondition(lambda self: self.claims and self.model.effects)
    @rule(data=st.data(), happened=st.booleans(), later=st.booleans())
    def check(self, data: st.DataObject, happened: bool, later: bool) -> None:
        """A check looks whether an act took place, perhaps a while later."""
        if later:
            self.pass_time(6)
        claim = data.draw(st.sampled_from(self.claims))
        effect = data.draw(st.sampled_from(sorted(self.model.effects)))
        self.looks(claim, effect, happened)

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        """The API confirms what a claim saw."""
        claim = data.draw(st.sampled_from(self.claims))
        run = self.model.runs[claim.run.id][1]
        expected = self.model.confirm(run, claim.token, self.seen[claim.token], claim.event.rank)
        try:
            self.ledger.confirm(claim, b'{"api": true}')
            assert expected
        except StaleToken:
            assert not expected

    @precondition(lambda self: self.claims and self.model.effects)
    @rule(data=st.data(), effect=st.sampled_from(EFFECTS), state=st.sampled_from(["done", "not_done"]))
    def effect_end(self, data: st.DataObject, effect: str, state: str) -> None:
        """Some handler's act ended, perhaps long ago."""
        self.effect_ends(data.draw(st.sampled_from(self.claims)), effect, state)

    # -- a person -----------------------------------------------------------------------------------

    @precondition(lambda self: self.model.runs)
    @rule(data=st.data(), word=st.sampled_from(["retry", "cancel", "resolve"]), sensible=st.booleans())
    def verdict(self, data: st.DataObject, word: str, sensible: bool) -> None:
        """A person gives a verdict on any run, or on one that waits for it."""
        stuck = {
            id for id, (_, run) in self.model.runs.items() if run.state in ("failed", "parked", "skipped")
        }
        ids = sorted(stuck if sensible and stuck else self.model.runs)
        run = self.model.runs[data.draw(st.sampled_from(ids))][1]
        if self.is_put_off(run):  # the model calls it queued
            return
        if word == "resolve":
            self.resolve(
                run, data.draw(st.sampled_from(sorted(run.effects) or EFFECTS)), data.draw(st.booleans())
            )
        else:
            assert getattr(self.operator, word)(run.id) == getattr(self.model, word)(run)

    @precondition(lambda self: any(event.state == "parked" for event in self.model.events.values()))
    @rule(data=st.data(), verdict=st.sampled_from(["release", "dismiss"]))
    def verdict_on_event(self, data: st.DataObject, verdict: str) -> None:
        """A person gives a verdict on any event."""
        self.judge(self.model.events[data.draw(st.sampled_from(sorted(self.model.events)))], verdict)

    @precondition(lambda self: self.model.events)
    @rule(data=st.data(), name=st.sampled_from(sorted(RULES)), lane=st.sampled_from(LANES))
    def replay(self, data: st.DataObject, name: str, lane: str) -> None:
        """A person runs a rule again."""
        event = self.model.events[data.draw(st.sampled_from(sorted(self.model.events)))]
        if event.round >= 5:
            return
        record, n = record_of(self.ledger, event.id), event.round + 1
        plan = plan_of(event.id, RULES[name], key=key_of(name), n=n)
        told = self.operator.replay(record, [replace(plan, lane=lane)])
        assert told == ("" if event.state in ("dispatched", "settled") else event.state)
        if not told:
            self.model.replay(event, self.new_runs(event, {name}, n))

    @rule(name=st.sampled_from([*RULES]), on=st.booleans())
    def pause(self, name: str, on: bool) -> None:
        """A person pauses a rule, or lets it go on."""
        if on:
            self.operator.pause(name)
            self.model.paused.add(name)
        else:
            self.operator.resume(name)
            self.model.paused.discard(name)

    # -- trouble ------------------------------------------------------------------------------------

    @rule(what=st.sampled_from(["lose", "repeat", "lose all", "lose jobs", "scripts", "rebuild"]))
    def trouble(self, what: str) -> None:
        """Hints are lost or come twice, RQ's keys vanish, scripts are forgotten."""
        redis = self.ledger.redis
        if what == "lose":
            redis.lpop(LIST)
        elif what == "repeat":
            for hint in redis.lrange(LIST, 0, 2):
                redis.rpush(LIST, hint)
        elif what == "scripts":
            redis.script_flush()
        elif what == "rebuild":
            self.operator.rebuild_queue()
        else:
            for key in redis.scan_iter("rq:*" if what == "lose all" else "rq:job:*"):
                redis.delete(key)


def test_the_ledger_does_what_the_model_says(redis_server: EmbeddedRedis) -> None:
    """No interleaving of deliveries, claims, deaths, verdicts and lost hints loses or repeats anything."""
    run_state_machine_as_test(
        lambda: LedgerMachine(redis_server.url),  # type: ignore[arg-type]  # any factory will do
        # Shrinking would take minutes: the whole story that failed is printed as it is.
        settings=settings(
            max_examples=100, stateful_step_count=40, phases=set(Phase) - {Phase.shrink, Phase.explain}
        ),
    )
