"""Retry policy as data: how often, how long apart and for how long a failing run is tried again.

Pure values: a policy goes with every run into the ledger and through the supervisor's pipe.
"""

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

NOT_FAILURES = ("Control", "RetryLater", "GiveUp", "Park", "StaleToken")


@dataclass(frozen=True, slots=True)
class Retry:
    """How a failing run is tried again: exponential backoff with full jitter, bounded in number and age.

    `attempts` counts the run's failures, the last one included; `base` and `cap` are seconds. `age` is
    seconds since the run was made: a try that would fall due later is not made (None: no such bound).

    `kinds` has other policies by the name of the error's class, or None for "fail at once":
    `kinds={"TimeoutError": Retry(attempts=3), "ValueError": None}`. A subclass counts as its nearest base
    that is named. `"timeout"` is the run's wall-clock limit, `"memory"` its memory limit. There is one
    count of failures for each run, whatever their kinds: it is compared with the policy of the error
    that came last. The outer `age` holds for every kind.
    """

    attempts: int = 25
    base: float = 2.0
    cap: float = 3600.0
    age: float | None = None
    kinds: Mapping[str, "Retry | None"] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if isinstance(self.kinds, Mapping):  # anything else is the author's mistake, to be told at `@on`
            object.__setattr__(self, "kinds", MappingProxyType(dict(self.kinds)))

    def delay(self, failures: int, rng: random.Random) -> float | None:
        """Seconds to wait after the given number of failures, or None when it was the last try."""
        if failures >= self.attempts:
            return None
        return rng.uniform(0, min(self.cap, self.base * 2 ** min(failures, 32)))

    def of_kind(self, names: Iterable[str]) -> "Retry | None":
        """The policy for an error that goes by these names, the nearest first; None: it fails at once."""
        named = next((name for name in names if name in self.kinds), None)
        return self if named is None else self.kinds[named]

    def to_list(self) -> list[Any]:
        """The policy as JSON values; one without age and kinds as the version before this wrote it."""
        plain = [self.attempts, self.base, self.cap]
        if self.age is None and not self.kinds:
            return plain
        named = {name: None if kind is None else kind.to_list() for name, kind in self.kinds.items()}
        return [*plain, self.age, named]

    @classmethod
    def of_list(cls, values: Iterable[Any]) -> "Retry":
        """The policy that `to_list` described."""
        attempts, base, cap, *more = values
        age, kinds = more or (None, {})
        named = {name: None if kind is None else cls.of_list(kind) for name, kind in kinds.items()}
        return cls(attempts, base, cap, age, named)


def mistake(policy: Any) -> str:
    """What the author of a policy got wrong, with the cure, or ''."""
    if not isinstance(policy, Retry):
        return f"{policy!r}: write Retry(attempts=3, base=2)"
    attempts: Any = policy.attempts  # authors' values come as they were written
    kinds: Any = policy.kinds
    if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
        return f"attempts={attempts!r}: count from 1, which means that nothing is tried again"
    for name in ("base", "cap"):
        if not _is_seconds(getattr(policy, name)):
            return f"{name}={getattr(policy, name)!r}: give seconds, 0 or more"
    if policy.age is not None and not (_is_seconds(policy.age) and policy.age):
        return f"age={policy.age!r}: give seconds above 0, or leave it out for no bound"
    if not isinstance(kinds, Mapping):
        return f"kinds={kinds!r}: write kinds={{'TimeoutError': Retry(attempts=3)}}"
    return next(filter(None, (_kind_mistake(name, kind) for name, kind in kinds.items())), "")


def _kind_mistake(name: Any, kind: Any) -> str:
    if isinstance(name, type):
        return f"kinds with the class {name.__name__}: name it as text, {name.__name__!r}"
    if not isinstance(name, str) or not name.isidentifier():
        return f"kinds with {name!r}: name an exception class without its module, such as 'TimeoutError'"
    if name in NOT_FAILURES:
        return f"kinds with {name!r}: a handler says that on purpose, it is no failure; leave it out"
    if kind is None:
        return ""
    if isinstance(kind, Retry) and kind.kinds:
        return f"kinds within the kind {name!r}: list them all in the outer Retry"
    return (wrong := mistake(kind)) and f"for {name!r} {wrong}"


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
