"""What the SAT has of a team: the CFDIs that it made here, and those of its suppliers."""

import random
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

from gigstack_events.sandbox.invoicing.issuers import issuer_info
from gigstack_events.sandbox.invoicing.lines import lines, sums
from gigstack_events.sandbox.invoicing.seals import CERTIFICATE_NUMBER, CERTIFIER
from gigstack_events.sandbox.replies import Problem
from gigstack_events.sandbox.sat.dates import day_of, local_text, months_between
from gigstack_events.sandbox.sat.suppliers import made_up_invoice, made_up_month, suppliers_of
from gigstack_events.sandbox.tables import Row, Scope

if TYPE_CHECKING:
    from gigstack_events.sandbox.state import Sandbox

DIRECTIONS = ("issued", "received")


def held(sandbox: "Sandbox", scope: Scope, direction: str, first: date, last: date) -> list[Row]:
    """Return the invoices of a range of days, oldest first; what suppliers bill is made up when asked for."""
    if direction == "received":
        _fill(sandbox, scope, first, last)
    found = (row for way, row in _all(sandbox, scope) if way == direction)
    return sorted((row for row in found if first <= day_of(date_of(row)) <= last), key=date_of)


def find_held(sandbox: "Sandbox", scope: Scope, uuid: str) -> tuple[str, Row] | None:
    """Return the direction and the invoice of a UUID, if the SAT has it."""
    if (row := sandbox.sat_held.find(scope, uuid.upper())) is not None:
        return row["direction"], row
    row = sandbox.invoices.find(scope, uuid) or sandbox.invoices.find(scope, uuid.upper())
    return ("issued", row) if row is not None else None


def date_of(invoice: Row) -> int:
    """Return an invoice's date in epoch ms; its own date may be in ms or in seconds."""
    given = invoice.get("date") or invoice["created_at"]
    return int(given if given > 10**12 else given * 1000)


def hold(sandbox: "Sandbox", scope: Scope, wanted: Row) -> Row:
    """Add an invoice that the SAT then has; what is not wanted otherwise is made up."""
    choices, now = sandbox.choices("sat added"), sandbox.now_ms()
    supplier, at = choices.choice(_suppliers(sandbox, scope)), wanted.get("date", now)
    invoice = made_up_invoice(choices, supplier, at, len(sandbox.sat_held) + 1)
    issuer = {**invoice["issuer_info"], **wanted.get("issuer_info", {})}
    uuid = str(wanted.get("uuid") or uuid4()).upper()
    invoice |= {**wanted, "id": uuid, "uuid": uuid, "date": at, "issuer_info": issuer}
    invoice |= sums(lines(invoice["items"]))
    if invoice["status"] == "canceled":
        invoice["cancellation"] = {"cancelled_at": now, "motive": "02"}
    if find_held(sandbox, scope, uuid) is not None:
        raise Problem(409, "resource_already_exists", f"The SAT has {uuid} already")
    return _enter(sandbox, scope, invoice, invoice.pop("direction", "received"))


def mirrored(invoice: Row, direction: str) -> Row:
    """Return an invoice as it is mirrored from the SAT."""
    issuer, receiver = invoice.get("issuer_info") or {}, invoice.get("client") or {}
    stamp, cancellation = invoice.get("stamp") or {}, invoice.get("cancellation") or {}
    cancelled = str(invoice.get("status")).startswith("cancel")
    moment = cancellation.get("cancelled_at") if cancelled else None
    return {
        "id": _mirror_id(invoice["uuid"]),
        "uuid": invoice["uuid"],
        "direction": direction,
        "invoice_type": invoice.get("invoice_type") or "I",
        "issuer": {"rfc": issuer.get("tax_id"), "name": issuer.get("legal_name")},
        "receiver": {"rfc": receiver.get("tax_id"), "name": receiver.get("legal_name")},
        **{name: invoice.get(name) for name in ("subtotal", "total", "currency", "exchange_rate", "series")},
        "status": "Cancelado" if cancelled else "Vigente",
        "folio": None if invoice.get("folio_number") is None else str(invoice["folio_number"]),
        "issue_date": local_text(date_of(invoice)),
        "stamp_date": local_text(_moment(stamp.get("stamp_at")) or date_of(invoice)),
        "cancellation_date": local_text(at) if (at := _moment(moment)) else None,
        "pac_rfc": CERTIFIER,
        "version": "4.0",
        "certificate_number": CERTIFICATE_NUMBER,
    }


def find_mirrored(sandbox: "Sandbox", scope: Scope, uuid: str) -> Row | None:
    """Return the mirrored invoice of a UUID, or of the id that its object bears."""
    return sandbox.sat_invoices.find(scope, _mirror_id(uuid))


def _mirror_id(uuid: str) -> str:
    """Return an id of its own: a CFDI that was made here has its UUID as id already."""
    return "satinv_" + uuid.upper().removeprefix("SATINV_")


def _all(sandbox: "Sandbox", scope: Scope) -> Iterator[tuple[str, Row]]:
    yield from (("issued", row) for _, row in sandbox.invoices.walk(scope) if row.get("status") != "draft")
    yield from ((row["direction"], row) for _, row in sandbox.sat_held.walk(scope))


def _fill(sandbox: "Sandbox", scope: Scope, first: date, last: date) -> None:
    """Enter what suppliers have billed by now in the months of a range."""
    now, suppliers = sandbox.now_ms(), _suppliers(sandbox, scope)
    for month in months_between(first, min(last, day_of(now))):
        for invoice in made_up_month(_choices(sandbox, scope, f"{month:%Y-%m}"), suppliers, month):
            if date_of(invoice) <= now and sandbox.sat_held.find(scope, invoice["id"]) is None:
                _enter(sandbox, scope, invoice, "received")


def _enter(sandbox: "Sandbox", scope: Scope, invoice: Row, direction: str) -> Row:
    """Say whose an invoice is, and keep it."""
    team = issuer_info(sandbox, scope)
    other = invoice.get("client") or invoice["issuer_info"]
    us = {"tax_id": team["tax_id"], "legal_name": team["legal_name"], "tax_system": team["tax_system"]}
    if direction == "issued":
        invoice["issuer_info"], client = {**us, "zip": team["zip"]}, other
    else:
        client = {**us, "address": {"zip": team["zip"], "country": "MEX"}}
    invoice["client"] = {"id": None, "use": invoice["use"], **client}
    invoice |= {"direction": direction, "livemode": scope[0], "team": scope[1]}
    return sandbox.sat_held.add(scope, invoice)


def _suppliers(sandbox: "Sandbox", scope: Scope) -> list[Row]:
    return suppliers_of(_choices(sandbox, scope, "suppliers"))


def _choices(sandbox: "Sandbox", scope: Scope, purpose: str) -> random.Random:
    """The same team and mode get the same each time, whenever they ask."""
    seed = f"{sandbox.options.seed}:sat:{scope[1]}:{scope[0]}:{purpose}"
    return random.Random(seed)  # noqa: S311 - choices, not secrets


def _moment(value: object) -> int | None:
    """Read a time in seconds or ms."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return int(value if value > 10**12 else value * 1000)
