"""Users in the sandbox: people who may work with teams. Both modes share them."""

from secrets import token_urlsafe

from gigstack_events.sandbox.accounts.team_parts import join, leave
from gigstack_events.sandbox.accounts.teams import OWNER, ensure_team
from gigstack_events.sandbox.listing import list_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, missing, ok
from gigstack_events.sandbox.schemas.users import (
    LoginInput,
    LoginLink,
    NewUser,
    ResetInput,
    User,
    UserInput,
    UsersQuery,
)  # fmt: skip
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import TEAM, Row, Scope

_FIELDS = ("first_name", "last_name", "phone", "company_role", "address")
_OLD = {"first_name": "firstName", "last_name": "lastName"}
_QUARTER_HOUR = 15 * 60_000


def make_user(sandbox: Sandbox, team: str, fields: Row, id: str | None = None) -> Row:
    """Make a user of a team's account."""
    row: Row = {
        "id": id or sandbox.users.new_id(),
        "email": fields["email"],
        **_given(dict.fromkeys(_FIELDS) | fields),
        "role": fields.get("role") or "viewer",
        "created_at": sandbox.now_ms() // 1000,
        "last_login": None,
        "teams": [],
    }
    row["name"] = _name(row)
    return sandbox.users.add((None, team), row)


def _given(body: Row) -> Row:
    """Pick what was told, in the older spelling, too; a municipality is stored, but not shown."""
    given = {name: body[name] for name in _FIELDS if name in body}
    given |= {name: body[old] for name, old in _OLD.items() if body.get(old) and not body.get(name)}
    if isinstance(address := given.get("address"), dict):
        given["address"] = {name: value for name, value in address.items() if name != "municipality"}
    return given


def _name(row: Row) -> str:
    return " ".join(filter(None, (row["first_name"], row["last_name"]))) or str(row["email"])


def _scope(call: Call) -> Scope:
    if call.team == TEAM and call.sandbox.users.anywhere(OWNER) is None:
        owner = make_user(call.sandbox, TEAM, {"email": "owner@sandbox.example", "role": "admin"}, OWNER)
        join(call.sandbox, ensure_team(call.sandbox, TEAM), owner, "admin")
    return None, call.team


def _find(call: Call, id: str) -> Row:
    row = call.sandbox.users.find(_scope(call), id)
    if row is None and call.team == TEAM:
        row = call.sandbox.users.anywhere(id)
    if row is None or row.get("removed_at"):
        raise missing("User", id)
    return row


def _by_email(call: Call, email: str) -> Row | None:
    found = call.sandbox.users.walk(_scope(call))
    return next((row for _, row in found if row["email"].lower() == email.lower()), None)


async def _list(call: Call) -> Row:
    """List a team's users, but for those that were removed."""
    return list_page(
        call, call.sandbox.users, scope=_scope(call), tests=[lambda row: not row.get("removed_at")]
    )


async def _get(call: Call) -> Row:
    return ok(_find(call, call.id))


async def _create(call: Call) -> Row:
    """Invite somebody; who was removed before comes back as the same user."""
    known = _by_email(call, call.body["email"])
    if known is not None and not known.get("removed_at"):
        raise Problem(409, "resource_already_exists", "There is a user with this e-mail address")
    row = known or make_user(call.sandbox, call.team, {**call.body, "role": None})
    row["removed_at"] = None
    if call.body.get("auto_join"):
        row["role"] = call.body.get("role") or "viewer"
        join(call.sandbox, ensure_team(call.sandbox, call.team), row, row["role"])
    call.sandbox.users.keep(row)
    return ok({**row, "invitation_sent": True}, "User created successfully")


async def _update(call: Call) -> Row:
    """Change what is told of a user; neither e-mail address nor membership."""
    row = _find(call, call.id)
    row |= _given(call.body)
    row["name"] = _name(row)
    call.sandbox.users.keep(row)
    return ok(row)


async def _delete(call: Call) -> Row:
    """Take a user out of all teams; the identity stays, and comes back with the next invitation."""
    row = _find(call, call.id)
    if row["id"] == OWNER:
        raise Problem(400, "operation_not_allowed", "The owner stays")
    for membership in [*row["teams"]]:
        leave(call.sandbox, ensure_team(call.sandbox, membership["team_id"]), row["id"])
    row["removed_at"] = call.sandbox.now_ms()
    call.sandbox.users.keep(row)
    return ok({"deleted": True})


async def _reset(call: Call) -> Row:
    """Send a link by e-mail; whether the address is known is not told."""
    return ok({"sent": True}, "Password reset email sent")


async def _reset_one(call: Call) -> Row:
    """Send a link to a user that the path names, as the newest client does."""
    _find(call, call.id)
    return await _reset(call)


async def _login_link(call: Call) -> Row:
    """Make a link that lets a user in."""
    row = _find(call, call.body["user_id"])
    row["last_login"] = call.sandbox.now_ms() // 1000
    call.sandbox.users.keep(row)
    url = f"https://app.gigstack.example/login?token={token_urlsafe(24)}"
    return ok({"url": url, "expires_at": call.sandbox.now_ms() + _QUARTER_HOUR})


OPERATIONS = (
    Operation("users.list", "GET", "/users", _list, query=UsersQuery, answer=list[User]),
    Operation("users.create", "POST", "/users", _create, body=NewUser, answer=User),
    Operation("users.reset_password", "POST", "/users/reset-password", _reset, body=ResetInput),
    Operation(
        "users.login_link", "POST", "/users/login-link", _login_link, body=LoginInput, answer=LoginLink
    ),
    Operation("users.get", "GET", "/users/{id}", _get, answer=User),
    Operation("users.update", "PUT", "/users/{id}", _update, body=UserInput, answer=User),
    Operation("users.delete", "DELETE", "/users/{id}", _delete),
)
# Another address of an operation above.
ALIASES = (Operation("users.reset_password", "POST", "/users/reset-password/{id}", _reset_one),)
