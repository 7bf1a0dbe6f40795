"""From what a call says about an invoice to the fields that one is made of."""

from gigstack_events.sandbox.invoicing.issuers import issuer_info
from gigstack_events.sandbox.invoicing.xml_reading import parse_xml
from gigstack_events.sandbox.replies import invalid
from gigstack_events.sandbox.sales.clients import payer
from gigstack_events.sandbox.sales.items import priced
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

TERMS = (
    "currency", "exchange_rate", "use", "payment_form", "payment_method", "payment_conditions", "series",
    "folio_number", "automation_type", "related_documents", "global", "exports", "complements", "addenda",
    "invoice_pdf_notes", "emails", "idempotency_key", "metadata",
)  # fmt: skip


def invoice_fields(sandbox: Sandbox, scope: Scope, body: Row, kind: str) -> Row:
    """Return what an invoice is made of: its client's row, whole items, and the terms that were given."""
    terms = invoice_terms(body)
    return {
        **terms,
        "invoice_type": kind,
        "items": priced(sandbox, scope, body.get("items")),
        "client": payer(sandbox, scope, body.get("client")),
    }


def transfer_body(sandbox: Sandbox, scope: Scope, body: Row) -> Row:
    """Complete what is said about a transfer: goods need no price, and stay with the issuer."""
    items = [{"unit_price": 0, **item} for item in body["items"]]
    issuer = issuer_info(sandbox, scope)
    own = {**issuer, "name": issuer["legal_name"], "address": {"zip": issuer["zip"]}}
    own["search"] = {"on_key": "tax_id", "on_value": issuer["tax_id"], "auto_create": True}
    return {**body, "items": items, "client": body.get("client") or own}


def invoice_terms(body: Row) -> Row:
    """Pick the terms out of a call's body; XML in it has to be whole."""
    for at, text in _fragments(body):
        try:
            parse_xml(text.encode())
        except ValueError as error:
            raise invalid(f"{at}: the XML is no good: {error}", at) from None
    return {name: body[name] for name in TERMS if body.get(name) is not None}


def _fragments(body: Row) -> list[tuple[str, str]]:
    found = [("addenda", body["addenda"])] if body.get("addenda") else []
    return found + [("complements", row["data"]) for row in body.get("complements") or []]
