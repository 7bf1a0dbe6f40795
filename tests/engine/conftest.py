"""An engine on a real ledger, with a stand-in API that a test steers."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from gigstack_events.effect_records import Timing
from gigstack_events.engine import Engine, Work, Worker
from gigstack_events.gates import Gates
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.internal import keep
from gigstack_events.ledger.records import Claim, DispatchWork, RunRecord, fields_of, text
from gigstack_events.limiter import Limiters
from gigstack_events.routing import Handler, on, rule_of
from tests.engine.stand_in import Keys, Watcher
from tests.making import LEASE_MS, accept, body_of, event_of, pass_time, sweep

Act = Callable[[Any, Any], Any]


class Bench:
    """One worker in this process: deliver an event, let it be worked, look at the run."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        self.url = url
        self.ledger = ledger
        self.keys = Keys()
        self.watcher = Watcher()
        self.handlers: dict[str, Handler] = {}
        self.conditions: dict[str, str] = {}
        self.tokens = 0
        self.limiters: Limiters | None = None

    def handler(self, act: Act, *patterns: str, name: str = "act", **fields: Any) -> None:
        """Enable a handler."""
        self.handlers[name] = on(*(patterns or ("payment.succeeded",)), name=name, **fields)(act)

    def deliver(self, *, trust: Any = "signed", **fields: Any) -> None:
        """Accept one delivery."""
        accept(self.url, body_of(**fields), trust=trust)

    def make(self, **fields: Any) -> None:
        """Accept an event of our own, such as `schedule.due`."""
        assert keep(self.ledger, replace(event_of(**fields), id_source="internal"))

    def token(self) -> str:
        """A token that no claim had before."""
        self.tokens += 1
        return f"token-{self.tokens}"

    def work(self, *, seconds: float = 0) -> None:
        """Let time pass, sweep, and carry out all that is due in every lane."""
        pass_time(self.ledger, round(seconds * 1000))
        sweep(self.ledger)
        for lane in ("live", "bulk"):
            engine = self.engine(lane)
            work = engine.take()
            while work is not None:
                work = engine.carry_out(work)

    def take(self) -> Work | None:
        """One piece of work of the live lane, in somebody's hands."""
        return self.engine().take()

    def carry(self, work: Work | None) -> None:
        """Carry one piece of work out, and nothing after it."""
        assert work is not None
        self.engine(stopping=True).carry_out(work)

    def take_run(self) -> Claim:
        """The next run of the live lane; events before it are dispatched."""
        while isinstance(work := self.take(), DispatchWork):
            self.carry(work)
        assert work is not None
        return work

    def effect_states(self) -> list[str]:
        """The state of each effect."""
        keys = self.ledger.redis.scan_iter("gs:effect:*")
        return [text(self.ledger.redis.hget(key, "state") or "") for key in keys]

    def engine(self, lane: str = "live", *, stopping: bool = False) -> Engine:
        """An engine with the handlers of now."""
        return Engine(
            self.ledger,
            Worker("bench", lane, LEASE_MS / 1000),
            self.handlers,
            [
                replace(rule_of(handler, {}), when=self.conditions.get(name, ""))
                for name, handler in self.handlers.items()
            ],
            Gates(self.ledger, self.keys, self.limiters),
            timing=Timing(patience=0.8),
            watch=self.watcher,
            new_token=self.token,
            rng=random.Random(1),
            stopping=lambda: stopping,
        )

    def runs(self) -> list[RunRecord]:
        """All runs, by rule."""
        found = []
        for key in self.ledger.redis.scan_iter("gs:run:*"):
            fields = fields_of(self.ledger.redis.hgetall(key).items())
            found.append(RunRecord.of(text(key).removeprefix("gs:run:"), fields))
        return sorted(found, key=lambda run: (run.rule, run.created))

    def run(self) -> RunRecord:
        """The only run."""
        (run,) = self.runs()
        return run


@pytest.fixture
def bench(redis_url: str) -> Iterator[Bench]:
    """A bench on an empty Redis."""
    ledger = Ledger.at(redis_url)
    yield Bench(redis_url, ledger)
    ledger.redis.close()
