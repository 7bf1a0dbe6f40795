"""Descarga Masiva SAT, before the first download: plan, FIEL and registration."""

import base64
import binascii

from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, invalid, ok
from gigstack_events.sandbox.sat.accounts import (
    MONTHS_BACK,
    find_account,
    keep_account,
    refusal,
    require_fiel,
    set_fiel,
    set_registration,
)
from gigstack_events.sandbox.sat.charges import PRICE_MXN
from gigstack_events.sandbox.sat.dates import day_of, months_later, read_day, utc_text
from gigstack_events.sandbox.schemas import sat, sat_inputs
from gigstack_events.sandbox.tables import Row


async def _activation(call: Call) -> Row:
    status = find_account(call.sandbox, call.scope)["activation"]
    data = {
        "status": status,
        "planIncludesFeature": status in ("active", "needs_activation"),
        "isActivated": status == "active",
        "pricing": {"perDownload": f"${PRICE_MXN:.2f} MXN", "addonMonthly": None},
    }
    return ok(data)


async def _activate(call: Call) -> Row:
    account = find_account(call.sandbox, call.scope)
    if account["activation"] == "needs_upgrade":
        raise refusal("The plan does not have Descarga Masiva SAT: upgrade it first")
    kind = "addon" if account["activation"] == "needs_addon" else "included"
    account["activation"] = "active"
    keep_account(call.sandbox, call.scope, account)
    return ok({"type": kind}, "Descarga Masiva SAT activated")


async def _deactivate(call: Call) -> Row:
    """Deactivate; the schedule stops, and what was downloaded is billed all the same."""
    account = find_account(call.sandbox, call.scope)
    if account["activation"] != "active":
        return ok({"isActivated": False}, "Descarga Masiva SAT is not active")
    account["activation"] = "needs_activation"
    account["schedule"]["enabled"], account["next_run"] = False, None
    keep_account(call.sandbox, call.scope, account)
    return ok({"isActivated": False}, "Descarga Masiva SAT deactivated")


async def _upload_fiel(call: Call) -> Row:
    for field in ("cert", "key"):
        if field not in call.files or not call.files[field].content:
            raise Problem(400, "missing_required_field", f"{field} is a file that is not empty")
    start = call.body.get("sync_start_date")
    if start is not None:
        _check_start(call, start)
    account = find_account(call.sandbox, call.scope)
    set_fiel(call.sandbox, call.scope, account, call.files["cert"].content)
    if start and call.body.get("phone"):
        set_registration(call.sandbox, account, call.body)
    keep_account(call.sandbox, call.scope, account)
    return ok(_fiel_facts(account), "FIEL uploaded successfully")


async def _upload_pfx(call: Call) -> Row:
    try:
        content = base64.b64decode(call.body["pfx"], validate=True)
    except (binascii.Error, ValueError):
        raise invalid("pfx is a file in base64", "pfx") from None
    if not content:
        raise invalid("pfx is empty", "pfx")
    account = find_account(call.sandbox, call.scope)
    set_fiel(call.sandbox, call.scope, account, content)
    keep_account(call.sandbox, call.scope, account)
    return ok(_fiel_facts(account), "FIEL uploaded successfully")


async def _register(call: Call) -> Row:
    account = find_account(call.sandbox, call.scope)
    _check_start(call, call.body["sync_start_date"])
    require_fiel(call.sandbox, account)
    set_registration(call.sandbox, account, call.body)
    keep_account(call.sandbox, call.scope, account)
    facts = {name: account["registration"][name] for name in ("legal_name", "monthly_cap")}
    return ok({**_fiel_facts(account), **facts}, "Business registered successfully")


async def _enable_sync(call: Call) -> Row:
    account = find_account(call.sandbox, call.scope)
    require_fiel(call.sandbox, account)
    account["sync_enabled"] = True
    keep_account(call.sandbox, call.scope, account)
    return ok({"sync_enabled": True}, "SAT sync enabled")


async def _extend_sync(call: Call) -> Row:
    """Register the longest window that there is anew."""
    account = find_account(call.sandbox, call.scope)
    require_fiel(call.sandbox, account)
    if account["registration"] is None:
        raise refusal("The business is not registered with the SAT (registered is false): register it first")
    account["sync_start_date"] = _earliest(call)
    keep_account(call.sandbox, call.scope, account)
    data = {"sync_start_date": account["sync_start_date"], "months": MONTHS_BACK, "registered": True}
    return ok(data, "Sync period extended")


async def _debug(call: Call) -> Row:
    account = find_account(call.sandbox, call.scope)
    data = {
        "team": call.team,
        "activation": account["activation"],
        "fiel_uploaded": account["fiel"] is not None,
        "fiel": _fiel_facts(account) if account["fiel"] else None,
        "registered": account["registration"] is not None,
        "sync_enabled": account["sync_enabled"],
        "sync_start_date": account["sync_start_date"],
        "last_sync": account["last_sync"],
    }
    return ok(data)


def _fiel_facts(account: Row) -> Row:
    fiel, registration = account["fiel"], account["registration"] or {}
    return {
        "rfc": fiel["rfc"],
        "expires_at": fiel["expires_at"],
        "expires_at_readable": utc_text(fiel["expires_at"]),
        "serial_number": fiel["serial_number"],
        "sync_start_date": account["sync_start_date"],
        "phone": registration.get("phone"),
        "registered": account["registration"] is not None,
        "registered_at": registration.get("registered_at"),
    }


def _check_start(call: Call, text: str) -> None:
    day = read_day(text, "sync_start_date").isoformat()
    if not _earliest(call) <= day <= day_of(call.sandbox.now_ms()).isoformat():
        raise invalid(
            f"sync_start_date is at most {MONTHS_BACK} months back, and not to come", "sync_start_date"
        )


def _earliest(call: Call) -> str:
    return months_later(day_of(call.sandbox.now_ms()), -MONTHS_BACK).isoformat()


_AT = "/invoices/download"
OPERATIONS = (
    Operation("sat.activation", "GET", f"{_AT}/activate/status", _activation, answer=sat.Activation),
    Operation("sat.activate", "POST", f"{_AT}/activate", _activate, answer=sat.Activated),
    Operation("sat.deactivate", "POST", f"{_AT}/deactivate", _deactivate, answer=sat.Deactivated),
    Operation(
        "sat.upload_fiel", "POST", f"{_AT}/fiel", _upload_fiel, form=sat_inputs.FielForm, answer=sat.Fiel
    ),
    Operation("sat.upload_pfx", "POST", f"{_AT}/pfx", _upload_pfx, body=sat_inputs.PfxInput, answer=sat.Fiel),
    Operation(
        "sat.register", "POST", f"{_AT}/register", _register, body=sat_inputs.RegisterInput, answer=sat.Fiel
    ),
    Operation("sat.debug", "GET", f"{_AT}/debug", _debug, answer=sat.Debug),
    Operation("sat.enable_sync", "POST", f"{_AT}/enable-sync", _enable_sync, answer=sat.SyncEnabled),
    Operation("sat.extend_sync", "PUT", f"{_AT}/sync-period", _extend_sync, answer=sat.SyncPeriod),
)
