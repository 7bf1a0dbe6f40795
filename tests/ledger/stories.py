"""Courses of events that random steps would hardly ever take."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.ledger import parts
from tests.ledger.machine import RULES, Machine

EFFECTS = [f"f{letter * 25}" for letter in "abc"]


class Stories(Machine):
    """Several steps in a row."""

    @precondition(lambda self: self.claims)
    @rule(
        data=st.data(),
        effect=st.sampled_from(EFFECTS),
        outcome=st.sampled_from(["parked", "crashed", "done", "handed_back"]),
        word=st.sampled_from(["check", "resolve"]),
        happened=st.booleans(),
    )
    def doubt(self, data: st.DataObject, effect: str, outcome: str, word: str, happened: bool) -> None:
        """A worker dies in its act, and its outcome is looked for."""
        claim = self.claims.pop(data.draw(st.integers(0, len(self.claims) - 1)))
        self.begin(claim, effect, again=False)
        self.end(claim, outcome, self.ask())
        if word == "check" and self.claims:
            for _ in range(3):
                self.looks(self.claims[-1], effect, happened)
                self.pass_time(6)
        elif word == "resolve":
            self.resolve(self.model.runs[claim.run.id][1], effect, happened)

    @rule(times=st.sampled_from([parts.LOST_BOUND, 1]), ticks=st.sampled_from([21, 0]))
    def vanish(self, times: int, ticks: int) -> None:
        """Worker after worker takes the next work and is never heard of again, or dies at once."""
        for _ in range(times):
            claims = len(self.claims)
            self.accept_work(self.ledger.take(self.ask()).work)
            self.forget_kills()
            if len(self.claims) > claims and not ticks:
                self.end(self.claims.pop(), "crashed", None)
            self.pass_time(ticks)

    @rule(outcome=st.sampled_from(["done", "skipped", "failed", "parked"]), again=st.booleans())
    def come_to_rest(self, outcome: str, again: bool) -> None:
        """All that is queued is carried out, and a person wants one of the runs again."""
        ended = ""
        for _ in range(6):
            self.accept_work(self.ledger.take(self.ask()).work)
            while self.hands:
                self.create_runs(0, set(RULES), None)
            while self.claims:
                ended = self.claims[-1].run.id
                self.end(self.claims.pop(), outcome, None)
        if again and ended and not self.is_put_off(run := self.model.runs[ended][1]):
            assert self.operator.retry(ended) == self.model.retry(run)
