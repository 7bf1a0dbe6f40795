"""Documented fields that nobody asked for: an answer has them, null where there is nothing."""

import copy
from typing import Any

from gigstack_events.sandbox.invoicing.lines import lines
from gigstack_events.sandbox.tables import Row

_OWNER = "user_sandbox"
_FIELDS: dict[str, dict[str, Any]] = {
    "client": {"from": "api", "owner": _OWNER, "sat_status": None},
    "payment": {
        "from": "api",
        "owner": _OWNER,
        "allowed_payment_methods": [],
        "emails": [],
        "payments": [],
        "invoice_config": None,
        "idempotency_key": None,
        "payment_processor": None,
    },
    "receipt": {
        "from": "api",
        "owner": _OWNER,
        "short_url": None,
        "invoice_config": None,
        "idempotency_key": None,
        "files": None,
        "total_refunded": 0.0,
    },
}
_ITEM = ("id", "sku", "unit_name", "discount", "taxability", "third_party", "item_complement")


def complete(kind: str, row: Row) -> Row:
    """Add what is missing to a new client, payment or receipt, and to its items."""
    for name, default in _FIELDS[kind].items():
        row.setdefault(name, copy.copy(default))
    if items := row.get("items"):
        row["items"] = [_whole(row, item, line.taxes) for item, line in zip(items, lines(items), strict=True)]
    return row


def _whole(row: Row, item: Row, worked: tuple[Any, ...]) -> Row:
    taxes = item.get("taxes") or []
    bases = [float(tax.base) for tax in worked] or [0.0] * len(taxes)  # what is not taxed has no base
    given = [{"inclusive": False, **tax, "base": base} for tax, base in zip(taxes, bases, strict=True)]
    origin = {"from": "api", "team": row["team"], "created_at": row.get("created_at")}
    return {**dict.fromkeys(_ITEM), **origin, **item, "taxes": given}
