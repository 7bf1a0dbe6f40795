"""A bulk download as it lives: what the SAT makes of a request as time passes."""

from datetime import date
from typing import TYPE_CHECKING

from gigstack_events.sandbox.sat.accounts import find_account, keep_account
from gigstack_events.sandbox.sat.charges import charge
from gigstack_events.sandbox.sat.dates import local_text
from gigstack_events.sandbox.sat.holdings import date_of, find_mirrored, held
from gigstack_events.sandbox.sat.mirror import mirror
from gigstack_events.sandbox.tables import Row, Scope

if TYPE_CHECKING:
    from gigstack_events.sandbox.state import Sandbox

KEPT_MS = 3 * 86_400_000
"""How long the SAT keeps a package for whoever asked for it."""

_SHOWN = (
    "id", "rfcType", "startDate", "endDate", "status", "invoiceCount", "processedCount", "statusMessage",
    "source", "owner", "latestIssueDate", "earliestIssueDate", "createdAt", "completedAt",
)  # fmt: skip


def submit(
    sandbox: "Sandbox", scope: Scope, first: date, last: date, rfc_type: str, kind: str, source: str
) -> tuple[Row, bool]:
    """Ask the SAT for a range; returns the request, and whether it was there already."""
    key = f"{rfc_type}:{first}:{last}:{kind}"
    earlier = sandbox.known("sat_requests", scope, key)
    if earlier is not None and status_of(sandbox, earlier) not in ("failed", "expired"):
        return earlier, True
    row = _new(sandbox, scope, (first, last), rfc_type, kind)
    row |= {"source": source, "idempotency_key": key}
    sandbox.sat_requests.add(scope, row)
    sandbox.remember("sat_requests", scope, row)
    await_end(sandbox, row)
    return row, False


def status_of(sandbox: "Sandbox", row: Row) -> str:
    """Tell how far a request is: this follows from its times and the clock alone."""
    now = sandbox.now_ms()
    for end, status in (("acceptedAt", "pending"), ("startedAt", "accepted"), ("endsAt", "processing")):
        if now < row[end]:
            return status
    if row["failure"]:
        return "failed"
    return "expired" if now >= row["expiresAt"] and not row["fetched"] else "completed"


def await_end(sandbox: "Sandbox", row: Row) -> None:
    """Let a request end when its time has come, also if nobody looks."""
    if not row["settled"]:
        sandbox.clock.at(row["endsAt"], lambda: settle(sandbox, row))


def settle(sandbox: "Sandbox", row: Row) -> None:
    """Once a request is through: its invoices are mirrored, and each XML is charged."""
    if row["settled"] or sandbox.now_ms() < row["endsAt"]:
        return
    row["settled"] = True
    scope: Scope = (row["livemode"], row["team"])
    if not row["failure"]:
        first, last = date.fromisoformat(row["startDate"]), date.fromisoformat(row["endDate"])
        _deliver(sandbox, scope, row, held(sandbox, scope, row["rfcType"], first, last))
    sandbox.sat_requests.keep(row)


def shown(sandbox: "Sandbox", row: Row) -> Row:
    """Return the line of the history."""
    settle(sandbox, row)
    status = status_of(sandbox, row)
    over = status in ("completed", "failed", "expired")
    facts = {**row, "status": status, "completedAt": row["endsAt"] if over else None}
    facts["statusMessage"] = row["failure"] if status == "failed" else _MESSAGES.get(status)
    return {name: facts[name] for name in _SHOWN}


_MESSAGES = {"accepted": "Solicitud Aceptada", "expired": "El paquete ya no está disponible"}


def _new(sandbox: "Sandbox", scope: Scope, days: tuple[date, date], rfc_type: str, kind: str) -> Row:
    now = sandbox.now_ms()
    length = round(sandbox.choices("sat").uniform(*sandbox.options.sat_delay) * 1000)
    account = find_account(sandbox, scope)
    failure, account["fail_next"] = account["fail_next"], None
    if failure:
        keep_account(sandbox, scope, account)
    return {
        "id": sandbox.sat_requests.new_id(),
        "rfcType": rfc_type,
        "requestType": kind,
        "startDate": days[0].isoformat(),
        "endDate": days[1].isoformat(),
        "invoiceCount": None,
        "processedCount": None,
        "owner": "user_sandbox",
        "latestIssueDate": None,
        "earliestIssueDate": None,
        "createdAt": now,
        "acceptedAt": now + length // 10,
        "startedAt": now + length // 3,
        "endsAt": now + length,
        "expiresAt": now + length + KEPT_MS,
        "failure": failure,
        "fetched": False,
        "settled": False,
        "uuids": [],
        "livemode": scope[0],
        "team": scope[1],
    }


def _spared(sandbox: "Sandbox", scope: Scope, row: Row, invoice: Row) -> bool:
    """The daily run goes over the same days again and again, and pays for what it has not got."""
    known = find_mirrored(sandbox, scope, invoice["uuid"])
    return row["source"] == "schedule" and known is not None and bool(known["has_xml"])


def _deliver(sandbox: "Sandbox", scope: Scope, row: Row, invoices: list[Row]) -> None:
    whole = row["requestType"] == "cfdi"
    row["uuids"] = [invoice["uuid"] for invoice in invoices]
    row["invoiceCount"] = row["processedCount"] = len(invoices)
    if invoices:
        row["earliestIssueDate"] = local_text(date_of(invoices[0]))
        row["latestIssueDate"] = local_text(date_of(invoices[-1]))
    for invoice in invoices:
        if whole and not _spared(sandbox, scope, row, invoice):
            charge(sandbox, scope, invoice["uuid"], "request", row["id"])
        mirror(sandbox, scope, invoice, row["rfcType"], xml=whole)
    account = find_account(sandbox, scope)
    account["last_sync"] = row["endsAt"]
    keep_account(sandbox, scope, account)
