"""One play's world: an empty ledger, a new sandbox, and a handler that is watched in it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gigstack_events.events import Event, Trust
from gigstack_events.routing import Handler
from gigstack_events.testing.bench import LEASE_S, Bench, meant_for, rule_for
from gigstack_events.testing.dying import Act, Acts, Death, Died, NotingLedger
from gigstack_events.testing.local import LocalGigstack
from gigstack_events.testing.runs import Run
from gigstack_events.testing.watching import Watch, watching

_MOST_ROUNDS = 1000
_COSTLY = ("sat.fetch_invoice", "teams.onboarding_url")  # reads that are acts


@dataclass(frozen=True, slots=True)
class Case:
    """What is played: a handler with its options, an event of a type."""

    bench: Bench
    handler: Handler
    event: str
    options: dict[str, Any]
    given: "Callable[[World], Event] | None"
    acts: Callable[[], Sequence[object]] | None
    trust: Trust
    seed: int
    harmless: Sequence[str] = ()


class World:
    """What `given` arranges: `gigstack` is the sandbox, `make_event` makes an event of the play's mode."""

    def __init__(self, case: Case, *, death: Death | None = None) -> None:
        self._case = case
        self.gigstack: LocalGigstack = case.bench.gigstack
        self.make_event = self.gigstack.event
        self.bench = case.bench
        self.bench.clear()
        self.gigstack.begin(case.seed)
        self.rule = rule_for(case.handler, case.options)
        self.watch = Watch(case.handler, own=self.gigstack.url, harmless=case.harmless)
        self.handler = self.watch.handler
        self.acts = Acts(lambda: len(self.calls()))
        self.ledger = NotingLedger(self.bench.ledger, self.acts, death)
        self.recorded_before = len(case.acts()) if case.acts else 0
        self.calls_before = 0

    def arrange(self, *, livemode: bool = True) -> Event:
        """Make the event as `given` says; what was called for that is not the handler's."""
        self.gigstack.livemode = livemode
        event = self._case.given(self) if self._case.given else self.make_event(self._case.event)
        self.calls_before = len(self.calls())
        return meant_for(self.rule, event)

    def calls(self) -> list[dict[str, Any]]:
        """The sandbox's journal of calls, as it is."""
        return self.gigstack.sandbox.journal.calls

    def own_calls(self) -> list[dict[str, Any]]:
        """The calls that the handler made."""
        return self.calls()[self.calls_before :]

    def deliver(self, event: Event) -> str:
        """Accept a delivery; returns the event's internal id."""
        return self.bench.deliver(event, self._case.trust)

    def work(self) -> None:
        """Carry out what is due; a process that dies is followed by the next, once its lease is over."""
        try:
            with watching(self.watch):
                self.bench.work(self.handler, self.rule, self.ledger)
        except Died:
            self.ledger = NotingLedger(self.bench.ledger, self.acts)
            self.bench.pass_time(LEASE_S + 1)

    def settle(self, event: Event) -> Run:
        """Deliver the event and let time pass until its run is at rest, or will never be."""
        self.deliver(event)
        for _ in range(_MOST_ROUNDS):
            self.work()
            run = self.look(event)
            if run.is_at_rest:
                break
            self.bench.pass_time(run.again_in or 1.0)
        return run

    def look(self, event: Event) -> Run:
        """The run as it is now."""
        return self.bench.look(self.handler, self.rule, event)

    def done_twice(self) -> list[str]:
        """What was done more often than once, though nothing allowed it."""
        self.acts.close(self._acted)
        twice = [f"{act} was done {act.times} times" for act in self.acts.known.values() if _too_often(act)]
        return twice + [
            f"{thing} was recorded {n} times: do it inside ctx.effect(...)"
            for thing, n in self._recorded()
            if n > 1
        ]

    def done(self) -> Counter[str]:
        """How many acts of each name took place; a repetition is the same act."""
        self.acts.close(self._acted)
        return Counter(act.name for act in self.acts.known.values() if act.times)

    def outside(self) -> list[str]:
        """What was done outside the effects."""
        return list(dict.fromkeys(f"outside ctx.effect: {what}" for what in self.watch.outside))

    def never_done(self) -> list[str]:
        """What the ledger has as done, on the word of a check, though it was never done."""
        return [
            f"{act}: its check said that it happened, but it did not"
            for act in self.acts.known.values()
            if act.on_record and not act.times
        ]

    def look_at_records(self, run: Run) -> None:
        """Note which acts are on record as done."""
        done = {(effect.name, effect.on) for effect in run.effects if effect.state == "done"}
        for act in self.acts.known.values():
            act.on_record = (act.name, act.on) in done

    def _recorded(self) -> list[tuple[str, int]]:
        if self._case.acts is None:
            return []
        allowed = any(act.repeats for act in self.acts.known.values())
        recorded = list(self._case.acts())[self.recorded_before :]
        return [] if allowed else list(Counter(map(_shown, recorded)).items())

    def _acted(self, since: int, until: int) -> bool:
        return any(map(_is_act, self.calls()[since:until]))


def _too_often(act: Act) -> bool:
    return act.times > 1 and not act.repeats


def _is_act(call: dict[str, Any]) -> bool:
    return bool(call["acted"]) and (call["method"] not in ("GET", "HEAD") or call["op"] in _COSTLY)


def _shown(thing: object) -> str:
    return repr(thing)[:200]
