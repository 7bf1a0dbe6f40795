"""Faults on request: how calls and deliveries go wrong, for which of them, how often."""

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from gigstack_events.sandbox.nearest import hint
from gigstack_events.sandbox.replies import invalid
from gigstack_events.sandbox.webhooks.event_types import EVENT_TYPES

CallKind = Literal["429", "500", "slow", "lost", "reset", "drift"]
WebhookKind = Literal["webhook_duplicate", "webhook_late", "webhook_reorder", "webhook_signature"]
Kind = CallKind | WebhookKind
When = Literal["before", "after"]
Body = Literal["json", "html"]
Shape = Literal["extra", "missing", "null"]

_CALL_KINDS: tuple[str, ...] = get_args(CallKind)
_WEBHOOK_KINDS: tuple[str, ...] = get_args(WebhookKind)
_LONGEST = 600


@dataclass(slots=True)
class Fault:
    """One way to go wrong.

    `op` is an operation or a pattern such as `receipts.*`, for the webhook faults an event type or a
    pattern such as `payment.*`. `probability` is drawn from the seed; `times` bounds how often.

    Calls meet the first fault that matches and is drawn:

    - `429` refuses and does not act. `retry_after` is the seconds of its header, None sends none, and
      `either` sends none every second time or so, else `seconds`.
    - `500` fails with `status` (500 to 599), as JSON or HTML (`body`, a seeded choice where not given),
      before the act or after it (`when`).
    - `slow` waits `seconds` before or after the act (`when`).
    - `lost` closes the connection without an answer, after the act or, where `when` is before, `seconds`
      before it.
    - `reset` closes it and does not act.
    - `drift` lets a read (GET) answer as a changed API would: fields that nobody knows, that are missing
      or null, and null rows in lists (`shape`: extra, missing or null; all of them where not given).
      What tells identity stays: id, uuid, livemode, team, idempotency_key.

    Deliveries meet each of these that matches and is drawn:

    - `webhook_duplicate` sends an event once more than it should.
    - `webhook_late` sends it `seconds` late.
    - `webhook_reorder` sends it up to `seconds` late, a seeded choice, so that others overtake it.
    - `webhook_signature` signs one attempt with a wrong secret; it is drawn anew for the next attempt.
    """

    kind: Kind
    op: str = "*"
    probability: float = 1.0
    times: int | None = None
    seconds: float = 1.0
    retry_after: float | Literal["either"] | None = None
    status: int = 500
    body: Body | None = None
    when: When | None = None
    shape: Shape | None = None

    def matches(self, name: str) -> bool:
        """Tell whether it may hit the operation or event of this name."""
        return self.times != 0 and fnmatchcase(name, self.op)


class Faults:
    """The faults that are switched on. `operations` are the names that `op` may match, where known."""

    def __init__(self, seed: int) -> None:
        self.active: list[Fault] = []
        self.operations: tuple[str, ...] = ()
        # Streams of their own: when a delivery happens to run must not change which call fails.
        self.choices = random.Random(f"{seed}:faults")  # noqa: S311 - seeded choices, not secrets
        self.webhook_choices = random.Random(f"{seed}:webhook faults")  # noqa: S311

    def add(self, wanted: dict[str, Any]) -> Fault:
        """Switch a fault on; Problem (400), with the nearest word, where it is none."""
        _check(wanted, self.operations)
        fault = Fault(**wanted)
        fault.when = fault.when or ("after" if fault.kind == "lost" else "before")
        self.active.append(fault)
        return fault

    def clear(self) -> None:
        """Switch all faults off."""
        self.active.clear()

    def draw(self, op: str, *, reads: bool) -> Fault | None:
        """Choose the fault, if any, that this call meets."""
        for fault in self.active:
            fits = fault.kind in _CALL_KINDS and (reads or fault.kind != "drift")
            if fits and fault.matches(op) and _drawn(fault, self.choices):
                return fault
        return None

    def hits(self, kind: WebhookKind, event: str) -> Fault | None:
        """Choose the fault of this kind, if any, that this event's delivery meets."""
        for fault in self.active:
            if fault.kind == kind and fault.matches(event) and _drawn(fault, self.webhook_choices):
                return fault
        return None

    def delay(self, event: str) -> float:
        """Return how many seconds late an event is sent."""
        late, reorder = self.hits("webhook_late", event), self.hits("webhook_reorder", event)
        waits = self.webhook_choices.uniform(0, reorder.seconds) if reorder else 0
        return waits + (late.seconds if late else 0)

    def html(self, fault: Fault) -> bool:
        """Tell whether a failure of this fault answers in HTML."""
        return fault.body == "html" if fault.body else self.choices.random() < 0.5

    def retry_after(self, fault: Fault) -> float | None:
        """Return the seconds of the header of a `429`, or None for no header."""
        if fault.retry_after == "either":
            return fault.seconds if self.choices.random() < 0.5 else None
        return fault.retry_after


def _drawn(fault: Fault, choices: random.Random) -> bool:
    if choices.random() >= fault.probability:
        return False
    if fault.times is not None:
        fault.times -= 1
    return True


def _check(wanted: dict[str, Any], operations: Iterable[str]) -> None:
    for name, value in wanted.items():
        if name not in _FIELDS:
            raise invalid(f"a fault has no {name}; {hint(name, _FIELDS)}", name)
        fits, meaning = _FIELDS[name]
        if not fits(value):
            raise invalid(f"{name} is {meaning}", name)
        if name in _WORDS and value not in (*_WORDS[name], None):
            raise invalid(f"{name} is not {value}; {hint(value, _WORDS[name])}", name)
    if "kind" not in wanted:
        raise invalid(f"kind is required; {hint('', _WORDS['kind'])}", "kind")
    _check_op(wanted.get("op", "*"), EVENT_TYPES if wanted["kind"] in _WEBHOOK_KINDS else operations)


def _check_op(op: str, names: Iterable[str]) -> None:
    known = [*names]
    if known and not any(fnmatchcase(name, op) for name in known):
        raise invalid(f"op {op} matches nothing; {hint(op, known)}", "op")


def _is_number(value: object, least: float, most: float) -> bool:
    return type(value) in (int, float) and least <= value <= most  # type: ignore[operator]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


_WORDS: dict[str, tuple[str, ...]] = {
    "kind": (*_CALL_KINDS, *_WEBHOOK_KINDS),
    "body": get_args(Body),
    "when": get_args(When),
    "shape": get_args(Shape),
}
_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "kind": (_is_text, "a word"),
    "op": (_is_text, "an operation, an event type or a pattern"),
    "probability": (lambda value: _is_number(value, 0, 1), "a number from 0 to 1"),
    "times": (
        lambda value: value is None or (type(value) is int and value >= 0),
        "a whole number, 0 or more",
    ),
    "seconds": (lambda value: _is_number(value, 0, _LONGEST), f"a number from 0 to {_LONGEST}"),
    "retry_after": (
        lambda value: value in (None, "either") or _is_number(value, 0, math.inf),
        "a number of seconds, null or either",
    ),
    "status": (lambda value: type(value) is int and 500 <= value <= 599, "a number from 500 to 599"),
    "body": (_is_text_or_none, "json or html"),
    "when": (_is_text_or_none, "before or after"),
    "shape": (_is_text_or_none, "extra, missing or null"),
}
