"""Teams in the sandbox: the master team of the keys, and its sub-teams. Both modes share them.

Any team that a call names with `team` exists: it is made when it is first looked at.
"""

from secrets import token_urlsafe

from gigstack_events.sandbox.invoicing.issuers import used_series
from gigstack_events.sandbox.listing import list_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, missing, ok
from gigstack_events.sandbox.schemas.paging import PageQuery
from gigstack_events.sandbox.schemas.teams import Integration, NewTeam, OnboardingUrl, Team, TeamInput
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import TEAM, Row, Scope

PROVIDERS = ("stripe", "openpay")
TEAMS: Scope = (None, TEAM)
"""Where all teams are kept, whoever they belong to."""
OWNER = "user_sandbox"

_FIELDS = ("tax_id", "tax_system", "legal_name", "address", "brand", "support_email", "support_phone")
_FIVE_DAYS = 5 * 86_400_000


def make_team(sandbox: Sandbox, fields: Row, id: str | None = None) -> Row:
    """Make a team without telling about it."""
    now = sandbox.now_ms()
    id = id or sandbox.teams.new_id()
    row: Row = {
        "id": id,
        **{name: fields.get(name) for name in _FIELDS},
        "settings": {},
        "owner": OWNER,
        "created_at": now,
        "credit_limit": 1000,
        "used_credits": 0,
        "credit_period_start": now,
        "sat": {"completed": False, "connected_at": None, "csd_expires_at": None},
        "members": [{"id": OWNER, "email": "owner@sandbox.example", "role": "admin"}],
        "integrations": {name: {"completed": False, "connected_at": None} for name in PROVIDERS},
        "series": used_series(sandbox, id),
    }
    return sandbox.teams.add(TEAMS, row)


def ensure_team(sandbox: Sandbox, id: str) -> Row:
    """Return a team, made now if nobody has looked at it before."""
    return sandbox.teams.anywhere(id) or make_team(sandbox, {"legal_name": "EMPRESA DE PRUEBA"}, id)


def find_team(call: Call, id: str | None = None) -> Row:
    """Return the team that the path names; the master team reaches all, others themselves."""
    id = id or call.id
    if id in (call.team, TEAM) and call.team in (id, TEAM):
        return ensure_team(call.sandbox, id)
    row = call.sandbox.teams.anywhere(id) if call.team == TEAM else None
    if row is None:
        raise missing("Team", id)
    return row


def name_of(team: Row) -> str | None:
    """Return what a team is called."""
    name = (team["brand"] or {}).get("alias") or team["legal_name"]
    return None if name is None else str(name)


def change_team(call: Call, row: Row, type: str | None = None) -> Row:
    """Keep a changed team, tell about it where there is an event for it, and answer with it."""
    call.sandbox.teams.keep(row)
    if type:
        call.sandbox.emit(type, row, (call.livemode, row["id"]))
    return ok(row, timestamp=call.sandbox.now_ms())


async def _list(call: Call) -> Row:
    """List the master's teams; a sub-team sees itself. Deleted ones are left out."""
    own = ensure_team(call.sandbox, call.team)
    if call.team != TEAM:
        return ok([own], has_more=False, next=None, total_results=1)
    return list_page(call, call.sandbox.teams, scope=TEAMS, tests=[lambda row: not row.get("deleted_at")])


async def _get(call: Call) -> Row:
    """Get a team, also one that was deleted."""
    return ok(find_team(call), timestamp=call.sandbox.now_ms())


async def _create(call: Call) -> Row:
    """Create a sub-team of the master team."""
    if call.team != TEAM:
        raise Problem(403, "master_team_required", "Only the master team has sub-teams")
    members = [_member(call, wanted) for wanted in call.body.get("add_members") or []]
    if call.body.get("add_master_team_members"):
        members = [*ensure_team(call.sandbox, TEAM)["members"], *members]
    row = make_team(call.sandbox, call.body)
    row["members"] = [*{member["id"]: dict(member) for member in (*row["members"], *members)}.values()]
    call.sandbox.teams.keep(row)
    call.sandbox.emit("teams.created", row, (call.livemode, row["id"]))
    link = {"onboarding_url": _link(row)} if call.body.get("generate_onboarding_url") else {}
    return ok({**row, **link}, "Team created successfully", timestamp=call.sandbox.now_ms())


def _member(call: Call, wanted: Row) -> Row:
    user = call.sandbox.users.anywhere(wanted["id"])
    if user is None:
        raise missing("User", wanted["id"])
    return {"id": user["id"], "email": user["email"], "role": wanted.get("role") or "viewer"}


async def _update(call: Call) -> Row:
    """Change the given fields; within address and brand, too."""
    row = find_team(call)
    for name in (name for name in _FIELDS if name in call.body):
        value = call.body[name]
        row[name] = {**(row[name] or {}), **value} if isinstance(value, dict) else value
    return change_team(call, row)


async def _delete(call: Call) -> Row:
    """Delete a team softly: it is out of the list, and can still be got."""
    row = find_team(call)
    if row["id"] == TEAM:
        raise Problem(400, "operation_not_allowed", "The master team stays")
    row["deleted_at"] = row.get("deleted_at") or call.sandbox.now_ms()
    call.sandbox.teams.keep(row)
    return ok({"id": row["id"], "deleted": True})


async def _integrations(call: Call) -> Row:
    """Get which payment processors are connected."""
    return ok(ensure_team(call.sandbox, call.team)["integrations"])


async def _onboarding(call: Call) -> Row:
    """Get a new link; the one before is void."""
    return ok({"url": _link(find_team(call)), "expires_at": call.sandbox.now_ms() + _FIVE_DAYS})


def _link(team: Row) -> str:
    return f"https://app.gigstack.example/onboarding/{team['id']}?token={token_urlsafe(16)}"


OPERATIONS = (
    Operation("teams.list", "GET", "/teams", _list, query=PageQuery, answer=list[Team]),
    Operation("teams.create", "POST", "/teams", _create, body=NewTeam, answer=Team),
    Operation(
        "teams.get_integrations", "GET", "/teams/integrations", _integrations, answer=dict[str, Integration]
    ),
    Operation("teams.get", "GET", "/teams/{id}", _get, answer=Team),
    Operation("teams.update", "PUT", "/teams/{id}", _update, body=TeamInput, answer=Team),
    Operation("teams.delete", "DELETE", "/teams/{id}", _delete),
    Operation("teams.onboarding_url", "GET", "/teams/{id}/onboarding-url", _onboarding, answer=OnboardingUrl),
)
