"""Steering the SAT from outside: what a test or a demo wants it to have, to be, or to fail at."""

from typing import TYPE_CHECKING

from gigstack_events.sandbox.replies import missing
from gigstack_events.sandbox.sat.accounts import find_account, keep_account, set_fiel, set_registration
from gigstack_events.sandbox.sat.dates import day_of, moment, months_later, read_day
from gigstack_events.sandbox.sat.holdings import find_mirrored, hold
from gigstack_events.sandbox.schemas import check, sat_steering
from gigstack_events.sandbox.tables import TEAM, Row, Scope

if TYPE_CHECKING:
    from gigstack_events.sandbox.state import Sandbox

_FAILURE = "Error 404: el SAT no pudo procesar la solicitud"


async def steer(sandbox: "Sandbox", body: Row) -> Row:
    """Set up the SAT for a team in a mode; all wishes may come together.

    `ready` uploads a FIEL, registers and activates at once. `activation` is one of the four states.
    `invoices` are to be added: how many, or a list of fields that matter, such as `date` (YYYY-MM-DD),
    `direction`, `uuid`, `status`, `issuer_info` and `items`. `fail_next` lets the next request fail: true,
    or its message. `expire` is the id of a request whose package is gone. `lose_xml` is the UUID of a
    mirrored invoice whose XML is missing; with `retry_status` 422 or 502 its next retry fails so.
    """
    check(sat_steering.Steer, body)
    scope: Scope = (body.get("livemode", True), body.get("team") or TEAM)
    _set_account(sandbox, scope, body)
    added = [hold(sandbox, scope, _fields(wanted)) for wanted in _wanted(body.get("invoices", 0))]
    if id := body.get("expire"):
        _expire(sandbox, scope, id)
    if uuid := body.get("lose_xml"):
        _lose_xml(sandbox, scope, uuid.upper(), body.get("retry_status"))
    return {
        "activation": find_account(sandbox, scope)["activation"],
        "invoices": [row["uuid"] for row in added],
    }


def _set_account(sandbox: "Sandbox", scope: Scope, body: Row) -> None:
    if body.get("ready"):
        make_ready(sandbox, scope)
    account = find_account(sandbox, scope)
    account["activation"] = body.get("activation") or account["activation"]
    if wish := body.get("fail_next"):
        account["fail_next"] = _FAILURE if wish is True else wish
    keep_account(sandbox, scope, account)


def make_ready(sandbox: "Sandbox", scope: Scope) -> None:
    """Upload a FIEL, register the business and activate the downloads, all at once."""
    account = find_account(sandbox, scope)
    set_fiel(sandbox, scope, account, b"ready")
    start = months_later(day_of(sandbox.now_ms()), -12).isoformat()
    set_registration(sandbox, account, {"phone": "+525512345678", "sync_start_date": start})
    account["activation"] = "active"
    keep_account(sandbox, scope, account)


def _wanted(invoices: int | list[Row]) -> list[Row]:
    return [{} for _ in range(invoices)] if isinstance(invoices, int) else invoices


def _fields(wanted: Row) -> Row:
    given = {name: value for name, value in wanted.items() if value is not None}
    if "date" in given:
        given["date"] = moment(read_day(given["date"], "date"), 12, 0)
    return given


def _expire(sandbox: "Sandbox", scope: Scope, id: str) -> None:
    row = sandbox.sat_requests.find(scope, id)
    if row is None:
        raise missing("Request", id)
    row |= {"expiresAt": sandbox.now_ms(), "fetched": False}
    sandbox.sat_requests.keep(row)


def _lose_xml(sandbox: "Sandbox", scope: Scope, uuid: str, status: int | None) -> None:
    row = find_mirrored(sandbox, scope, uuid)
    if row is None:
        raise missing("SAT invoice", uuid)
    row |= {"has_xml": False, "resource_status": "error"}
    sandbox.sat_invoices.keep(row)
    if status is not None:
        account = find_account(sandbox, scope)
        account["xml_refusals"][row["uuid"]] = status
        keep_account(sandbox, scope, account)
