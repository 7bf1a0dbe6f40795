"""The contract of handlers, played: duplicates, deaths, faults, odd data, both modes, the time limit.

Each play has a world of its own: an empty ledger, a new sandbox. What counts is what was done, not what the
handler says: acts are counted as the ledger allows them, and against the sandbox's journal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gigstack_events.events import Event, Trust
from gigstack_events.routing import Handler
from gigstack_events.testing.bench import Bench, rule_for
from gigstack_events.testing.plays import NEVER_RESTS, Problem, all_plays
from gigstack_events.testing.worlds import Case, World


class Broken(AssertionError):
    """A handler does not keep the contract; the message says where."""


@dataclass(slots=True)
class Report:
    """What came of it: `plays` were played, `problems` are the broken promises."""

    handler: str
    plays: int = 0
    problems: list[Problem] = field(default_factory=list)

    def insist(self) -> None:
        """Raise Broken unless the contract was kept."""
        if self.problems:
            raise Broken(str(self))

    def __str__(self) -> str:
        if not self.problems:
            return f"{self.handler} keeps the contract ({self.plays} plays)"
        lines = [f"- {problem.play}: {problem.text}" for problem in self.problems]
        return "\n".join([f"{self.handler} breaks the contract ({self.plays} plays):", *lines])


def check_handler(
    bench: Bench,
    handler: Handler,
    event: str,
    *,
    options: Mapping[str, Any] | None = None,
    given: Callable[[World], Event] | None = None,
    acts: Callable[[], Sequence[object]] | None = None,
    harmless: Sequence[str] = (),
    trust: Trust = "signed",
    seed: int = 0,
) -> Report:
    """Play a handler with events of a type under all that can go wrong; see `docs/handlers.md`.

    `given(world)` makes the event, where it takes more than `world.make_event(event)`: the same for each
    play. `acts()` is what a test's own fakes have recorded; what is recorded twice was done twice.
    `harmless` are patterns of what is no act, though it looks like one: `POST */graphql`.
    """
    case = Case(bench, handler, event, dict(options or {}), given, acts, trust, seed, harmless)
    report = Report(rule_for(handler, case.options).handler)
    seen: set[str] = set()
    for play, problems in all_plays(case):
        report.plays += 1
        for text in problems:
            if text not in seen:
                seen.add(text)
                report.problems.append(Problem(play, text))
        if any(text.startswith(NEVER_RESTS) for text in problems):  # to wait for it takes long
            break
    return report
