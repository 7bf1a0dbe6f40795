"""Invoices made with plain calls."""

from typing import Any

from tests.sandbox.caller import Caller

IVA = {"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False}
ITEM = {"description": "Consultoría", "unit_price": 1000, "quantity": 1, "taxes": [IVA]}


def invoiced(api: Caller, kind: str = "income", **fields: Any) -> Any:
    """Make an invoice of a thousand pesos and its IVA, for a client of its own."""
    body = {"client": {"id": api.client()}, "items": [ITEM], **fields}
    return api("POST", f"/invoices/{kind}", body)


def related(*uuids: str, relationship: str = "01") -> list[dict[str, Any]]:
    """Say what another CFDI has to do with some."""
    return [{"relationship": relationship, "documents": list(uuids)}]
