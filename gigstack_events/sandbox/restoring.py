"""From the lines of an earlier process back to a sandbox's state."""

from collections.abc import Callable

from gigstack_events.sandbox.invoicing.cfdis import enter
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row


def restore(sandbox: Sandbox) -> None:
    """Take up what the store holds, then let it be written."""
    readers: dict[str, Callable[[Sandbox, Row], object]] = {
        "row": _row, "gone": _gone, "call": _call, "cfdi": _cfdi, "delivery": _delivery,
        "charge": _charge, "clock": _clock,
    }  # fmt: skip
    for line in sandbox.store.read():
        readers[line.pop("kind")](sandbox, line)
    sandbox.store.open()


def _row(sandbox: Sandbox, line: Row) -> None:
    table, row = sandbox.tables[line["table"]], line["row"]
    scope = (line["scope"][0], line["scope"][1])
    # A CFDI keeps its client as it was; elsewhere it is one object: a new address shows everywhere.
    if isinstance(row.get("client"), dict) and line["table"] not in ("invoices", "retentions"):
        row["client"] = sandbox.clients.anywhere(row["client"]["id"]) or row["client"]
    known = table.anywhere(row["id"])
    if known is not None:
        known |= row
        return
    table.add(scope, row)
    sandbox.remember(line["table"], scope, row)


def _gone(sandbox: Sandbox, line: Row) -> None:
    sandbox.tables[line["table"]].remove(line["id"])


def _call(sandbox: Sandbox, line: Row) -> None:
    """A call has a line when it came in, and another one when it was answered."""
    calls, entry = sandbox.journal.calls, line["entry"]
    calls[entry["n"] - 1 :] = [entry, *calls[entry["n"] :]]


def _cfdi(sandbox: Sandbox, line: Row) -> None:
    """The line is the moment of truth: all follows it, whether its process got that far or not."""
    sandbox.journal.take(line["entry"])
    enter(sandbox, line["entry"], line["invoice"])


def _delivery(sandbox: Sandbox, line: Row) -> None:
    sandbox.journal.deliveries.append(line["entry"])
    sandbox.sender.log.take(line["entry"], restored=True)


def _charge(sandbox: Sandbox, line: Row) -> None:
    sandbox.journal.take_charge(line["entry"])


def _clock(sandbox: Sandbox, line: Row) -> None:
    sandbox.clock.ahead_ms = line["ahead"]
