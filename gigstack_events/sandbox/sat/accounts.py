"""What a team has set up at the SAT: its plan, its FIEL, its registration, and what follows from them."""

import random
import re
from typing import TYPE_CHECKING

from gigstack_events.sandbox.business import rfcs
from gigstack_events.sandbox.invoicing.issuers import issuer_info
from gigstack_events.sandbox.replies import Problem
from gigstack_events.sandbox.tables import Row, Scope

if TYPE_CHECKING:
    from gigstack_events.sandbox.state import Sandbox

ACTIVATIONS = ("active", "needs_activation", "needs_addon", "needs_upgrade")
MONTHS_BACK = 71

_AUTHORITY = "SAT970701NN3"
_FOUR_YEARS_MS = 4 * 365 * 86_400_000
_MOST_REGISTERED = 1000


def find_account(sandbox: "Sandbox", scope: Scope) -> Row:
    """Return a team's account in a mode; one that nothing was done with yet is new, and not kept."""
    id = f"sat_{'live' if scope[0] else 'test'}_{scope[1]}"
    return sandbox.sat_accounts.find(scope, id) or {
        "id": id,
        "livemode": scope[0],
        "team": scope[1],
        "activation": "needs_activation",
        "fiel": None,
        "registration": None,
        "sync_enabled": False,
        "sync_start_date": None,
        "last_sync": None,
        "schedule": {
            "enabled": False,
            "time": "21:00",
            "downloadTypes": ["issued", "received"],
            "daysBack": 7,
            "lastRunAt": None,
            "lastRunStatus": None,
        },
        "next_run": None,
        "fail_next": None,
        "xml_refusals": {},
    }


def keep_account(sandbox: "Sandbox", scope: Scope, account: Row) -> None:
    """Keep what was changed in an account."""
    if sandbox.sat_accounts.find(scope, account["id"]) is None:
        sandbox.sat_accounts.add(scope, account)
    else:
        sandbox.sat_accounts.keep(account)


def set_fiel(sandbox: "Sandbox", scope: Scope, account: Row, certificate: bytes) -> None:
    """Take a FIEL. A real certificate tells its RFC; any other bytes are taken as the team's own."""
    now = sandbox.now_ms()
    serial = random.Random(certificate)  # noqa: S311 - not a secret
    account["fiel"] = {
        "rfc": _rfc_in(certificate) or issuer_info(sandbox, scope)["tax_id"],
        "serial_number": f"0000100000{serial.randrange(10**10):010}",
        "expires_at": now + _FOUR_YEARS_MS,
        "uploaded_at": now,
    }


def set_registration(sandbox: "Sandbox", account: Row, wanted: Row) -> None:
    """Register the business and let the sync begin."""
    account["registration"] = {
        "registered_at": sandbox.now_ms(),
        "phone": wanted["phone"],
        "legal_name": wanted.get("legal_name"),
        "monthly_cap": wanted.get("max_monthly_invoices") or _MOST_REGISTERED,
    }
    account["sync_start_date"] = wanted["sync_start_date"]
    account["sync_enabled"] = True


def require_fiel(sandbox: "Sandbox", account: Row) -> None:
    """Raise Problem (400) unless there is a FIEL that is still good."""
    if account["fiel"] is None:
        raise refusal("There is no FIEL yet (fiel_uploaded is false): upload it first")
    if account["fiel"]["expires_at"] <= sandbox.now_ms():
        raise refusal("The FIEL has expired: upload the new one")


def require_ready(sandbox: "Sandbox", account: Row) -> None:
    """Raise Problem (400) for the first thing that is missing before the SAT can be asked."""
    if account["activation"] != "active":
        raise refusal(f"Descarga Masiva SAT is not active ({account['activation']}): activate it first")
    require_fiel(sandbox, account)
    if account["registration"] is None:
        raise refusal("The business is not registered with the SAT (registered is false): register it first")


def refusal(message: str) -> Problem:
    """Make the answer to a call whose time has not come."""
    return Problem(400, "business_rule_violation", message)


def _rfc_in(certificate: bytes) -> str | None:
    """Find the owner's RFC in a certificate; the SAT, who issues it, stands there too."""
    text = certificate.decode("latin-1")
    found = (match[0] for match in re.finditer(r"[A-Z&]{3,4}\d{6}[A-Z\d]{2}[A\d](?![A-Z\d])", text))
    return next((rfc for rfc in found if rfc != _AUTHORITY and rfcs.is_valid(rfc)), None)
