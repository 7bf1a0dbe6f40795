"""Teams and users: a simple store, whose every write shows in another read."""

import base64
from typing import Any

import pytest

from gigstack_events.api import Gigstack
from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.administration import Office
from tests.sandbox.inbox import Inbox

CSD: dict[str, Any] = {"cert": ("csd.cer", b"certificate"), "key": ("csd.key", b"key")}


def _user(office: Office, **fields: Any) -> Any:
    return office.do("POST", "/users", {"email": f"ana@{office.team}.example", **fields})


def test_a_sub_team_lives_from_create_to_delete(master: Office) -> None:
    """It is told, listed, changed and, once deleted, out of the list but still there."""
    made = master.do("POST", "/teams", {"legal_name": "HIJA SA DE CV", "brand": {"alias": "Hija"}})
    id = made["id"]
    assert master.do("PUT", f"/teams/{id}", {"brand": {"primary_color": "#00ff00"}, "legal_name": None})
    read = master.get(f"/teams/{id}")["data"]
    assert (read["brand"], read["legal_name"]) == ({"alias": "Hija", "primary_color": "#00ff00"}, None)
    assert id in [team["id"] for team in master.get("/teams", limit=100)["data"]]
    assert master.do("DELETE", f"/teams/{id}") == {"id": id, "deleted": True}
    assert id not in [team["id"] for team in master.get("/teams", limit=100)["data"]]
    assert master.get(f"/teams/{id}")["data"]["deleted_at"]


def test_a_team_sees_itself_only(office: Office, master: Office) -> None:
    """Any team that is named exists; it has no sub-teams and does not see others."""
    assert [team["id"] for team in office.get("/teams")["data"]] == [office.team]
    assert office.refused("GET", "/teams/team_sandbox") == (404, "resource_not_found")
    assert office.refused("POST", "/teams", {}) == (403, "master_team_required")
    assert master.get(f"/teams/{office.team}")["data"]["id"] == office.team
    assert master.refused("GET", "/teams/team_nowhere") == (404, "resource_not_found")
    assert master.refused("DELETE", "/teams/team_sandbox") == (400, "operation_not_allowed")


def test_onboarding_links_are_new_each_time(master: Office) -> None:
    """The read renews what it reads."""
    made = master.do("POST", "/teams", {"generate_onboarding_url": True})
    links = {made["onboarding_url"]}
    links |= {master.get(f"/teams/{made['id']}/onboarding-url")["data"]["url"] for _ in range(2)}
    assert len(links) == 3


def test_users_join_teams_and_leave_them(office: Office) -> None:
    """Both sides of a membership show it, whichever way it was made, changed and ended."""
    id = _user(office, first_name="Ana", lastName="Díaz", auto_join=True, role="editor")["id"]
    path = f"/teams/{office.team}/members"
    assert (office.get(f"/users/{id}")["data"]["name"], _roles(office)) == ("Ana Díaz", {id: "editor"})
    office.do("PATCH", f"{path}/{id}", {"role": "admin"})
    assert _roles(office) == {id: "admin"}
    assert office.get(f"/users/{id}")["data"]["teams"][0]["role"] == "admin"
    office.do("POST", f"/teams/{office.team}/remove-member", {"id": id})
    assert (_roles(office), office.get(f"/users/{id}")["data"]["teams"]) == ({}, [])
    office.do("POST", f"/teams/{office.team}/add-member", {"id": id, "role": "viewer"})
    assert _roles(office) == {id: "viewer"}
    office.do("DELETE", f"{path}/{id}")
    assert office.refused("DELETE", f"{path}/{id}") == (404, "resource_not_found")
    missing = {"id": "user_nobody"}
    assert office.refused("POST", f"/teams/{office.team}/add-member", missing)[0] == 404


def _roles(office: Office) -> dict[str, str]:
    members = office.get(f"/teams/{office.team}/members")["data"]
    return {member["id"]: member["role"] for member in members if member["id"] != "user_sandbox"}


def test_a_user_keeps_the_identity(office: Office) -> None:
    """Two users of one address cannot be; who was deleted comes back as the same."""
    id = _user(office, auto_join=True)["id"]
    assert office.refused("POST", "/users", {"email": f"ana@{office.team}.example"})[0] == 409
    office.do("PUT", f"/users/{id}", {"first_name": "Ana", "email": "other@example.mx"})
    assert office.get(f"/users/{id}")["data"]["email"] == f"ana@{office.team}.example"
    office.do("DELETE", f"/users/{id}")
    assert (office.get("/users")["data"], _roles(office)) == ([], {})
    assert office.refused("GET", f"/users/{id}") == (404, "resource_not_found")
    assert _user(office)["id"] == id


def test_links_and_passwords_of_users(office: Office) -> None:
    """Both spellings of a password reset are heard; a login link is for a user who exists."""
    user = _user(office)
    assert office.do("POST", "/users/reset-password", {"email": user["email"]}) == {"sent": True}
    assert office.do("POST", f"/users/reset-password/{user['id']}", {}) == {"sent": True}
    assert office.do("POST", "/users/login-link", {"user_id": user["id"]})["url"].startswith("https://")
    assert office.get(f"/users/{user['id']}")["data"]["last_login"]
    assert office.refused("POST", "/users/login-link", {"user_id": "user_x"})[0] == 404


def test_series_are_named_and_counted(office: Office) -> None:
    """A name is there once; folios are those of a mode."""
    path = f"/teams/{office.team}/series"
    assert office.do("POST", path, {"series": "NC", "live": 3}) == {"series": "NC", "live": 3, "test": 0}
    assert office.refused("POST", path, {"series": "NC"}) == (409, "resource_already_exists")
    office.do("PUT", f"{path}/NC", {"test": 8})
    assert {"series": "NC", "live": 3, "test": 8} in office.get(path)["data"]
    assert office.refused("PUT", f"{path}/ZZ", {"live": 1})[0] == 404


def test_a_series_goes_on_from_its_folio(sandbox: SandboxProcess, office: Office) -> None:
    """The next CFDI of the mode has the next number, and the series shows it."""
    office.do("PUT", f"/teams/{office.team}/series/A", {"live": 41})
    [receipt] = sandbox.pay(team=office.team, receipts=1, late=0)["receipts"]
    office.do("POST", f"/receipts/{receipt}/stamp")
    [invoice] = office.get("/invoices/income")["data"]
    assert (invoice["series"], invoice["folio_number"]) == ("A", 42)
    assert office.get(f"/teams/{office.team}/series")["data"][0] == {"series": "A", "live": 42, "test": 0}


def test_settings_change_where_they_are_told_to(office: Office) -> None:
    """Null clears, a group keeps what is not named, an array is replaced, and the schema is closed."""
    path = f"/teams/{office.team}/settings"
    office.do("PUT", path, {"emails": {"invoices_bcc": ["a@b.mx"], "invoice_subject": "Hola"}, "use": "G03"})
    office.do(
        "PUT", path, {"emails": {"invoices_bcc": []}, "use": None, "periodicity": "month", "refunds": {}}
    )
    settings = office.get(path)["data"]
    assert settings["emails"] == {"invoices_bcc": [], "invoice_subject": "Hola"}
    assert (settings["use"], settings["periodicity"]) == (None, {"label": "Mensual", "value": "month"})
    assert office.get(f"/teams/{office.team}")["data"]["settings"] == settings
    refused: list[Any] = [{"emials": {}}, {"emails": {"bcc": []}}, {"use": 3}, {"pdf_language": "fr"}]
    for odd in refused:
        assert office.refused("PUT", path, odd)[0] == 400, odd


def test_connections_are_told(
    sandbox: SandboxProcess, gigstack: Gigstack, office: Office, inbox: Inbox
) -> None:
    """CSD, manifest and processors: state and event, each with the team as it then is."""
    events = ("teams.sat.completed", "teams.sat.manifest.signed", "teams.stripe.completed")
    gigstack.webhooks.create(url=inbox.url, events=[*events])
    team = office.do("POST", f"/teams/{office.team}/sat-connection", files=CSD, data={"keyPass": "x"})
    assert team["sat"]["completed"] is True
    fiel = {name: base64.b64encode(b"fiel").decode() for name in ("cert", "key")}
    office.do("POST", f"/teams/{office.team}/manifest/sign", {**fiel, "password": "x"})
    sandbox.call("POST", "/_sandbox/integrations", {"team": office.team, "provider": "stripe"})
    assert office.get("/teams/integrations")["data"]["stripe"]["completed"] is True
    came = [one.event for one in inbox.wait(3)]
    assert {event["type"] for event in came} == {*events}
    assert {event["data"]["object"]["id"] for event in came} == {office.team}


def test_a_certificate_that_cannot_be_is_refused(office: Office) -> None:
    """A file of another kind, none at all, or a password that does not open the key."""
    path = f"/teams/{office.team}/sat-connection"
    odd = {**CSD, "cert": ("csd.pdf", b"x")}
    assert office.refused("POST", path, files=odd, data={"keyPass": "x"}) == (400, "invalid_file_format")
    assert office.refused("POST", path, files=CSD) == (400, "missing_required_field")
    assert office.refused("POST", path, files=CSD, data={"keyPass": "wrong"})[0] == 400
    signed = {"cert": "not base64!", "key": "AA==", "password": "x"}
    assert office.refused("POST", f"/teams/{office.team}/manifest/sign", signed)[0] == 400
    assert office.get(f"/teams/{office.team}")["data"]["sat"]["completed"] is False


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/users", {}),
        ("POST", "/users", {"email": 3}),
        ("POST", "/users", {"email": "nobody"}),
        ("PUT", "/teams/team_sandbox", {"brand": "blue"}),
        ("PUT", "/teams/team_sandbox", {"tax_id": "no rfc"}),
        ("POST", "/teams", {"add_members": [{"role": "viewer"}]}),
        ("POST", "/teams/team_sandbox/add-member", {"id": "user_sandbox", "role": "king"}),
        ("POST", "/teams/team_sandbox/series", {"series": "A b"}),
        ("PUT", "/teams/team_sandbox/series/A", {"live": "7"}),
        ("GET", "/teams?limit=0", None),
        ("GET", "/users?next=x", None),
    ],
)
def test_odd_input_is_refused(master: Office, method: str, path: str, body: object) -> None:
    """Wrong types are the caller's fault, never the sandbox's."""
    assert master.refused(method, path, body)[0] == 400


def test_signing_up_happens_once_per_key(master: Office) -> None:
    """The same `Idempotency-Key` gives the same account, and no API key is needed."""
    key = "0b8f6a52-6a45-4c0e-9d3a-111111111111"
    body = {"email": "nueva@example.mx", "name": "NUEVA SA DE CV", "rfc": "NUE200101AB1"}
    asked = {"headers": {"Idempotency-Key": key, "Authorization": ""}}
    first, second = (master.ask("POST", "/auth/signup", body, **asked).json() for _ in range(2))
    assert first == second
    assert {*first["api_keys"]} == {"live", "test"}
    team = master.get(f"/teams/{first['team_id']}")["data"]
    assert (team["legal_name"], team["owner"]) == ("NUEVA SA DE CV", first["user_id"])
    assert master.refused("POST", "/auth/signup", body) == (400, "missing_required_field")
    odd = {"headers": {"Idempotency-Key": "again"}}
    assert master.refused("POST", "/auth/signup", body, **odd) == (400, "invalid_field_value")


def test_health_and_catalogs(master: Office) -> None:
    """Health needs no key; catalogs are the SAT's codes."""
    assert master.ask("GET", "/auth/health", headers={"Authorization": ""}).status_code == 200
    rows = master.get("/catalogs/cfdi-usage")["data"]
    assert {"code": "G03", "description": "Gastos en general"} in rows
    for name in ("tax-regimes", "payment-forms", "payment-methods", "months", "invoice-relationships"):
        assert master.get(f"/catalogs/{name}")["data"]
