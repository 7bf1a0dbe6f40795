"""Jobs of the SAT's downloads: a preview mirrors invoices without their XMLs, an import pays for these."""

from datetime import date
from itertools import islice
from typing import Any

from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, invalid, missing, ok
from gigstack_events.sandbox.sat.accounts import MONTHS_BACK, find_account, require_ready
from gigstack_events.sandbox.sat.charges import charge, cost_of
from gigstack_events.sandbox.sat.dates import months_later, read_day
from gigstack_events.sandbox.sat.holdings import find_held, find_mirrored, held
from gigstack_events.sandbox.sat.mirror import mirror
from gigstack_events.sandbox.schemas import sat, sat_inputs
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

LATEST = 20


class CostMismatch(Problem):
    """The answer to an import that was confirmed at another price; it has `data`, as no other has."""

    def __init__(self, importable: int) -> None:
        message = "The cost is not the one that was confirmed"
        super().__init__(409, "cost_mismatch", message)
        self.data = {"estimated_cost_mxn": cost_of(importable), "importable": importable}

    def envelope(self, newer: bool) -> dict[str, Any]:
        """Return the one shape that is known of this error."""
        return {"success": False, "error": self.code, "message": self.message, "data": self.data}


def await_job(sandbox: Sandbox, job: Row) -> None:
    """Let a job end when its time has come, also if nobody looks."""
    if not job["settled"]:
        sandbox.clock.at(job["ends_at"], lambda: _settle(sandbox, job))


def _settle(sandbox: Sandbox, job: Row) -> None:
    if job["settled"] or sandbox.now_ms() < job["ends_at"]:
        return
    job["settled"] = True
    scope: Scope = (job["livemode"], job["team"])
    (_preview if job["type"] == "preview" else _import)(sandbox, scope, job)
    sandbox.sat_jobs.keep(job)


def _preview(sandbox: Sandbox, scope: Scope, job: Row) -> None:
    days = date.fromisoformat(job["start_date"]), date.fromisoformat(job["end_date"])
    for direction in job["directions"]:
        for invoice in held(sandbox, scope, direction, *days):
            row = mirror(sandbox, scope, invoice, direction, xml=False)
            job["found"] += 1
            job["importable"] += not row["has_xml"]
    job["estimated_cost_mxn"] = cost_of(job["importable"])


def _import(sandbox: Sandbox, scope: Scope, job: Row) -> None:
    """Pay for each XML that is still not here."""
    for uuid in _importable(sandbox, scope, job["uuids"]):
        if found := find_held(sandbox, scope, uuid):
            charge(sandbox, scope, uuid, "import", job["id"])
            mirror(sandbox, scope, found[1], found[0], xml=True)
            job["imported"] += 1


def _importable(sandbox: Sandbox, scope: Scope, uuids: list[str]) -> list[str]:
    known = (find_mirrored(sandbox, scope, uuid) for uuid in dict.fromkeys(uuids))
    return list(dict.fromkeys(row["uuid"] for row in known if row is not None and not row["has_xml"]))


def _shown(sandbox: Sandbox, job: Row) -> Row:
    _settle(sandbox, job)
    status = job["status"] or ("completed" if job["settled"] else _running(sandbox, job))
    over = {"completed": job["ends_at"], "cancelled": job["cancelled_at"]}.get(status)
    facts = {**job, "status": status, "completed_at": over}
    return {name: value for name, value in facts.items() if name not in _HIDDEN}


_HIDDEN = ("settled", "starts_at", "ends_at", "cancelled_at")


def _running(sandbox: Sandbox, job: Row) -> str:
    return "queued" if sandbox.now_ms() < job["starts_at"] else "running"


def _add(call: Call, kind: str, **facts: object) -> Row:
    sandbox = call.sandbox
    now = sandbox.now_ms()
    length = round(sandbox.choices("sat").uniform(*sandbox.options.sat_delay) * 1000)
    job = {
        "id": sandbox.sat_jobs.new_id(),
        "type": kind,
        "status": None,
        "created_at": now,
        "starts_at": now + length // 10,
        "ends_at": now + length,
        "cancelled_at": None,
        "settled": False,
        "found": 0,
        "importable": 0,
        "imported": 0,
        "estimated_cost_mxn": 0.0,
        "livemode": call.livemode,
        "team": call.team,
        **facts,
    }
    sandbox.sat_jobs.add(call.scope, job)
    await_job(sandbox, job)
    return ok(_shown(sandbox, job), "Job queued")


async def _start_preview(call: Call) -> Row:
    require_ready(call.sandbox, find_account(call.sandbox, call.scope))
    first, last = (read_day(call.body[name], name) for name in ("start_date", "end_date"))
    if not first <= last < months_later(first, MONTHS_BACK):
        raise invalid(f"end_date is behind start_date, and at most {MONTHS_BACK} months", "end_date")
    directions = list(dict.fromkeys(call.body["directions"]))
    days = {"start_date": first.isoformat(), "end_date": last.isoformat()}
    return _add(call, "preview", **days, directions=directions)


async def _start_import(call: Call) -> Row:
    require_ready(call.sandbox, find_account(call.sandbox, call.scope))
    found = _importable(call.sandbox, call.scope, call.body["uuids"])
    if abs(call.body["confirm_cost_mxn"] - cost_of(len(found))) > 0.005:
        raise CostMismatch(len(found))
    cost = {"importable": len(found), "estimated_cost_mxn": cost_of(len(found))}
    return _add(call, "import", uuids=found, **cost)


async def _list(call: Call) -> Row:
    rows = islice(call.sandbox.sat_jobs.walk(call.scope), LATEST)
    return ok([_shown(call.sandbox, row) for _, row in rows])


async def _get(call: Call) -> Row:
    return ok(_shown(call.sandbox, _find(call)))


async def _cancel(call: Call) -> Row:
    """Cancel a job that is not over; it mirrors and costs nothing."""
    job = _find(call)
    status = _shown(call.sandbox, job)["status"]
    if status not in ("queued", "running"):
        raise Problem(400, "operation_not_allowed", f"The job is {status}")
    job |= {"status": "cancelled", "cancelled_at": call.sandbox.now_ms(), "settled": True}
    call.sandbox.sat_jobs.keep(job)
    return ok(_shown(call.sandbox, job), "Job cancelled")


def _find(call: Call) -> Row:
    job = call.sandbox.sat_jobs.find(call.scope, call.id)
    if job is None:
        raise missing("Job", call.id)
    return job


_AT = "/invoices/download"
OPERATIONS = (
    Operation(
        "sat.preview", "POST", f"{_AT}/preview", _start_preview, body=sat_inputs.PreviewInput, answer=sat.Job
    ),
    Operation(
        "sat.import_xml", "POST", f"{_AT}/import", _start_import, body=sat_inputs.ImportInput, answer=sat.Job
    ),
    Operation("sat.list_jobs", "GET", f"{_AT}/jobs", _list, answer=list[sat.Job]),
    Operation("sat.get_job", "GET", f"{_AT}/jobs/{{id}}", _get, answer=sat.Job),
    Operation("sat.cancel_job", "POST", f"{_AT}/jobs/{{id}}/cancel", _cancel, answer=sat.Job),
)
