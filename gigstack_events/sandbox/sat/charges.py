"""What the SAT's XMLs cost: one line in the journal for each that was paid for, and by which call."""

from typing import TYPE_CHECKING

from gigstack_events.sandbox.tables import Row, Scope

if TYPE_CHECKING:
    from gigstack_events.sandbox.state import Sandbox

PRICE_MXN = 0.20


def charge(sandbox: "Sandbox", scope: Scope, uuid: str, reason: str, source: str) -> None:
    """Charge one XML. Nothing is spared on purpose: who asks twice pays twice, and can be shown it.

    `reason` is request, invoice, import or retry; `source` the id of the request or job, or the number of
    the call.
    """
    sandbox.journal.charge(
        uuid=uuid,
        amount_mxn=PRICE_MXN,
        reason=reason,
        source=source,
        livemode=scope[0],
        team=scope[1],
    )


def cost_of(count: int) -> float:
    """Return what so many XMLs cost, in pesos."""
    return round(count * PRICE_MXN, 2)


def paid_for(call_entry: Row) -> str:
    """Name a call as the source of a charge."""
    return f"call {call_entry['n']}"
