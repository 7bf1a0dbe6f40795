"""API keys: the mode that each tells, and what follows from it."""

import base64
import json

import pytest

from gigstack_events.errors import ConfigurationError
from gigstack_events.settings import load_settings, variable


def jwt(**claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("key", "livemode"),
    [
        ("sk_live_abc", True),
        ("sk_test_abc", False),
        (jwt(livemode=True), True),
        (jwt(key_id="sk_test_abc"), False),
        (jwt(key_id="sk_live_abc", livemode=True), True),
    ],
)
def test_a_key_that_tells_its_mode_may_write_in_it(key: str, livemode: bool) -> None:
    """The prefix or the claims of a key decide, and a key in the wrong place is refused."""
    right, wrong = ("api_key", "test_api_key") if livemode else ("test_api_key", "api_key")
    found = load_settings({variable(right): key}).key_for(livemode)
    assert found is not None
    assert (found.livemode, found.may_write, found.value.get_secret_value()) == (livemode, True, key)
    with pytest.raises(ConfigurationError, match=f"its place is {variable(right)}$"):
        load_settings({variable(wrong): key})


@pytest.mark.parametrize(
    "key",
    [
        "abc",
        "a.b.c",
        "a.YWJj.c",
        jwt(),
        jwt(livemode="yes"),
        jwt(livemode=True, key_id="sk_test_x"),
        "a.W10.c",
    ],
)
def test_a_key_of_unknown_mode_may_only_read(key: str) -> None:
    """What does not say its mode, or contradicts itself, never writes."""
    for livemode in (True, False):
        found = load_settings({variable("api_key" if livemode else "test_api_key"): key}).key_for(livemode)
        assert found is not None
        assert not found.may_write


def test_a_mode_without_a_key_has_none() -> None:
    """The key of one mode is never lent to the other."""
    settings = load_settings({"GIGSTACK_API_KEY": "sk_live_abc"})
    assert settings.key_for(True) is not None
    assert settings.key_for(False) is None
