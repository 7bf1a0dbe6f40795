"""The ledger's rules as a plain Python model. Times are ticks of 1,000 s: no second of real time decides."""

from dataclasses import dataclass, field

from tests.ledger.parts import (
    APART_MS,
    CRASH_BOUND,
    DELAY_MS,
    LEASE_MS,
    LOST_BOUND,
    TICK_MS,
    Effect,
    Event,
    Run,
)


@dataclass
class Model:
    """What the ledger holds."""

    now: int = 0
    events: dict[str, Event] = field(default_factory=dict)
    runs: dict[str, tuple[Event, Run]] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    paused: set[str] = field(default_factory=set)
    endings: list[str] = field(default_factory=list)

    def accept(self, id: str, name: str, rank: int, variant: str, facts: str) -> str:
        """A delivery arrives."""
        event = self.events.get(id)
        if event is None:
            self.events[id] = Event(id, name, rank, facts, variant, {variant: rank})
            return "new"
        if event.variants.get(variant, -1) >= rank:
            return "duplicate"
        event.variants[variant] = rank
        if rank <= event.rank:
            if (rank, facts, event.confirmed) == (event.rank, event.facts, False):
                event.variant = variant
            return "duplicate"
        same, event.rank, event.facts, event.variant = variant == event.variant, rank, facts, variant
        event.confirmed = False
        if same and event.state in ("dispatched", "settled"):
            for run in event.runs:
                if (run.state, run.reason) == ("skipped", "trust"):
                    self._reopen(event, run)
        else:
            for run in event.runs:
                if run.state in ("queued", "waiting") and run.attempt == 0 and not run.effects:
                    self._rest(event, run, "cancelled")
            event.state, event.generation, event.until, event.lost = "accepted", event.generation + 1, None, 0
        return "stronger"

    def take_event(self, event: Event) -> int:
        """An event was handed out: it must be there to be dispatched, and in nobody's hands."""
        assert event.state == "accepted"
        assert event.until is None, f"{event.id} was handed out twice"
        event.generation += 1
        event.until = self.now + LEASE_MS / TICK_MS
        return event.generation

    def dispatch(self, event: Event, generation: int, new: list[Run]) -> bool:
        """Runs are created, once."""
        if event.state != "accepted" or event.generation != generation:
            return False
        event.state, event.until, event.lost = "dispatched", None, 0
        self._add(event, new)
        event.settle()
        return True

    def replay(self, event: Event, new: list[Run]) -> None:
        """Runs are created again for an event that was dispatched."""
        event.state = "dispatched"
        self._add(event, new)

    def claim(self, run: Run, token: str) -> None:
        """A run was handed out: nobody else may hold it or its key, and nothing may hold it back."""
        assert run.state == "queued" or (run.state == "waiting" and run.until <= self.now), run
        assert not run.blocked, "n + 1 started while n is open"
        assert run.rule not in self.paused, "a paused rule started"
        holders = [other for _, other in self.runs.values() if other.key == run.key and other.token]
        assert not run.key or not holders, f"two claims of key {run.key}"
        run.state, run.token, run.until = "running", token, self.now + LEASE_MS / TICK_MS
        run.attempt += 1

    def finish(self, run: Run, token: str, outcome: str, code: str, rank: int) -> str:
        """A claim ends; `stale` changes nothing."""
        if run.token != token:
            return "stale"
        if outcome in ("done", "failed", "skipped", "cancelled") and self._in_doubt(run):
            outcome = code = "parked"  # a person has to say whether it happened
        event, run.token, run.reason = self.runs[run.id][0], "", code
        if outcome == "crashed":
            run.crashes += 1
            outcome = "parked" if run.crashes >= CRASH_BOUND else "queued"
        elif outcome == "handed_back":
            run.attempt -= 1
            outcome = "queued"
        else:
            run.lost = run.crashes = 0
        if outcome == "skipped" and code == "trust" and event.rank > rank:
            outcome = "queued"
        if outcome in ("queued", "waiting"):
            run.state, run.until = outcome, self.now + DELAY_MS / TICK_MS
        else:
            self._rest(event, run, outcome)
        return outcome

    def sweep(self) -> None:
        """What is due is queued; leases that are over end their claims."""
        for event in self.events.values():
            if event.until is not None and event.until <= self.now:
                event.until = None
                event.generation += 1
                event.lost += 1
                event.state = "parked" if event.lost >= LOST_BOUND else event.state
        for event, run in self.runs.values():
            if run.state == "waiting" and run.until <= self.now:
                run.state = "queued"
            elif run.state == "running" and run.until <= self.now:
                run.token = ""
                run.lost += 1
                run.state = "queued"
                if run.lost >= LOST_BOUND:
                    self._rest(event, run, "parked")

    def effect_start(self, run: Run, token: str, id: str, again: bool) -> str:
        """Somebody asks to act."""
        if run.token != token:
            return "stale"
        effect = self.effects.get(id)
        if effect and effect.state in ("done", "said"):
            run.effects.add(id)
            return "done"
        started = effect is not None and effect.state == "started"
        if effect and started and effect.token == token:
            return "twice"
        if effect and started and self.runs[effect.run][1].token == effect.token:
            return "busy"
        run.effects.add(id)
        if started and not again:
            return "unknown"
        self.effects[id] = Effect("started", run.id, token, again, self.now)
        return "go"

    def effect_end(self, run: Run, token: str, id: str, state: str) -> bool:
        """An act ended; False where it is not this claim's."""
        effect = self.effects.get(id)
        if run.token != token or effect is None or effect.token != token:
            return False
        if effect.state != "started":
            return effect.state == state  # told again
        effect.state = state
        if state == "done":
            run.crashes = 0
        return True

    def effect_answer(self, run: Run, token: str, id: str, answer: str) -> str:
        """A check says whether an act took place: the same twice settles it."""
        act = self.effects.get(id)
        if run.token != token:
            return "stale"
        if act is None or act.state != "started":
            return act.state.replace("said", "done") if act else "not_done"
        if self.now < act.started + DELAY_MS / TICK_MS:
            return "wait"
        if act.answer != answer:
            act.answer, act.answered = answer, self.now
            return "wait"
        if self.now < act.answered + APART_MS / TICK_MS:
            return "wait"
        act.state, act.token, act.answer = "done" if answer == "happened" else "not_done", "", ""
        return act.state

    def confirm(self, run: Run, token: str, variant: str, rank: int) -> bool:
        """The API agrees with what a claim saw; False where the claim is over."""
        event = self.runs[run.id][0]
        if run.token == token and (variant, rank) == (event.variant, event.rank):
            event.confirmed = True
        return run.token == token

    def judge(self, event: Event, verdict: str) -> str:
        """A person's verdict on an event that was not dispatched."""
        if event.state != "parked":
            return event.state
        event.lost = 0
        event.state = "accepted" if verdict == "release" else "dispatched"
        event.generation += verdict == "release"
        event.settle()
        return ""

    def keeps(self, id: str) -> bool:
        """Whether an act stays: a run that leans on it is not at rest, or nobody knows its outcome."""
        act = self.effects[id]
        leaning = [run for _, run in self.runs.values() if id in run.effects]
        doubtful = act.state == "started" and not act.harmless and self.runs[act.run][1].state != "cancelled"
        return doubtful or any(not self.runs[run.id][0].at_rest for run in leaning)

    def retry(self, run: Run) -> str:
        """A person opens a run again; '' or the state that it stays in."""
        if run.state not in ("failed", "parked", "skipped"):
            return run.state
        run.crashes = run.lost = 0
        self._reopen(self.runs[run.id][0], run)
        return ""

    def cancel(self, run: Run) -> str:
        """A person takes a run out; '' or the state that it stays in."""
        if run.state not in ("queued", "waiting", "failed", "parked"):
            return run.state
        self._rest(self.runs[run.id][0], run, "cancelled")
        return ""

    def resolve(self, run: Run, id: str, happened: bool) -> str:
        """A person settles an act of unknown outcome."""
        if run.state not in ("parked", "failed", "waiting"):
            return run.state
        effect = self.effects.get(id)
        if effect is None or effect.state not in ("started", "said"):
            return "settled"
        if effect.token and self.runs[effect.run][1].token == effect.token:
            return "busy"
        effect.state, effect.token = "said" if happened else "not_done", ""
        if any(self.effects[other].state == "started" for other in run.effects):
            return "more"
        run.crashes = run.lost = 0
        self._reopen(self.runs[run.id][0], run)
        return "queued"

    def _in_doubt(self, run: Run) -> bool:
        acts = (self.effects[id] for id in run.effects)
        return any(act.state == "started" and act.run == run.id and not act.harmless for act in acts)

    def _add(self, event: Event, new: list[Run]) -> None:
        event.round += 1
        event.runs += new
        self.runs |= {run.id: (event, run) for run in new}

    def _rest(self, event: Event, run: Run, state: str) -> None:
        run.state, run.token = state, ""
        self.endings += [f"{run.id}-{state}"] * (state in ("failed", "parked"))
        event.settle()

    def _reopen(self, event: Event, run: Run) -> None:
        run.state = "queued"
        event.state = "dispatched" if event.state == "settled" else event.state
