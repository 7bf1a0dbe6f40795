"""The log of calls as the API shows it: what was asked for and how it ended, without what was in it."""

import re
from functools import partial

from gigstack_events.sandbox.accounts.teams import find_team
from gigstack_events.sandbox.logs import log_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import missing, ok
from gigstack_events.sandbox.schemas.api_logs import ApiLog, ApiLogQuery
from gigstack_events.sandbox.tables import Row

_ID = re.compile(r"log_(\d{1,15})")


def _shown(call: Call, entry: Row) -> Row:
    status = entry["status"]
    return {
        "id": f"log_{entry['n']}",
        "timestamp": entry["at"],
        "livemode": entry["livemode"],
        "redaction": "metadata_only",
        "team_id": entry["team"],
        "method": entry["method"],
        "endpoint": call.sandbox.paths.get(entry["op"], ""),
        "operation": entry["op"],
        "status": status,
        "error_category": None if status is not None and status < 400 else _category(status),
    }


def _category(status: int | None) -> str:
    if status is None:
        return "network_or_timeout"
    return "rate_limit" if status == 429 else "client_error" if status < 500 else "server_error"


def _fitting(call: Call, entry: Row) -> Row | None:
    query, row = call.query, _shown(call, entry)
    fits = (
        (not (status := query.get("status")) or str(row["status"])[:1] == status[:1])
        and (not (method := query.get("method")) or row["method"] == method)
        and row["endpoint"].startswith(query.get("endpoint") or "")
    )
    return row if fits else None


def _is_of(call: Call, team: str, entry: Row) -> bool:
    """Tell whether an entry is this team's and mode's, and not this very call."""
    return bool(entry["team"] == team and entry["livemode"] == call.livemode and entry is not call.entry)


async def _list(call: Call) -> Row:
    """List a team's calls of this mode, newest first."""
    team = find_team(call, call.path["team"])["id"]
    return log_page(call, call.sandbox.journal.calls, partial(_is_of, call, team), partial(_fitting, call))


async def _get(call: Call) -> Row:
    """Get one call of the log."""
    team, id = find_team(call, call.path["team"])["id"], call.path["logId"]
    found, calls = _ID.fullmatch(id), call.sandbox.journal.calls
    number = int(found[1]) if found else 0
    if not 1 <= number <= len(calls) or not _is_of(call, team, calls[number - 1]):
        raise missing("API log", id)
    return ok(_shown(call, calls[number - 1]))


OPERATIONS = (
    Operation(
        "api_logs.list", "GET", "/teams/{team}/api-logs", _list, query=ApiLogQuery, answer=list[ApiLog]
    ),
    Operation("api_logs.get", "GET", "/teams/{team}/api-logs/{logId}", _get, answer=ApiLog),
)
