"""Retentions in the sandbox: documents of taxes that were held back from somebody."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from gigstack_events.catalogs import TAXES
from gigstack_events.sandbox.invoicing.fiscal import objection, refusal, wanted_error
from gigstack_events.sandbox.invoicing.invoice_files import show_files
from gigstack_events.sandbox.invoicing.invoice_rules import FOREIGN_PUBLIC, GENERIC_RECEIVERS
from gigstack_events.sandbox.invoicing.issuers import issuer_info
from gigstack_events.sandbox.invoicing.issuing import wait_for_the_sat
from gigstack_events.sandbox.invoicing.lines import cents, number
from gigstack_events.sandbox.invoicing.seals import CERTIFIER
from gigstack_events.sandbox.listing import Test, list_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, invalid, missing, ok
from gigstack_events.sandbox.sales.clients import resolve
from gigstack_events.sandbox.schemas.invoices import Files, FilesQuery
from gigstack_events.sandbox.schemas.retentions import (
    Retention,
    RetentionCancelInput,
    RetentionInput,
    RetentionListQuery,
)
from gigstack_events.sandbox.tables import Row

_CODES = {name: code for code, name in TAXES.items()}
_FIRST_MS = 10**11  # in 1973: what is less are seconds
_PAYMENT_TYPES = {"001": "03", "002": "01", "003": "02"}  # definitive payments


def get_retention(call: Call) -> Row:
    """Return the retention that the path names by its UUID."""
    find = call.sandbox.retentions.find
    row = find(call.scope, call.id) or find(call.scope, call.id.upper())
    if row is None:
        raise missing("Retention", call.id)
    return row


async def _list(call: Call) -> Row:
    for end in ("created_gte", "created_lte"):
        if 0 < int(call.query.get(end) or 0) < _FIRST_MS:
            raise invalid(f"{end}: here it is in epoch milliseconds", end)
    status = "canceled" if call.query.get("status") == "cancelled" else call.query.get("status")
    tests: list[Test] = [lambda row: row["status"] == status] if status else []
    return list_page(call, call.sandbox.retentions, equal=("retention_key",), tests=tests)


async def _create(call: Call) -> Row:
    body, client = call.body, resolve(call, call.body.get("client"))
    _refuse_unfit(body, client)
    await wait_for_the_sat(call.sandbox)
    uuid, now = str(uuid4()).upper(), call.sandbox.now_ms()
    foreign = client.get("tax_id") == FOREIGN_PUBLIC
    issuer = issuer_info(call.sandbox, call.scope)
    row: Row = {
        "id": uuid,
        "uuid": uuid,
        "status": "valid",
        "document_type": "retenciones",
        "retention_key": body["retention_key"],
        "folio_number": _next_folio(call),
        "series": "RET",
        "client": {"id": client["id"]},
        "issuer": issuer,
        "receiver": {
            "legal_name": client.get("legal_name"),
            "tax_id": client.get("tax_id"),
            "nationality": "Extranjero" if foreign else "Nacional",
            "zip": (client.get("address") or {}).get("zip"),
        },
        "period": {name: body[f"period_{name}"] for name in ("start", "end", "year")},
        "totals": _totals(body),
        "platform_services": body.get("platform_services"),
        "stamp": {"uuid": uuid, "stamped_at": _iso(now), "provider": CERTIFIER},
        "cancellation": None,
        "verification_url": "https://prodretencionverificacion.clouda.sat.gob.mx/"
        f"?id={uuid}&re={issuer['tax_id']}&rr={client.get('tax_id')}",
        "livemode": call.livemode,
        "team": call.team,
        "created_at": now,
    }
    call.sandbox.retentions.add(call.scope, row)
    return ok(row, "Retention created successfully")


def _refuse_unfit(body: Row, client: Row) -> None:
    if body["period_end"] < body["period_start"]:
        raise invalid("period_end is before period_start", "period_end")
    if (body["retention_key"] == "26") != bool(body.get("platform_services")):
        raise invalid(
            "retention_key 26 needs platform_services, and no other key takes them", "platform_services"
        )
    if number(body.get("total_exempt") or 0) > number(body["total_operation"]):
        raise invalid("total_exempt is more than total_operation", "total_exempt")
    if code := wanted_error(client, body):
        raise refusal(422, code, "the SAT refuses this retention")
    if client.get("tax_id") not in GENERIC_RECEIVERS and (found := objection(client)):
        raise refusal(400, *found)


def _totals(body: Row) -> Row:
    operation, exempt = cents(number(body["total_operation"])), cents(number(body.get("total_exempt") or 0))
    taxes = list(_taxes(body["taxes"]))
    retained = sum((number(tax["amount"]) for tax in taxes), Decimal(0))
    return {
        "total_operation": float(operation),
        "total_taxable": float(operation - exempt),
        "total_exempt": float(exempt),
        "total_retained": float(retained),
        "tax_retained": taxes,
    }


def _taxes(given: list[Row]) -> Iterator[Row]:
    for tax in given:
        code = str(_CODES.get(tax["tax"], tax["tax"]))
        amounts = {name: float(cents(number(tax[name]))) for name in ("base", "amount")}
        yield {"tax": code, **amounts, "payment_type": tax.get("payment_type") or _PAYMENT_TYPES[code]}


def _next_folio(call: Call) -> str:
    last = next((row for _, row in call.sandbox.retentions.walk(call.scope)), None)
    return str(int(last["folio_number"]) + 1 if last else 1)


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


async def _get(call: Call) -> Row:
    return ok(get_retention(call))


async def _files(call: Call) -> Row:
    return show_files(call, get_retention(call))


async def _cancel(call: Call) -> Row:
    row = get_retention(call)
    motive, substitute = call.body.get("motive") or "02", call.body.get("substitution_uuid")
    if row["status"] != "valid":
        raise Problem(400, "operation_not_allowed", "The retention is canceled")
    if motive == "01" and not substitute:
        raise Problem(400, "missing_required_field", "substitution_uuid is required with motive 01")
    row["status"] = "canceled"
    row["cancellation"] = {"motive": motive, "substitution_uuid": substitute,
                           "cancelled_at": call.sandbox.now_ms()}  # fmt: skip
    call.sandbox.retentions.keep(row)
    return ok(row, "Retention canceled successfully")


OPERATIONS = (
    Operation("retentions.list", "GET", "/retentions", _list,
              query=RetentionListQuery, answer=list[Retention | None]),
    Operation("retentions.create", "POST", "/retentions", _create, body=RetentionInput, answer=Retention),
    Operation("retentions.get", "GET", "/retentions/{id}", _get, answer=Retention),
    Operation("retentions.files", "GET", "/retentions/{id}/files", _files, query=FilesQuery, answer=Files),
    Operation("retentions.cancel", "DELETE", "/retentions/{id}", _cancel,
              body=RetentionCancelInput, answer=Retention),
)  # fmt: skip
