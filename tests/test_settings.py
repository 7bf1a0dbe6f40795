"""Settings: what is read from where."""

import base64
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from gigstack_events.settings import Settings, load_settings, settings_table, variable

SECRET = "whsec_" + base64.b64encode(b"a key of 24 bytes or so.").decode()
OLDER = "whsec_" + base64.b64encode(b"an older key of 24 bytes").decode()


def test_nothing_set_gives_the_defaults() -> None:
    """An empty environment is a usable one."""
    settings = load_settings({})
    assert (settings.redis_url, settings.verify, settings.lanes) == ("", (), {"live": 2, "bulk": 1})


def test_lists_and_maps_are_read_from_plain_text() -> None:
    """Commas, spaces and both together separate what is not secret; spaces separate secrets."""
    settings = load_settings(
        {
            "REDIS_URL": " redis://127.0.0.1:6379/3 ",
            "GIGSTACK_VERIFY": "standard, token",
            "GIGSTACK_WEBHOOK_SECRETS": f"{SECRET}  {OLDER}",
            "GIGSTACK_WEBHOOK_TOKENS": "the-token-number-1 the-token-number-2",
            "GIGSTACK_HANDLERS": "stamp_receipts,notify",
            "GIGSTACK_LANES": "live=4, bulk=1",
            "GIGSTACK_LOG_LEVEL": "DEBUG",
            "UNRELATED": "x",
        }
    )
    assert settings.redis_url == "redis://127.0.0.1:6379/3"
    assert settings.verify == ("standard", "token")
    assert [token.get_secret_value() for token in settings.webhook_tokens] == [
        "the-token-number-1",
        "the-token-number-2",
    ]
    assert settings.handlers == ("stamp_receipts", "notify")
    assert settings.lanes == {"live": 4, "bulk": 1}
    assert settings.log_level == "debug"


def test_unprefixed_secrets_may_stand_beside_standard_ones() -> None:
    """The `gigstack` scheme takes any text as its secret, so such texts are no error while it is on."""
    env = {
        "GIGSTACK_VERIFY": "standard,gigstack",
        "GIGSTACK_WEBHOOK_SECRETS": f"{SECRET} plain-text-that-is-not-base64!",
    }
    assert len(load_settings(env).webhook_secrets) == 2


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    """The file is read at each load, so that a rotation needs no restart; space around is dropped."""
    file = tmp_path / "secrets"
    env = {"GIGSTACK_WEBHOOK_SECRETS_FILE": str(file)}
    file.write_text(f"{SECRET}\n")
    assert load_settings(env).webhook_secrets == (SecretStr(SECRET),)
    file.write_text(f"{OLDER}\n{SECRET}\n")
    assert load_settings(env).webhook_secrets == (SecretStr(OLDER), SecretStr(SECRET))


def test_options_of_handlers_are_json(tmp_path: Path) -> None:
    """Options are found under the handler's name, whether they come from the environment or a file."""
    file = tmp_path / "notify.json"
    file.write_text('{"url": "https://example.com"}')
    env = {"GIGSTACK_HANDLER_STAMP_RECEIPTS": '{"dry_run": true}', "GIGSTACK_HANDLER_NOTIFY_FILE": str(file)}
    assert load_settings(env).handler_options == {
        "stamp_receipts": {"dry_run": True},
        "notify": {"url": "https://example.com"},
    }


def test_settings_made_in_code_are_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever skips the environment gets the same rules, and nothing from the environment."""
    monkeypatch.setenv("GIGSTACK_LEASE", "19")
    monkeypatch.setenv("LEASE", "19")
    assert Settings().lease == 20
    with pytest.raises(ValidationError, match="combines with no other"):
        Settings(verify=("none", "standard"), webhook_secrets=(SecretStr(SECRET),))
    with pytest.raises(ValidationError, match="frozen"):
        Settings().lease = 3


def test_the_environment_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument the settings are those of the process."""
    monkeypatch.setenv("GIGSTACK_CRASH_BOUND", "50")
    assert load_settings().crash_bound == 50


def test_the_table_has_every_variable() -> None:
    """Each setting has a row with a meaning, and each secret says that it may come from a file."""
    rows = settings_table().splitlines()[2:]
    assert len(rows) == len(Settings.model_fields)
    assert all(row.split(" | ")[2].strip(" |") for row in rows)
    from_files = {row.split("`")[1] for row in rows if "_FILE`" in row}
    secret = {
        variable(name)
        for name, field in Settings.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
    assert from_files == {"REDIS_URL", "GIGSTACK_HANDLER_<NAME>"} | secret
