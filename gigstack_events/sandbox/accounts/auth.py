"""Signing up without a browser, and the health check: the operations that need no key."""

import re
from secrets import token_hex

from gigstack_events.sandbox.accounts.team_parts import join
from gigstack_events.sandbox.accounts.teams import TEAMS, make_team
from gigstack_events.sandbox.accounts.users import make_user
from gigstack_events.sandbox.operations import KEYS, Call, Operation
from gigstack_events.sandbox.replies import Problem, ok
from gigstack_events.sandbox.schemas.auth import Account, Health, SignupInput
from gigstack_events.sandbox.tables import Row

_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)


async def _signup(call: Call) -> Row:
    """Make an account; the same `Idempotency-Key` again gives the same one.

    The real API also asks for an internal key. Both keys of the answer are the sandbox's own: use them
    with `team`.
    """
    key = str(call.entry["key"] or "")
    if not key:
        raise Problem(400, "missing_required_field", "The header Idempotency-Key is required")
    if not _UUID4.fullmatch(key):
        raise Problem(400, "invalid_field_value", "The header Idempotency-Key is not a UUID of version 4")
    team = call.sandbox.known("teams", TEAMS, key) or _sign_up(call, key)
    account = _account(team)
    return ok(account, "Account created", **account)


def _sign_up(call: Call, key: str) -> Row:
    body, sandbox = call.body, call.sandbox
    team = make_team(sandbox, {"legal_name": body.get("name"), "tax_id": body.get("rfc")})
    user = make_user(sandbox, team["id"], {"email": body["email"], "role": "admin"})
    join(sandbox, team, user, "admin")
    team |= {
        "owner": user["id"],
        "billing_account": f"billing_{token_hex(10)}",
        "plan": {name: body.get(name) for name in ("plan_id", "billing_cycle")},
        "idempotency_key": key,
    }
    sandbox.teams.keep(team)
    sandbox.remember("teams", TEAMS, team)
    livemode = body.get("livemode")
    sandbox.emit("teams.created", team, (livemode if livemode is not None else True, team["id"]))
    return team


def _account(team: Row) -> Row:
    live, test = sorted(KEYS)
    return {
        "user_id": team["owner"],
        "team_id": team["id"],
        "billing_account_id": team["billing_account"],
        "subscription": {**team["plan"], "status": "active"},
        "api_keys": {"live": live, "test": test},
        "next_steps": {"upload_csd": f"/teams/{team['id']}/sat-connection"},
    }


async def _health(call: Call) -> Row:
    """Tell that the API is there."""
    return ok({"status": "ok"})


OPERATIONS = (
    Operation("auth.signup", "POST", "/auth/signup", _signup, body=SignupInput, answer=Account, public=True),
    Operation("auth.health", "GET", "/auth/health", _health, answer=Health, public=True),
)
