"""Random interleavings of everything that can happen to the ledger, each step held against the model."""

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.errors import StaleToken
from gigstack_events.events import TRUST_RANK, Trust
from gigstack_events.ledger.ids import event_id
from tests.ledger import model
from tests.ledger.machine import RULES, Machine, key_of
from tests.making import accept, body_of, plan_of, record_of

IDS = [f"evt_{n}" for n in range(4)]
EFFECTS = [f"f{letter * 25}" for letter in "abc"]
LIST = "rq:queue:gigstack-live"


class LedgerMachine(Machine):
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
        expected = self.model.accept(event_id("body", id), TRUST_RANK[trust], f"{facts} {total}", facts)
        assert answer.outcome == expected

    @rule(id=st.sampled_from(IDS))
    def arrive(self, id: str) -> None:
        """The usual course: an event comes, and a worker makes a run of each rule."""
        self.deliver(id, "signed", other=False)
        self.take()
        if self.hands:
            self.create_runs(len(self.hands) - 1, set(RULES), None)

    @rule()
    def take(self) -> None:
        """A free worker asks for work."""
        self.accept_work(self.ledger.take(self.ask()).work)

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
        (good,) = self.ledger.renew([(claim.run.id, claim.token)], model.LEASE_MS)
        assert good == (run.token == claim.token)
        if good:
            run.until = self.model.now + model.LEASE_MS / model.TICK_MS

    @rule(ticks=st.sampled_from([1, 6, 21, 31]))
    def sweep(self, ticks: int) -> None:
        """Time passes, and the sweep looks."""
        self.pass_time(ticks)

    # -- effects ------------------------------------------------------------------------------------

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), effect=st.sampled_from(EFFECTS), again=st.booleans())
    def effect_start(self, data: st.DataObject, effect: str, again: bool) -> None:
        """A handler asks to act."""
        claim = data.draw(st.sampled_from(self.claims))
        run = self.model.runs[claim.run.id][1]
        expected = self.model.effect_start(run, claim.token, effect, again)
        try:
            answer = self.ledger.effect_start(claim.run.id, claim.token, effect, "act", effect, again=again)[
                0
            ]
        except StaleToken:
            answer = "stale"
        assert answer == expected

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), effect=st.sampled_from(EFFECTS), state=st.sampled_from(["done", "not_done"]))
    def effect_end(self, data: st.DataObject, effect: str, state: str) -> None:
        """A handler's act ended."""
        claim = data.draw(st.sampled_from(self.claims))
        run = self.model.runs[claim.run.id][1]
        expected = self.model.effect_end(run, claim.token, effect, state)
        try:
            self.ledger.effect_end(claim.run.id, claim.token, effect, state, "1")
            assert expected
        except StaleToken:
            assert not expected

    # -- a person -----------------------------------------------------------------------------------

    @precondition(lambda self: self.model.runs)
    @rule(
        data=st.data(), word=st.sampled_from(["retry", "cancel", "resolve"]), effect=st.sampled_from(EFFECTS)
    )
    def verdict(self, data: st.DataObject, word: str, effect: str) -> None:
        """A person gives a verdict on any run."""
        run = self.model.runs[data.draw(st.sampled_from(sorted(self.model.runs)))][1]
        if self.is_put_off(run):  # the model calls it queued
            return
        if word == "resolve":
            happened = data.draw(st.booleans())
            expected = self.model.resolve(run, effect, happened)
            assert self.operator.resolve(run.id, effect, happened=happened) == expected
        else:
            assert getattr(self.operator, word)(run.id) == getattr(self.model, word)(run)

    @precondition(lambda self: self.model.events)
    @rule(data=st.data(), name=st.sampled_from(sorted(RULES)))
    def replay(self, data: st.DataObject, name: str) -> None:
        """A person runs a rule again."""
        event = self.model.events[data.draw(st.sampled_from(sorted(self.model.events)))]
        if event.round >= 5:
            return
        record, n = record_of(self.ledger, event.id), event.round + 1
        told = self.operator.replay(record, [plan_of(event.id, RULES[name], key=key_of(name), n=n)])
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
            max_examples=150, stateful_step_count=40, phases=set(Phase) - {Phase.shrink, Phase.explain}
        ),
    )
