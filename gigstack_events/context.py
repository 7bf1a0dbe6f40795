"""What a handler gets beside its event."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from gigstack_events.errors import GiveUp
from gigstack_events.outcomes import DidNotHappen, Happened

if TYPE_CHECKING:  # a plugin's import, or a script's, need not load redis and structlog
    import structlog

    from gigstack_events.api import Gigstack
    from gigstack_events.effects import Effects
    from gigstack_events.ledger.breaker import Breaker
    from gigstack_events.ledger.turns import Turns


class Context:
    """One run's surroundings.

    `options` is the handler's own pydantic model; `attempt` counts the claims of this run from 1;
    `deadline` is epoch seconds (the process is killed then); `age` is seconds since the run was made;
    `log` is a structlog logger with the event and run bound.
    """

    def __init__(
        self,
        *,
        effects: "Effects",
        log: "structlog.typing.FilteringBoundLogger",
        options: BaseModel,
        attempt: int,
        deadline: float,
        age: float,
        gigstack: "Gigstack | None",
    ) -> None:
        self._effects = effects
        self._gigstack = gigstack
        self.options: Any = options
        self.attempt = attempt
        self.deadline = deadline
        self.age = age
        self.log = log

    @property
    def gigstack(self) -> "Gigstack":
        """The API client, bound to the event's mode and team; it writes only inside `effect`."""
        if self._gigstack is None:
            raise GiveUp("there is no API key for this event's mode")
        return self._gigstack

    def effect(
        self,
        name: str,
        do: Callable[[str], Any],
        *,
        on: str | None = None,
        check: Callable[[], Happened | DidNotHappen] | None = None,
        repeatable: bool = False,
    ) -> Any:
        """Act on the outside world once, and return what `do` returned, as JSON values.

        `do(key)` acts; `key` is an idempotency key for APIs that take one. `on` names the thing acted
        upon (a receipt's id): the act is then done once whichever event, rule or replay asks. Without
        it, once for this event, handler and options. A name with a colon (`receipt:stamp`) is shared
        between handlers. `check()` looks whether the act took place when nobody knows (a time-out, a
        crash); `repeatable=True` says that doing it again is harmless; with neither, such a run is
        parked for a person.
        """
        return self._effects.perform(name, do, on=on, check=check, repeatable=repeatable)

    def in_doubt(self, name: str) -> list[str]:
        """The things (`on`) of this effect on which this run began to act before, outcome unknown.

        Each has to be asked for again, or the run is parked at its end.
        """
        return self._effects.in_doubt(name)

    def tell(self, type: str, rule: str, about: str, facts: Mapping[str, Any]) -> None:
        """Make an event of our own, of an internal `type`, which reaches the rule of this name only.

        Its object has the `facts` and where they come from. It is made once for each `about` (what the word
        is about, and what it says), however many runs tell it; none in shadow, and none by a run that such
        an event or the end of a run has made.
        """
        self._effects.tell(type, rule, about, facts)

    def turns(self, group: str, count: int, every: float) -> "Turns":
        """The turns of a group of this rule: at most `count` messages within any `every` seconds."""
        return self._effects.turns(group, count, every)

    def breaker(self, name: str, bound: int, pause: float) -> "Breaker":
        """Whether a place failed `bound` times in a row; it is left alone for `pause` seconds then."""
        return self._effects.breaker(name, bound, pause)
