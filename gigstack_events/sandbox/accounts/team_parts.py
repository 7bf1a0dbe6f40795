"""What belongs to a team: members, series, settings, and its connection to the SAT."""

import base64
import binascii

from gigstack_events.sandbox.accounts.teams import change_team, find_team, name_of
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, invalid, missing, ok
from gigstack_events.sandbox.schemas.team_settings import TeamSettingsInput
from gigstack_events.sandbox.schemas.teams import (
    CsdForm,
    ManifestInput,
    Member,
    MemberChange,
    MemberRef,
    Series,
    SeriesChange,
    SeriesInput,
    Team,
    TeamMember,
)  # fmt: skip
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row

_PERIODS = {
    "day": "Diario", "week": "Semanal", "two_weeks": "Quincenal", "month": "Mensual",
    "two_months": "Bimestral",
}  # fmt: skip
_FOUR_YEARS = 4 * 365 * 86_400_000
WRONG = "wrong"
"""The password that opens no key."""


async def _list_members(call: Call) -> Row:
    return ok(find_team(call)["members"])


async def _add_member(call: Call) -> Row:
    """Put a user into a team, or give it another role there."""
    team, role = find_team(call), call.body.get("role") or "viewer"
    user = call.sandbox.users.anywhere(call.body["id"])
    if user is None:
        raise missing("User", call.body["id"])
    join(call.sandbox, team, user, role)
    return ok(team["members"], "Member added successfully")


def join(sandbox: Sandbox, team: Row, user: Row, role: str) -> None:
    """Make a user a member, on both sides."""
    leave(sandbox, team, user["id"])
    team["members"].append({"id": user["id"], "email": user["email"], "role": role})
    user["teams"].append({"team_id": team["id"], "team_name": name_of(team), "role": role})
    sandbox.teams.keep(team)
    sandbox.users.keep(user)


def leave(sandbox: Sandbox, team: Row, id: str) -> bool:
    """End a membership, on both sides; tell whether there was one."""
    kept = [member for member in team["members"] if member["id"] != id]
    was_there = len(kept) < len(team["members"])
    team["members"] = kept
    sandbox.teams.keep(team)
    if (user := sandbox.users.anywhere(id)) is not None:
        user["teams"] = [row for row in user["teams"] if row["team_id"] != team["id"]]
        sandbox.users.keep(user)
    return was_there


async def _remove_member(call: Call) -> Row:
    return _removed(call, call.body["id"])


async def _delete_member(call: Call) -> Row:
    return _removed(call, call.path["memberId"])


def _removed(call: Call, id: str) -> Row:
    team = find_team(call)
    if id == team["owner"]:
        raise Problem(400, "operation_not_allowed", "The owner stays")
    if not leave(call.sandbox, team, id):
        raise missing("Member", id)
    return ok({"removed": True})


async def _update_member(call: Call) -> Row:
    """Change a member's role or permissions."""
    team, id = find_team(call), call.path["memberId"]
    member = next((row for row in team["members"] if row["id"] == id), None)
    if member is None:
        raise missing("Member", id)
    member |= {name: call.body[name] for name in ("role", "permissions") if call.body.get(name) is not None}
    user = call.sandbox.users.anywhere(id)
    for row in user["teams"] if user else []:
        if row["team_id"] == team["id"]:
            row["role"] = member["role"]
    call.sandbox.teams.keep(team)
    return ok(member)


async def _list_series(call: Call) -> Row:
    return ok(find_team(call)["series"])


async def _create_series(call: Call) -> Row:
    """Begin a series of folios."""
    team, name = find_team(call), call.body["series"]
    if any(row["series"] == name for row in team["series"]):
        raise Problem(409, "resource_already_exists", f"There is a series {name}")
    row = {"series": name, "live": call.body.get("live", 0), "test": call.body.get("test", 0)}
    team["series"].append(row)
    call.sandbox.teams.keep(team)
    return ok(row, "Series created successfully")


async def _update_series(call: Call) -> Row:
    """Set the current folio of a mode or both; the path names the series by its name."""
    team, name = find_team(call), call.path["seriesId"]
    row = next((row for row in team["series"] if row["series"] == name), None)
    if row is None:
        raise missing("Series", name)
    row |= {mode: call.body[mode] for mode in ("live", "test") if call.body.get(mode) is not None}
    call.sandbox.teams.keep(team)
    return ok(row)


async def _get_settings(call: Call) -> Row:
    return ok(find_team(call)["settings"])


async def _update_settings(call: Call) -> Row:
    """Change the given settings; null clears one, an empty group stays as it is."""
    team = find_team(call)
    team["settings"] = _merged(team["settings"], call.body)
    return change_team(call, team)


def _merged(old: Row, new: Row) -> Row:
    merged = dict(old)
    for name, value in new.items():
        if name == "periodicity" and value is not None:
            merged[name] = {"label": _PERIODS[value], "value": value}
        elif isinstance(value, dict):
            merged[name] = _merged(merged.get(name) or {}, value)
        else:
            merged[name] = value
    return merged


async def _upload_csd(call: Call) -> Row:
    """Connect to the SAT; the password `wrong` opens no key."""
    team, now = find_team(call), call.sandbox.now_ms()
    for name, ending in (("cert", ".cer"), ("key", ".key")):
        file = call.files[name]
        if not file.name.lower().endswith(ending) or not file.content:
            raise Problem(400, "invalid_file_format", f"{name} is not a {ending} file", [{"field": name}])
    if call.body["keyPass"] == WRONG:
        raise Problem(400, "cfdi_service_error", "The password does not open the key")
    team["sat"] |= {"completed": True, "connected_at": now, "csd_expires_at": now + _FOUR_YEARS}
    return change_team(call, team, "teams.sat.completed")


async def _sign_manifest(call: Call) -> Row:
    """Sign the manifest that lets gigstack stamp; the password `wrong` opens no key."""
    team = find_team(call)
    for name in ("cert", "key"):
        try:
            base64.b64decode(call.body[name], validate=True)
        except (binascii.Error, ValueError):
            raise invalid(f"{name} is not base64", name) from None
    if call.body["password"] == WRONG:
        raise Problem(400, "cfdi_service_error", "The password does not open the key")
    team["sat"]["manifest_signed_at"] = call.sandbox.now_ms()
    return change_team(call, team, "teams.sat.manifest.signed")


OPERATIONS = (
    Operation("teams.list_members", "GET", "/teams/{id}/members", _list_members, answer=list[TeamMember]),
    Operation("teams.add_member", "POST", "/teams/{id}/add-member", _add_member, body=Member,
              answer=list[TeamMember]),
    Operation("teams.remove_member", "POST", "/teams/{id}/remove-member", _remove_member, body=MemberRef),
    Operation("teams.update_member", "PATCH", "/teams/{id}/members/{memberId}", _update_member,
              body=MemberChange, answer=TeamMember),
    Operation("teams.delete_member", "DELETE", "/teams/{id}/members/{memberId}", _delete_member),
    Operation("teams.list_series", "GET", "/teams/{id}/series", _list_series, answer=list[Series]),
    Operation("teams.create_series", "POST", "/teams/{id}/series", _create_series, body=SeriesInput,
              answer=Series),
    Operation("teams.update_series", "PUT", "/teams/{id}/series/{seriesId}", _update_series,
              body=SeriesChange, answer=Series),
    Operation("teams.get_settings", "GET", "/teams/{id}/settings", _get_settings, answer=dict[str, object]),
    Operation("teams.update_settings", "PUT", "/teams/{id}/settings", _update_settings,
              body=TeamSettingsInput, answer=Team),
    Operation("teams.upload_csd", "POST", "/teams/{id}/sat-connection", _upload_csd, form=CsdForm,
              answer=Team),
    Operation("teams.sign_manifest", "POST", "/teams/{id}/manifest/sign", _sign_manifest, body=ManifestInput,
              answer=Team),
)  # fmt: skip
