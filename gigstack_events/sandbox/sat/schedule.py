"""The daily run: the sandbox asks the SAT by itself, once a day at a time of Mexico City."""

from datetime import timedelta
from typing import TYPE_CHECKING

from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, ok
from gigstack_events.sandbox.sat.accounts import find_account, keep_account, require_ready
from gigstack_events.sandbox.sat.dates import by_month, day_of, moment
from gigstack_events.sandbox.sat.downloads import status_of, submit
from gigstack_events.sandbox.schemas import sat, sat_inputs
from gigstack_events.sandbox.tables import Row, Scope

if TYPE_CHECKING:
    from gigstack_events.sandbox.state import Sandbox

_DAY_MS = 86_400_000
_SAVED = {"enabled": "enabled", "time": "time", "download_types": "downloadTypes", "days_back": "daysBack"}


def await_run(sandbox: "Sandbox", scope: Scope, account: Row) -> None:
    """Let the next run happen when its time has come."""
    if account["next_run"] is not None:
        sandbox.clock.at(account["next_run"], lambda: _run_if_due(sandbox, scope, account))


def _run_if_due(sandbox: "Sandbox", scope: Scope, account: Row) -> None:
    """Run, unless the schedule was changed meanwhile; a run that was missed for days happens once."""
    now = sandbox.now_ms()
    if account["next_run"] is None or account["next_run"] > now:
        return
    account["next_run"] += _DAY_MS * ((now - account["next_run"]) // _DAY_MS + 1)
    account["schedule"] |= {"lastRunAt": now, "lastRunStatus": _run(sandbox, scope, account)}
    keep_account(sandbox, scope, account)
    await_run(sandbox, scope, account)


def _run(sandbox: "Sandbox", scope: Scope, account: Row) -> str:
    try:
        require_ready(sandbox, account)
    except Problem:
        return "failed"
    today, schedule = day_of(sandbox.now_ms()), account["schedule"]
    parts = by_month(today - timedelta(days=schedule["daysBack"]), today)
    for direction in schedule["downloadTypes"]:
        for first, last in parts:
            submit(sandbox, scope, first, last, direction, "cfdi", "schedule")
    return "success"


async def _get(call: Call) -> Row:
    return ok(_shown(call))


async def _update(call: Call) -> Row:
    """Save the schedule; what is not given stays as it is."""
    account, body = find_account(call.sandbox, call.scope), call.body
    given = {_SAVED[name]: value for name, value in body.items() if name in _SAVED and value is not None}
    schedule = account["schedule"] | given
    schedule["downloadTypes"] = list(dict.fromkeys(schedule["downloadTypes"]))
    enabled = schedule["enabled"]
    if enabled:
        require_ready(call.sandbox, account)
    account["schedule"] = schedule
    account["next_run"] = _next_run(call.sandbox, body["time"]) if enabled else None
    keep_account(call.sandbox, call.scope, account)
    await_run(call.sandbox, call.scope, account)
    return ok(_shown(call), "Schedule saved")


def _next_run(sandbox: "Sandbox", time: str) -> int:
    hour, minute = map(int, time.split(":"))
    now = sandbox.now_ms()
    today = moment(day_of(now), hour, minute)
    return today if today > now else today + _DAY_MS


def _shown(call: Call) -> Row:
    account = find_account(call.sandbox, call.scope)
    registration = account["registration"] or {}
    team = call.sandbox.teams.anywhere(call.team) or {}
    return {
        "fiel_uploaded": account["fiel"] is not None,
        "registered": account["registration"] is not None,
        "sat_completed": bool((team.get("sat") or {}).get("completed")),
        "sync_start_date": account["sync_start_date"],
        "schedule": account["schedule"],
        "prodigia": {
            "synced": account["sync_enabled"],
            "sync_from": account["sync_start_date"],
            "last_sync": account["last_sync"],
            "monthly_cap": registration.get("monthly_cap"),
            "message": None if account["registration"] else "The business is not registered yet",
        },
    }


async def _progress(call: Call) -> Row:
    """Tell how far the sync is, over all requests and mirrored invoices."""
    sandbox = call.sandbox
    open = [
        row
        for _, row in sandbox.sat_requests.walk(call.scope)
        if status_of(sandbox, row) in ("pending", "accepted", "processing")
    ]
    mirrored = [row for _, row in sandbox.sat_invoices.walk(call.scope)]
    data = {
        "status": "syncing" if open else "idle",
        "requests_open": len(open),
        "invoices_synced": len(mirrored),
        "xml_synced": sum(row["has_xml"] for row in mirrored),
        "last_sync": find_account(sandbox, call.scope)["last_sync"],
    }
    return ok(data)


_AT = "/invoices/download"
OPERATIONS = (
    Operation("sat.schedule", "GET", f"{_AT}/schedule", _get, answer=sat.ScheduleReply),
    Operation(
        "sat.update_schedule",
        "PUT",
        f"{_AT}/schedule",
        _update,
        body=sat_inputs.ScheduleInput,
        answer=sat.ScheduleReply,
    ),
    Operation("sat.progress", "GET", f"{_AT}/progress", _progress, answer=sat.Progress),
)
