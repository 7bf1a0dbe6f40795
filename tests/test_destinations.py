"""Destinations: short names for addresses that are secrets."""

from pathlib import Path

import pytest

from gigstack_events.destinations import address, target
from gigstack_events.errors import ConfigurationError
from gigstack_events.settings import load_settings

SOME = 'ops = "slack://a-secret"\nerp = { url = "https://erp.example.mx/", secret = "whsec_c2VjcmV0" }'


def test_names_stand_for_addresses(tmp_path: Path) -> None:
    """A line gives an address, a table a target with its secret; both may come from a file."""
    file = tmp_path / "destinations.toml"
    file.write_text(SOME)
    for env in ({"GIGSTACK_DESTINATIONS": SOME}, {"GIGSTACK_DESTINATIONS_FILE": str(file)}):
        known = load_settings(env).destinations
        assert address(known, "ops").get_secret_value() == "slack://a-secret"
        assert target(known, "erp")["url"].get_secret_value() == "https://erp.example.mx/"


def test_addresses_are_not_shown() -> None:
    """Settings that are printed tell names only."""
    settings = load_settings({"GIGSTACK_DESTINATIONS": SOME})
    shown = f"{settings!r} {settings} {settings.destinations!r} {settings.model_dump_json()}"
    assert "secret" not in shown.replace("webhook_secret", "").replace('"secret"', "").replace("'secret'", "")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ops = slack://a-secret", "cannot be read at line 1; write lines like"),
        ('a = "json://x"\nops = a-secret', "cannot be read at line 2"),
        ('Ops = "slack://a-secret"', "a name is made of small letters"),
        ('ops = "a-secret"', "'ops' is no address; write lines like"),
        ("ops = 7", "'ops' is no address"),
        ('erp = { ulr = "https://a-secret" }', "'erp' has 'ulr'; did you mean 'url'?"),
        ('erp = { url = "https://a-secret" }', "'erp' is for forward: write it like"),
    ],
)
def test_mistakes_are_told_without_the_address(text: str, sentence: str) -> None:
    """The sentence names the variable and what to write; never what stands there."""
    with pytest.raises(ConfigurationError) as told:
        load_settings({"GIGSTACK_DESTINATIONS": text})
    assert f"GIGSTACK_DESTINATIONS: {sentence}" in str(told.value)
    assert "a-secret" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("opps", "'opps' is not a destination in GIGSTACK_DESTINATIONS; did you mean 'ops'?"),
        ("erp", "'erp' is a target of forward in GIGSTACK_DESTINATIONS; there are ops"),
    ],
)
def test_an_unknown_name_gets_the_nearest(name: str, sentence: str) -> None:
    """A typo is told with the name that was meant, among those of the right kind."""
    with pytest.raises(ConfigurationError, match="GIGSTACK_DESTINATIONS") as told:
        address(load_settings({"GIGSTACK_DESTINATIONS": SOME}).destinations, name)
    assert str(told.value) == sentence
    with pytest.raises(
        ConfigurationError, match="write it into a file, and name that in GIGSTACK_DESTINATIONS_F"
    ):
        address({}, name)
