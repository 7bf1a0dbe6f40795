"""Faults on request: how calls go wrong, for which operations, how often."""

import random
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from gigstack_events.sandbox.replies import invalid

Kind = Literal["429", "500", "slow", "lost", "reset"]
When = Literal["before", "after"]


@dataclass(slots=True)
class Fault:
    """One way to go wrong.

    `429` refuses, with `retry_after` as a header where given. `500` fails, as JSON or HTML (`body`, a
    seeded choice where not given), before the act or after it (`when`). `slow` waits `seconds` before
    or after the act. `lost` closes the connection without an answer, after the act or, where `when` is
    before, `seconds` before it; `reset` closes it and does not act. `op` is an operation or a pattern
    such as `receipts.*`; `times` bounds how often.
    """

    kind: Kind
    op: str = "*"
    probability: float = 1.0
    times: int | None = None
    seconds: float = 1.0
    retry_after: float | None = None
    body: Literal["json", "html"] | None = None
    when: When | None = None


class Faults:
    """The faults that are switched on; the first that matches and is drawn applies."""

    def __init__(self, seed: int) -> None:
        self.active: list[Fault] = []
        self._random = random.Random(f"{seed}:faults")  # noqa: S311 - seeded choices, not secrets

    def add(self, wanted: dict[str, Any]) -> Fault:
        """Switch a fault on."""
        try:
            fault = Fault(**wanted)
        except TypeError as error:
            raise invalid(f"not a fault: {error}") from None
        fault.when = fault.when or ("after" if fault.kind == "lost" else "before")
        if fault.kind not in get_args(Kind) or fault.when not in get_args(When):
            raise invalid(f"kind is one of {', '.join(get_args(Kind))}; when is before or after")
        self.active.append(fault)
        return fault

    def clear(self) -> None:
        """Switch all faults off."""
        self.active.clear()

    def draw(self, op: str) -> Fault | None:
        """Choose the fault, if any, that this call meets."""
        for fault in self.active:
            if fault.times == 0 or not fnmatchcase(op, fault.op):
                continue
            if self._random.random() < fault.probability:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def html(self, fault: Fault) -> bool:
        """Tell whether a failure of this fault answers in HTML."""
        return fault.body == "html" if fault.body else self._random.random() < 0.5
