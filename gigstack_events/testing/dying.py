"""A ledger that notes each act as it begins and ends, and that dies with its process at a chosen one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from gigstack_events.ledger import Ledger

Moment = Literal["before", "after", "recorded"]
"""When the process dies: before the act, after it and before its record, after its record."""


class Died(BaseException):
    """The process is gone: nothing of it writes any more."""


@dataclass(slots=True)
class Act:
    """One effect: how often its `do` ran to its end, and what is known of it.

    `repeats` says that a repetition was allowed (`repeatable`), `on_record` that the ledger has it as done.
    """

    id: str
    name: str
    on: str
    times: int = 0
    repeats: bool = False
    on_record: bool = False

    def __str__(self) -> str:
        return f"{self.name!r} on {self.on!r}" if self.on else repr(self.name)


@dataclass(slots=True)
class Death:
    """Die at the n-th act that is begun, counted from 0."""

    at: int
    moment: Moment


@dataclass(slots=True)
class Acts:
    """All acts of one play, by identity, in the order in which they were begun.

    `calls` counts the sandbox's calls: of an act whose end nobody knows, its journal does.
    """

    calls: Callable[[], int]
    known: dict[str, Act] = field(default_factory=dict)
    open: Act | None = None
    _since: int = 0
    _unknown: list[tuple[Act, int, int]] = field(default_factory=list)

    def begin(self, id: str, name: str, on: str, repeats: bool) -> None:
        """The ledger has allowed an act."""
        self.leave()
        self.open = self.known.setdefault(id, Act(id, name, on))
        self.open.repeats |= repeats
        self._since = self.calls()

    def end(self, done: bool) -> None:
        """The act's end is known."""
        if self.open is not None and done:
            self.open.times += 1
        self.open = None

    def leave(self) -> None:
        """Whatever is under way has ended, and nobody knows how."""
        if self.open is not None:
            self._unknown.append((self.open, self._since, self.calls()))
        self.open = None

    def close(self, acted: Callable[[int, int], bool]) -> None:
        """Count the acts of unknown end that took place: `acted` looks at the calls from one to another."""
        self.leave()
        for act, since, until in self._unknown:
            act.times += acted(since, until)
        self._unknown.clear()


class NotingLedger(Ledger):
    """The ledger of one play. After `death` it answers nothing more; `revive` is the next process."""

    def __init__(self, ledger: Ledger, acts: Acts, death: Death | None = None) -> None:
        super().__init__(ledger.redis)
        self._acts = acts
        self._death = death
        self._begun = 0
        self.died = False

    def effect_start(self, *args: Any, **how: Any) -> list[Any]:
        """Ask to act; note a yes."""
        reply = super().effect_start(*args, **how)
        if reply[0] == "go":
            self._acts.begin(args[2], args[3], args[4], bool(how.get("again")))
            self._begun += 1
            self._die("before")
        return reply

    def effect_end(self, run: str, token: str, effect: str, state: str, result: str) -> None:
        """Record an act's end; note it."""
        if self._acts.open is not None and self._acts.open.id == effect:
            self._acts.end(state == "done")
            if state == "done":
                self._die("after")
        super().effect_end(run, token, effect, state, result)
        self._die("recorded")

    def _run(self, name: str, *args: Any) -> Any:
        if self.died:
            raise Died
        return super()._run(name, *args)

    def _die(self, moment: Moment) -> None:
        if self._death and self._death.moment == moment and self._begun == self._death.at + 1:
            self._fall(moment)

    def _fall(self, moment: Moment) -> NoReturn:
        if moment == "before":
            self._acts.end(False)
        self.died = True
        self.redis = _Gone()  # type: ignore[assignment]  # whatever is asked of it
        raise Died


class _Gone:
    def __getattr__(self, name: str) -> NoReturn:
        raise Died
