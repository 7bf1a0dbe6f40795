"""Who issues: a team's fiscal data, its series and their folios."""

from typing import TYPE_CHECKING

from gigstack_events.sandbox.tables import Row, Scope

if TYPE_CHECKING:
    from gigstack_events.sandbox.state import Sandbox

# The SAT's own company for tests.
_SCHOOL: Row = {
    "legal_name": "ESCUELA KEMPER URGATE",
    "tax_id": "EKU9003173C9",
    "tax_system": "601",
    "zip": "42501",
}
_SERIES = {"I": "A", "E": "NC", "P": "P", "T": "T"}
_SETTINGS = {"I": "income", "E": "credit_note", "P": "complements"}


def issuer_info(sandbox: "Sandbox", scope: Scope) -> Row:
    """Return the fiscal data of a team; one that has none borrows those of the SAT's test company."""
    team = sandbox.teams.anywhere(scope[1]) or {}
    own = {name: team.get(name) for name in ("legal_name", "tax_id", "tax_system")}
    own["zip"] = (team.get("address") or {}).get("zip")
    return (
        {**_SCHOOL, **{name: value for name, value in own.items() if value}} if all(own.values()) else _SCHOOL
    )


def series_of(sandbox: "Sandbox", scope: Scope, kind: str) -> str:
    """Return the series that a team's settings name for a type of invoice, or the usual one."""
    team = sandbox.teams.anywhere(scope[1]) or {}
    named = ((team.get("settings") or {}).get("default_series") or {}).get(_SETTINGS.get(kind, "")) or {}
    return str(named.get("serie") or _SERIES.get(kind, "A"))


def next_folio(sandbox: "Sandbox", scope: Scope, invoice: Row) -> int | str:
    """Return the number that was asked for, or the one after the last of this series and mode."""
    if (wanted := invoice.get("folio_number")) is not None:
        return wanted if isinstance(wanted, int) else str(wanted)
    set_by_team = _team_series(sandbox, scope, invoice["series"]).get(_mode(scope), 0)
    return max(sandbox.folios[scope, invoice["series"]], int(set_by_team)) + 1


def count_folio(sandbox: "Sandbox", scope: Scope, invoice: Row) -> None:
    """Take note of a folio that is used, where the team's series show it, too."""
    key, folio = (scope, invoice["series"]), invoice["folio_number"]
    if isinstance(folio, int):
        sandbox.folios[key] = max(sandbox.folios[key], folio)
        row = _team_series(sandbox, scope, invoice["series"])
        row[_mode(scope)] = max(row.get(_mode(scope), 0), folio)


def used_series(sandbox: "Sandbox", team: str) -> list[Row]:
    """Return the series that a team has used, and the usual one, with the last folio of each mode."""
    names = {name for (scope, name) in sandbox.folios if scope[1] == team} | {_SERIES["I"]}
    last = sandbox.folios
    return [
        {"series": name, "live": last[(True, team), name], "test": last[(False, team), name]}
        for name in sorted(names)
    ]


def _team_series(sandbox: "Sandbox", scope: Scope, name: str) -> Row:
    """Return the line of a series in its team, put there if need be; one of its own without a team."""
    team = sandbox.teams.anywhere(scope[1])
    if team is None:
        return {}
    row: Row | None = next((row for row in team["series"] if row["series"] == name), None)
    if row is None:
        row = {"series": name, "live": 0, "test": 0}
        team["series"].append(row)
    return row


def _mode(scope: Scope) -> str:
    return "live" if scope[0] else "test"
