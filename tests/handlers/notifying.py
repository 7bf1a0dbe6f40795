"""A bench with the handler `notify`, a sink, and ways to let it die at a chosen moment."""

import pkgutil
from pathlib import Path
from typing import Any

import pytest

from gigstack_events.discovery import discover
from gigstack_events.ledger import Ledger
from gigstack_events.notices.templates import INTERNAL, specimens
from gigstack_events.routing import rule_of
from tests.engine.conftest import Bench
from tests.handlers.sink import Sink
from tests.making import LEASE_MS

HANDLER = discover(Path(__file__).parents[2] / "handlers").handlers["notify"].handler


class Desk(Bench):
    """A bench from which a sink is told."""

    def __init__(self, url: str, ledger: Ledger, patch: pytest.MonkeyPatch) -> None:
        super().__init__(url, ledger)
        self.patch = patch
        self.sink = Sink(ledger.now)
        self.handlers["notify"] = HANDLER
        patch.setenv("GIGSTACK_DESTINATIONS", f'ops = "{self.sink.url}"\nmail = "{self.sink.url}/mail"')
        self.choose()

    def choose(self, **options: Any) -> None:
        """Give the rule options, as settings would."""
        chosen = {"to": ["ops"], **options}
        self.patch.setattr("tests.engine.conftest.rule_of", lambda handler, _: rule_of(handler, chosen))

    def tell(self, id: str, type: str = "payment.succeeded", **changed: Any) -> None:
        """Deliver an event of a type, about a believable object."""
        (event,) = specimens([type])
        # These are for the rule that they name.
        named = {"schedule.due": {"rule": "notify"}, "fiscal_data.missing": {"tell": "notify"}}.get(type, {})
        arrive = self.make if type in INTERNAL else self.deliver
        arrive(id=id, type=type, thing={**event.object, **named, **changed})

    def states(self) -> set[str]:
        """The states that runs are in."""
        return {run.state for run in self.runs()}


class Crash(BaseException):
    """The process is gone: nothing of it writes any more."""


def crash_at(patch: pytest.MonkeyPatch, place: str, *, after: bool) -> None:
    """Let the process die before or after the call of `place`; then it writes nothing more."""
    dead: list[bool] = []

    def dying(plain: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if after:
                plain(*args, **kwargs)
            dead.append(True)
            raise Crash

        return call

    def mute(plain: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if dead:
                raise Crash
            return plain(*args, **kwargs)

        return call

    for method in ("finish", "effect_end"):
        patch.setattr(Ledger, method, mute(getattr(Ledger, method)))
    patch.setattr(place, dying(pkgutil.resolve_name(place)))


def crashed(desk: Desk, place: str, *, after: bool) -> None:
    """Let a worker die with the work that is due, and its lease run out."""
    with desk.patch.context() as patch:
        crash_at(patch, place, after=after)
        with pytest.raises(Crash):
            desk.work()
    desk.work(seconds=LEASE_MS / 1000 + 1)
