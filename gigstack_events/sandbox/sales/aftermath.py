"""What follows a collected payment: receipts, at once or late, and the events that tell of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from gigstack_events.sandbox.sales.receipts import make_receipt
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope
from gigstack_events.sandbox.webhooks.events import new_event
from gigstack_events.sandbox.webhooks.sender import Manner

_COPIED = ("currency", "exchange_rate", "payment_form")


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What follows a collected payment.

    One receipt per group of items; `late` in seconds (None: the sandbox decides), and what is sent.
    """

    groups: list[list[Row]]
    late: float | None = None
    send: bool = True
    receipt_events: bool = False
    manner: Manner = field(default_factory=Manner)


def collect(sandbox: Sandbox, scope: Scope, payment: Row, after: Aftermath) -> Row:
    """Let receipts and events follow a payment; return what will be: receipts, `late`, `event`."""
    late = _lateness(sandbox) if after.late is None else after.late
    ids = [sandbox.receipts.new_id() for _ in after.groups]
    make = partial(_make_receipts, sandbox, scope, payment, list(zip(ids, after.groups, strict=True)))
    if not late:
        payment["receipts"].extend(ids)
        sandbox.payments.keep(payment)
    event = new_event("payment.succeeded", payment, scope) if after.send else None
    tell = _teller(sandbox, scope, after)
    if late:
        sandbox.clock.later(late, lambda: _come(sandbox, payment, make, tell))
    else:
        rows = make()
        if after.receipt_events:
            tell(rows)
    if event is not None:
        sandbox.sender.send(event, after.manner)
    return {"receipts": ids, "late": late, "event": event.id if event else None}


def _lateness(sandbox: Sandbox) -> float:
    choices = sandbox.choices("late")
    late = choices.random() < sandbox.options.late_share
    delay = choices.uniform(*sandbox.options.late)
    return delay if late else 0.0


def _make_receipts(
    sandbox: Sandbox, scope: Scope, payment: Row, wanted: list[tuple[str, list[Row]]]
) -> list[Row]:
    beside = {name: payment[name] for name in _COPIED}
    return [
        make_receipt(
            sandbox, scope, payment["client"], id=id, items=items, payments=[payment["id"]], **beside
        )
        for id, items in wanted
    ]


def _teller(sandbox: Sandbox, scope: Scope, after: Aftermath) -> Callable[[list[Row]], None]:
    def tell(rows: list[Row]) -> None:
        for row in rows if after.send else []:
            sandbox.sender.send(new_event("receipt.created", row, scope), after.manner)

    return tell


def _come(
    sandbox: Sandbox, payment: Row, make: Callable[[], list[Row]], tell: Callable[[list[Row]], None]
) -> None:
    rows = make()
    payment["receipts"].extend(row["id"] for row in rows)
    sandbox.payments.keep(payment)
    tell(rows)
