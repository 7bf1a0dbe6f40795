"""Signing up, the health of the API, and the SAT's lists."""

import httpx
import pytest

from gigstack_events.api import NotFound, UnexpectedAnswer
from gigstack_events.api.models import SatListCheck
from tests.api.asked import Asked, asked
from tests.api.stand_in import Api, documented, ok

ID = "0d0a7e0c-7f58-4a3e-9f5e-0a6d6d3f1c11"


def test_a_new_account_shows_its_keys_once_and_in_no_log() -> None:
    """The partner's own key goes along as a header, and the answer stands at the top of the reply."""
    account = {
        "user_id": "user_1",
        "team_id": "team_1",
        "api_keys": {"live": "sk_live_9", "test": "sk_test_9"},
    }
    api = Api(httpx.Response(201, json=account))
    made = api.gigstack().auth.signup(
        internal_api_key="ik_1", idempotency_key=ID, email="a@b.mx", rfc="PEGJ800101ABC", metadata={"n": 1}
    )
    body = {"email": "a@b.mx", "rfc": "PEGJ800101ABC", "metadata": {"n": 1}}
    assert asked(api.last) == Asked("POST", "/auth/signup", body)
    assert api.last.headers["idempotency-key"] == ID
    assert api.last.headers["x-internal-api-key"] == "ik_1"
    assert made.api_keys.live is not None
    assert (made.user_id, made.team_id, made.api_keys.live.get_secret_value()) == (
        "user_1",
        "team_1",
        "sk_live_9",
    )
    assert "sk_live_9" not in f"{made!r} {made.model_dump()} {made.api_keys!r}"


@pytest.mark.parametrize("reply", [ok({"status": "ok"}), httpx.Response(200, text="OK"), httpx.Response(204)])
def test_health_is_a_success_of_any_kind(reply: httpx.Response) -> None:
    """What it answers is not documented."""
    api = Api(reply)
    api.gigstack().auth.health()
    assert asked(api.last) == Asked("GET", "/auth/health")


def test_a_redirect_is_not_health() -> None:
    """That is what a moved API or somebody in between says."""
    with pytest.raises(UnexpectedAnswer):
        Api(httpx.Response(302, headers={"Location": "https://x.mx"})).gigstack().auth.health()


def test_a_route_that_the_api_lacks_is_not_found() -> None:
    """Some routes are inferred: their absence is an ordinary error."""
    with pytest.raises(NotFound):
        list(Api(documented(404, "resource_not_found")).gigstack().sat_lists.list())


@pytest.mark.parametrize(
    "data",
    [[{"id": "69-B", "lastSync": 1_767_225_600}], {"lists": [{"key": "69-B", "last_sync": 1_767_225_600}]}],
)
def test_the_sats_lists_say_how_old_they_are(data: object) -> None:
    """How they are listed is not documented."""
    api = Api(ok(data))
    assert [(row.id, row.last_synced_at) for row in api.gigstack().sat_lists.list()] == [
        ("69-B", 1_767_225_600_000)
    ]
    assert asked(api.last) == Asked("GET", "/sat-lists")


@pytest.mark.parametrize(
    ("data", "is_listed"),
    [
        ([], False),
        ([{"list": "69-B"}], True),
        ({"rfc": "X", "matches": []}, False),
        ({"rfc": "X", "entries": [{"list": "69-B"}]}, True),
        ({"rfc": "X", "found": True}, True),
        ({"rfc": "X", "found": False}, False),
    ],
)
def test_an_rfc_is_on_a_list_or_not(data: object, is_listed: bool) -> None:
    """Every entry that fits is told; how is not documented."""
    api = Api(ok(data))
    assert api.gigstack().sat_lists.check("PEGJ800101ABC").is_listed is is_listed
    assert asked(api.last) == Asked("GET", "/sat-lists/check", None, {"rfc": "PEGJ800101ABC"})
    assert SatListCheck.model_validate(data).is_listed is is_listed
