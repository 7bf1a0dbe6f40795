"""What the model of the ledger consists of. Times are ticks of 1,000 s."""

from dataclasses import dataclass, field

TICK_MS = 1_000_000
LEASE_MS = 20 * TICK_MS + TICK_MS // 2
LOST_AFTER_MS = 30 * TICK_MS + TICK_MS // 2
DELAY_MS = 5 * TICK_MS + TICK_MS // 2
APART_MS = 2 * TICK_MS + TICK_MS // 2
CRASH_BOUND, LOST_BOUND = 3, 4
OPEN = ("queued", "running", "waiting")


@dataclass
class Run:
    """One run. `token` is that of its current claim; `until` is when lease or wait are over, in ticks."""

    id: str
    rule: str
    key: str
    after: "Run | None"
    state: str = "queued"
    token: str = ""
    until: float = 0
    attempt: int = 0
    crashes: int = 0
    lost: int = 0
    reason: str = ""
    effects: set[str] = field(default_factory=set)

    @property
    def blocked(self) -> bool:
        """Whether an earlier run of its rule for the event is open: its turn is put off, visibly or not."""
        return self.after is not None and self.after.state in OPEN


@dataclass
class Event:
    """One event. `generation` counts what makes an earlier hint or hand stale."""

    id: str
    name: str
    rank: int
    facts: str
    variant: str
    variants: dict[str, int]
    confirmed: bool = False
    state: str = "accepted"
    generation: int = 0
    until: float | None = None
    round: int = 0
    lost: int = 0
    runs: list[Run] = field(default_factory=list)

    @property
    def at_rest(self) -> bool:
        """Whether its retention has begun: settled, and no person has to look."""
        return self.state == "settled" and not any(run.state in ("failed", "parked") for run in self.runs)

    def settle(self) -> None:
        """At rest are events whose runs all are."""
        if self.state == "dispatched" and not any(run.state in OPEN for run in self.runs):
            self.state = "settled"


@dataclass
class Effect:
    """One act: `state` is started, done, said (to be done, by a person) or not_done; a check gave `answer`
    at `answered`."""

    state: str
    run: str
    token: str
    harmless: bool
    started: int
    answer: str = ""
    answered: int = 0
