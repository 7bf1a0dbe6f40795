"""Settings: how they say what is wrong."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from gigstack_events.errors import ConfigurationError
from gigstack_events.settings import Settings, load_settings


def problems(env: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(env)
    return str(caught.value).splitlines()


def test_all_problems_are_told_at_once_by_name() -> None:
    """An operator mends a bad configuration in one go, contradictions included."""
    told = problems(
        {
            "REDIS_URL": "localhost:6379",
            "GIGSTACK_API_URL": "api.gigstack.io",
            "GIGSTACK_LEASE": "soon",
            "GIGSTACK_CHECK_DELAY": "-3",
            "GIGSTACK_MAX_BODY": "0",
            "GIGSTACK_LANES": "live",
            "GIGSTACK_HANDLERS_DIR": "/no/such/folder",
            "GIGSTACK_HANDLER_NOTIFY": "not json",
            "GIGSTACK_HANDLRES": "x",
            "GIGSTACK_VERIFY": "none,token",
            "GIGSTACK_WEBHOOK_HEADER": "X Key:",
            "GIGSTACK_WEBHOOK_TOLERANCE": "nan",
        }
    )
    assert [line.partition(":")[0] for line in told] == [
        "GIGSTACK_API_URL",
        "GIGSTACK_CHECK_DELAY",
        "GIGSTACK_HANDLERS_DIR",
        "GIGSTACK_HANDLER_NOTIFY",
        "GIGSTACK_HANDLRES",
        "GIGSTACK_LANES",
        "GIGSTACK_LEASE",
        "GIGSTACK_MAX_BODY",
        "GIGSTACK_VERIFY",
        "GIGSTACK_VERIFY",
        "GIGSTACK_WEBHOOK_HEADER",
        "GIGSTACK_WEBHOOK_TOLERANCE",
        "REDIS_URL",
    ]


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        (
            {"GIGSTACK_VERIFY": "standard"},
            "GIGSTACK_VERIFY: 'standard' needs GIGSTACK_WEBHOOK_SECRETS; set it",
        ),
        (
            {"GIGSTACK_VERIFY": "gigstack"},
            "GIGSTACK_VERIFY: 'gigstack' needs GIGSTACK_WEBHOOK_SECRETS; set it",
        ),
        ({"GIGSTACK_VERIFY": "token"}, "GIGSTACK_VERIFY: 'token' needs GIGSTACK_WEBHOOK_TOKENS; set it"),
        (
            {"GIGSTACK_VERIFY": "header", "GIGSTACK_WEBHOOK_HEADER": "X-Key"},
            "GIGSTACK_VERIFY: 'header' needs GIGSTACK_WEBHOOK_HEADER_VALUES; set it",
        ),
        (
            {"GIGSTACK_VERIFY": "none,token", "GIGSTACK_WEBHOOK_TOKENS": "t"},
            "GIGSTACK_VERIFY: 'none' combines with no other; name it alone or drop it",
        ),
        (
            {"GIGSTACK_VERIFY": "standard", "GIGSTACK_WEBHOOK_SECRETS": "whsec_not*base64"},
            "GIGSTACK_WEBHOOK_SECRETS: for 'standard' a secret is whsec_ and base64; "
            "copy it again as it was shown",
        ),
        (
            {"GIGSTACK_WEBHOOK_TOKENS": "same", "GIGSTACK_WEBHOOK_SECRETS": "other same"},
            "GIGSTACK_WEBHOOK_SECRETS: shares a value with GIGSTACK_WEBHOOK_TOKENS; use another in one",
        ),
        (
            {"GIGSTACK_WEBHOOK_TOKENS": "a/b"},
            "GIGSTACK_WEBHOOK_TOKENS: a token is part of a path; make it of letters, digits and . _ ~ - only",
        ),
        ({"GIGSTACK_LEASE": "10"}, "GIGSTACK_CALL_TIMEOUT: set it to less than GIGSTACK_LEASE"),
        ({"GIGSTACK_CHECK_DELAY": "20"}, "GIGSTACK_CHECK_DELAY: set it to more than GIGSTACK_LEASE"),
        ({"GIGSTACK_LANES": "live=0"}, "GIGSTACK_LANES: must be greater than 0"),
        ({"GIGSTACK_HANDLER": "*"}, "GIGSTACK_HANDLER: is not a setting; did you mean GIGSTACK_HANDLERS?"),
        ({"GIGSTACK_QQQ": "3"}, "GIGSTACK_QQQ: is not a setting; remove it"),
        (
            {"GIGSTACK_HANDLER_NOTIFY": "[]"},
            """GIGSTACK_HANDLER_NOTIFY: is not a JSON object; write the options like {"dry_run": true}""",
        ),
    ],
)
def test_each_problem_comes_with_its_cure(env: dict[str, str], sentence: str) -> None:
    """What is wrong and what to do stand on one line."""
    assert problems(env) == [sentence]


def test_what_depends_on_a_broken_value_is_not_told_too() -> None:
    """One mistake gives one line: its consequences are left out."""
    assert problems({"GIGSTACK_LEASE": "x", "GIGSTACK_CALL_TIMEOUT": "30"}) == [
        "GIGSTACK_LEASE: must be a valid number"
    ]
    env = {"GIGSTACK_VERIFY": "standard", "GIGSTACK_WEBHOOK_SECRETS_FILE": "/no/such/file"}
    assert [line.partition(":")[0] for line in problems(env)] == ["GIGSTACK_WEBHOOK_SECRETS"]


def test_a_bad_file_is_named(tmp_path: Path) -> None:
    """A file that is missing, empty or not text, or that competes with a value, is told by its name."""
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.write_text("\n")
    binary.write_bytes(b"\xff\xfe")
    told = problems(
        {
            "GIGSTACK_API_KEY_FILE": str(tmp_path / "none"),
            "GIGSTACK_TEST_API_KEY_FILE": str(empty),
            "GIGSTACK_WEBHOOK_TOKENS_FILE": str(binary),
            "GIGSTACK_WEBHOOK_SECRETS_FILE": str(empty),
            "GIGSTACK_WEBHOOK_SECRETS": "s",
            "GIGSTACK_LEASE_FILE": str(empty),
        }
    )
    assert told == [
        f"GIGSTACK_API_KEY: GIGSTACK_API_KEY_FILE names '{tmp_path}/none', which cannot be read "
        "(No such file or directory); mend the file or path",
        "GIGSTACK_LEASE_FILE: is not a setting; did you mean GIGSTACK_LEASE?",
        f"GIGSTACK_TEST_API_KEY: GIGSTACK_TEST_API_KEY_FILE names '{empty}', which is empty; "
        "write the value into it",
        "GIGSTACK_WEBHOOK_SECRETS: is set, and so is GIGSTACK_WEBHOOK_SECRETS_FILE; keep one of the two",
        f"GIGSTACK_WEBHOOK_TOKENS: GIGSTACK_WEBHOOK_TOKENS_FILE names '{binary}', which cannot be read "
        "(not UTF-8 text); mend the file or path",
    ]


def test_no_secret_is_ever_shown() -> None:
    """Neither the settings nor a message about them hold a secret's value."""
    env = {
        "REDIS_URL": "redis://:hunter2@127.0.0.1/0",
        "GIGSTACK_API_KEY": "sk_live_hunter2",
        "GIGSTACK_WEBHOOK_SECRETS": "hunter2",
        "GIGSTACK_WEBHOOK_TOKENS": "hunter2-token",
        "GIGSTACK_WEBHOOK_HEADER_VALUES": "hunter2-header",
        "GIGSTACK_HANDLER_NOTIFY": '{"password": "hunter2"}',
    }
    assert "hunter2" not in repr(load_settings(env)) + str(load_settings(env))
    bad = {
        **env,
        "REDIS_URL": "http://hunter2",
        "GIGSTACK_TEST_API_KEY": "sk_live_hunter2",
        "GIGSTACK_WEBHOOK_TOKENS": "hunter2/ hunter2",
        "GIGSTACK_WEBHOOK_HEADER_VALUES": "hunter2",
        "GIGSTACK_HANDLER_NOTIFY": "hunter2",
        "GIGSTACK_VERIFY": "standard",
    }
    told = problems(bad)
    assert len(told) >= 5
    assert "hunter2" not in "\n".join(told)
    with pytest.raises(ValidationError) as caught:
        Settings(test_api_key=SecretStr("sk_live_hunter2"), redis_url="http://hunter2")
    assert "hunter2" not in str(caught.value)
