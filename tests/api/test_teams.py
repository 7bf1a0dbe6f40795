"""Teams and users: what is asked, what is read, and what stays secret."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gigstack_events.api import Gigstack, InvalidInput, LoginLink, Member, ServerFault
from gigstack_events.api.models import Integrations, OnboardingUrl, Series, Team, TeamSettings, User
from tests.api.asked import Asked, asked, form
from tests.api.stand_in import Api, ok


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda g: g.teams.get("t1"), Asked("GET", "/teams/t1")),
        (
            lambda g: g.teams.create(brand={"alias": "Acme"}),
            Asked("POST", "/teams", {"brand": {"alias": "Acme"}}),
        ),
        (
            lambda g: g.teams.update("t1", support_email="a@b.mx"),
            Asked("PUT", "/teams/t1", {"support_email": "a@b.mx"}),
        ),
        (lambda g: g.teams.delete("t1"), Asked("DELETE", "/teams/t1")),
        (lambda g: g.teams.get_integrations(), Asked("GET", "/teams/integrations")),
        (
            lambda g: g.bound(team="t2").teams.get_integrations(),
            Asked("GET", "/teams/integrations", None, {"team": "t2"}),
        ),
        (lambda g: g.teams.onboarding_url("t1"), Asked("GET", "/teams/t1/onboarding-url")),
        (lambda g: g.teams.get_settings("t1"), Asked("GET", "/teams/t1/settings")),
        (
            lambda g: g.teams.update_settings("t1", use="G03", addenda=None),
            Asked("PUT", "/teams/t1/settings", {"use": "G03", "addenda": None}),
        ),
        (lambda g: g.teams.list_series("t1"), Asked("GET", "/teams/t1/series")),
        (
            lambda g: g.teams.create_series("t1", "A", live=0, test=0),
            Asked("POST", "/teams/t1/series", {"series": "A", "live": 0, "test": 0}),
        ),
        (lambda g: g.teams.update_series("t1", "A", live=5), Asked("PUT", "/teams/t1/series/A", {"live": 5})),
        (lambda g: g.teams.list_members("t1"), Asked("GET", "/teams/t1/members")),
        (
            lambda g: g.teams.add_member("t1", "user_1"),
            Asked("POST", "/teams/t1/add-member", {"id": "user_1", "role": "viewer"}),
        ),
        (
            lambda g: g.teams.update_member("t1", "user_1", role="editor"),
            Asked("PATCH", "/teams/t1/members/user_1", {"role": "editor"}),
        ),
        (
            lambda g: g.teams.remove_member("t1", "user_1"),
            Asked("POST", "/teams/t1/remove-member", {"id": "user_1"}),
        ),
        (lambda g: g.teams.delete_member("t1", "user_1"), Asked("DELETE", "/teams/t1/members/user_1")),
        (
            lambda g: g.teams.sign_manifest("t1", cert=b"cer", key=b"key", password="p"),
            Asked("POST", "/teams/t1/manifest/sign", {"cert": "Y2Vy", "key": "a2V5", "password": "p"}),
        ),
        (lambda g: g.users.get("user_1"), Asked("GET", "/users/user_1")),
        (
            lambda g: g.users.create(email="p@x.mx", first_name="Ana", auto_join=True, role="editor"),
            Asked(
                "POST",
                "/users",
                {"email": "p@x.mx", "first_name": "Ana", "auto_join": True, "role": "editor"},
            ),
        ),
        (lambda g: g.users.update("user_1", phone=None), Asked("PUT", "/users/user_1", {"phone": None})),
        (lambda g: g.users.delete("user_1"), Asked("DELETE", "/users/user_1")),
        (
            lambda g: g.users.reset_password("p@x.mx"),
            Asked("POST", "/users/reset-password", {"email": "p@x.mx"}),
        ),
        (lambda g: g.users.login_link("user_1"), Asked("POST", "/users/login-link", {"user_id": "user_1"})),
    ],
)
def test_each_call_asks_for_what_its_name_says(call: Callable[[Gigstack], Any], expected: Asked) -> None:
    """Method, path, body and query, as the contract lists them."""
    api = Api(ok({}))
    call(api.gigstack())
    assert asked(api.last) == expected


@pytest.mark.parametrize("data", [None, [], [{"id": "user_1"}], True, "done", {"id": "t1"}])
def test_a_write_whose_answer_is_not_documented_succeeds(data: object) -> None:
    """It was done, whatever comes back; an error would tell the caller that nobody knows."""
    gigstack = Api(ok(data)).gigstack()
    gigstack.teams.add_member("t1", "user_1")
    gigstack.teams.update_member("t1", "user_1", role="editor")
    gigstack.teams.remove_member("t1", "user_1")
    gigstack.teams.create_series("t1", "A")
    gigstack.teams.update_settings("t1", use="G03")
    gigstack.teams.sign_manifest("t1", cert=b"c", key=b"k", password="p")
    gigstack.users.reset_password("p@x.mx")
    gigstack.sat.enable_sync()
    gigstack.sat.cancel_job("j1")


@pytest.mark.parametrize("section", ["teams", "users"])
def test_teams_and_users_are_walked_page_by_page(section: str) -> None:
    """Both lists take `next`, as most do."""
    api = Api(ok([{"id": "a"}], next="c1", has_more=True), ok([{"id": "b"}], has_more=False))
    found = getattr(api.gigstack(), section).list(sort="asc")
    assert [row.id for row in found] == ["a", "b"]
    assert asked(api.last) == Asked("GET", f"/{section}", None, {"limit": "100", "sort": "asc", "next": "c1"})


def test_the_csd_travels_as_a_form() -> None:
    """The API calls its password `keyPass`."""
    api = Api(ok({"sat": {"completed": True, "csd_expires_at": 1_893_456_000}}))
    found = api.gigstack().teams.upload_csd("t1", cert=b"cer", key=b"key", password="p")
    assert (found.completed, found.csd_expires_at) == (True, 1_893_456_000_000)
    assert (api.last.method, api.last.url.path) == ("POST", "/v2/teams/t1/sat-connection")
    assert form(api.last) == {
        "keyPass": (None, b"p"), "cert": ("cert.cer", b"cer"), "key": ("key.key", b"key"),
    }  # fmt: skip


def test_an_onboarding_url_is_no_plain_read() -> None:
    """It renews a password, so it is never asked for twice and the fence is told."""
    api = Api(httpx.Response(503))
    told: list[bool] = []
    with pytest.raises(ServerFault) as caught:
        api.gigstack().bound(guard=told.append).teams.onboarding_url("t1")
    assert (caught.value.outcome, len(api.requests), told) == ("unknown", 1, [False])


def test_a_series_without_folios_changes_nothing() -> None:
    """An update that says nothing is a mistake of the caller."""
    with pytest.raises(InvalidInput, match="live"):
        Api(ok({})).gigstack().teams.update_series("t1", "A")


@pytest.mark.parametrize(
    "data", ["https://x.mx/o?k=1", {"url": "https://x.mx/o?k=1"}, {"onboarding_url": "https://x.mx/o?k=1"}]
)
def test_an_onboarding_url_is_secret(data: object) -> None:
    """However the API names it, no log shows it."""
    found = Api(ok(data)).gigstack().teams.onboarding_url("t1")
    assert found.url is not None
    assert found.url.get_secret_value() == "https://x.mx/o?k=1"
    assert "k=1" not in f"{found!r} {found} {found.model_dump()} {OnboardingUrl.model_validate(data)}"


@pytest.mark.parametrize("name", ["url", "link", "login_link", "loginUrl"])
def test_a_login_link_is_secret(name: str) -> None:
    """Whoever has it is the user."""
    found = LoginLink.model_validate({name: "https://x.mx/?t=abc", "customToken": "abc"})
    assert found.url is not None
    assert found.token is not None
    assert (found.url.get_secret_value(), found.token.get_secret_value()) == ("https://x.mx/?t=abc", "abc")
    assert "abc" not in f"{found!r} {found.model_dump()}"


def test_a_new_team_may_come_with_its_onboarding_url() -> None:
    """Where it was asked for; it is as secret there, also beside the data."""
    reply = ok({"id": "t1", "legal_name": "ACME"}, onboarding_url="https://x.mx/o?k=1")
    team = Api(reply).gigstack().teams.create(tax_id="PEGJ800101ABC", generate_onboarding_url=True)
    assert team.onboarding_url is not None
    assert "k=1" not in repr(team)
    assert (team.id, team.legal_name) == ("t1", "ACME")


def test_a_team_is_read_with_its_parts() -> None:
    """Members, settings and the SAT's state; times in milliseconds."""
    data = {
        "id": "t1", "members": [{"id": "user_1", "role": "admin"}, None, 5], "credit_limit": "100",
        "settings": {"periodicity": {"label": "Mes", "value": "month"}, "use": "G03", "taxes": None},
        "sat": {"completed": True, "connected_at": "2026-01-01T00:00:00Z"}, "created_at": 1_767_225_600,
    }  # fmt: skip
    team = Team.model_validate(data)
    assert [(member.id, member.role) for member in team.members] == [("user_1", "admin")]
    assert (team.settings.periodicity, team.settings.use, team.settings.taxes) == ("month", "G03", [])
    assert (team.sat.completed, team.sat.connected_at) == (True, 1_767_225_600_000)
    assert (team.credit_limit, team.created_at) == (100.0, 1_767_225_600_000)


@pytest.mark.parametrize(
    "data", [{"use": "G03"}, {"settings": {"use": "G03"}}, {"id": "t1", "settings": {"use": "G03"}}]
)
def test_settings_read_alone_and_within_a_team(data: dict[str, Any]) -> None:
    """What an update answers is not documented."""
    assert TeamSettings.model_validate(data).use == "G03"


@pytest.mark.parametrize(
    "data",
    [
        [{"series": "A", "live": 1, "test": 2}],
        {"series": [{"series": "A", "live": 1, "test": 2}, None]},
        {"A": {"live": 1, "test": 2}},
        {"series": {"A": {"live": 1, "test": 2}}},
    ],
)
def test_series_read_as_a_list_and_as_a_map(data: object) -> None:
    """How they are listed is not documented."""
    found = Api(ok(data)).gigstack().teams.list_series("t1")
    assert [(series.series, series.live, series.test) for series in found] == [("A", 1, 2)]
    assert Series.model_validate({"serie": "A"}).series == "A"


@pytest.mark.parametrize("data", [[{"user_id": "u1"}], {"members": [{"id": "u1", "email": "a@b.mx"}]}])
def test_members_read_alone_and_within_a_field(data: object) -> None:
    """How they are listed is not documented."""
    found = Api(ok(data)).gigstack().teams.list_members("t1")
    assert [member.id for member in found] == ["u1"]
    assert isinstance(found[0], Member)


def test_integrations_tell_which_are_ready() -> None:
    """Providers are whatever the API names."""
    data = {"stripe": {"completed": True}, "openpay": {"completed": False}, "paypal": True, "else": None}
    assert Integrations.model_validate(data).completed == ["stripe", "paypal"]


def test_a_user_reads_both_spellings() -> None:
    """Older examples spell names in camelCase."""
    older = User.model_validate({"id": "user_1", "firstName": "Ana", "lastName": "Paz"})
    newer = User.model_validate({"id": "user_1", "first_name": "Ana", "last_name": "Paz", "firstName": None})
    assert (older.first_name, older.last_name) == (newer.first_name, newer.last_name) == ("Ana", "Paz")
