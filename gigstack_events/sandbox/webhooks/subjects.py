"""What each type of event is about: the table that its objects are in."""

from typing import TYPE_CHECKING

from gigstack_events.sandbox.tables import Table

if TYPE_CHECKING:
    from gigstack_events.sandbox.state import Sandbox

_TABLES = {
    "payment": "payments",
    "invoice": "invoices",
    "invoice_batch": "batches",
    "receipt": "receipts",
    "customer": "clients",
    "service": "services",
    "sat": "sat_invoices",
    "teams": "teams",
}


def subject(type: str) -> str:
    """Return the name of the table with the objects that events of this type are about."""
    return _TABLES[type.partition(".")[0]]


def table_of(sandbox: "Sandbox", type: str) -> Table:
    """Return the table with the objects that events of this type are about."""
    table: Table = getattr(sandbox, subject(type))
    return table
