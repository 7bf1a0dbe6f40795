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
        ({"GIGSTACK_RATE": "0.1"}, "GIGSTACK_RATE: set it to 1 or more, or to 0 for any number"),
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
            {"GIGSTACK_VERIFY": "none,token", "GIGSTACK_WEBHOOK_TOKENS": "sixteen-letters-"},
            "GIGSTACK_VERIFY: 'none' combines with no other; name it alone or drop it",
        ),
        (
            {"GIGSTACK_VERIFY": "standard", "GIGSTACK_WEBHOOK_SECRETS": "whsec_not*base64"},
            "GIGSTACK_WEBHOOK_SECRETS: for 'standard' a secret is whsec_ and base64; "
            "copy it again as it was shown",
        ),
        (
            {"GIGSTACK_WEBHOOK_TOKENS": "a-shared-secret-", "GIGSTACK_WEBHOOK_SECRETS": "a-shared-secret-"},
            "GIGSTACK_WEBHOOK_SECRETS: shares a value with GIGSTACK_WEBHOOK_TOKENS; use another in one",
        ),
        (
            {"GIGSTACK_WEBHOOK_TOKENS": "a/b"},
            "GIGSTACK_WEBHOOK_TOKENS: a token is part of a path; make it of letters, digits and . _ ~ - only",
        ),
        ({"GIGSTACK_LEASE": "10"}, "GIGSTACK_CALL_TIMEOUT: set it to less than GIGSTACK_LEASE"),
        ({"GIGSTACK_CHECK_DELAY": "20"}, "GIGSTACK_CHECK_DELAY: set it to more than GIGSTACK_LEASE"),
        ({"GIGSTACK_LANES": "live=0"}, "GIGSTACK_LANES: must be greater than 0"),
        ({"GIGSTACK_LANES": "live=2bulk=1"}, "GIGSTACK_LANES: write it like live=2,bulk=1"),
        (
            {"GIGSTACK_LANES": "live=2,live=1"},
            "GIGSTACK_LANES: names a lane twice; write each once, like live=2,bulk=1",
        ),
        ({"GIGSTACK_LANES": "live=100000"}, "GIGSTACK_LANES: must be less than or equal to 500"),
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


def test_a_folder_that_is_not_there_is_told_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`make -C` and the programs run in the project's folder: the path shows where it was looked for."""
    monkeypatch.chdir(tmp_path)
    assert problems({"GIGSTACK_HANDLERS_DIR": "mine"}) == [
        f"GIGSTACK_HANDLERS_DIR: {tmp_path}/mine is no folder; mend the path, or make the folder"
    ]


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
        "GIGSTACK_WEBHOOK_SECRETS": "hunter2-signing-secret",
        "GIGSTACK_WEBHOOK_TOKENS": "hunter2-token-for-the-path",
        "GIGSTACK_WEBHOOK_HEADER_VALUES": "hunter2-header-with-more",
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


GOOD_ADDRESSES = [
    "redis://127.0.0.1",
    "redis://localhost:6379",
    "rediss://user:p%40ss@redis.example.com:6380/15?ssl_cert_reqs=none",
    "redis://:secret@[::1]:6379/0",
    "redis://my_redis/",
    "unix:///run/redis.sock?db=1",
]
BAD_ADDRESSES = [
    "redis://127.0.0.1:6379/foo",
    "redis://127.0.0.1:6379/0,",
    "redis://127.0.0.1:6379/0/1",
    "redis://127.0.0.1:port/0",
    "redis://127.0.0.1:65536/0",
    "redis://127.0.0.1:0/0",
    "redis://[::1/0",
    "redis:///0",
    "redis://",
    "redis://127.0.0.1 /0",
    "xredis://127.0.0.1/0",
]


@pytest.mark.parametrize("url", GOOD_ADDRESSES)
def test_addresses_of_redis(url: str) -> None:
    """With or without TLS, user, password, port, number and options, and by a socket."""
    assert load_settings({"REDIS_URL": url}).redis_url == url


@pytest.mark.parametrize("url", BAD_ADDRESSES)
def test_what_is_no_address_of_redis_is_told(url: str) -> None:
    """A slip of the pen is not passed on, where it would choose another database than the one meant."""
    assert problems({"REDIS_URL": url}) == ["REDIS_URL: write it like redis://127.0.0.1:6379/0"]


FIFTEEN, SIXTEEN = "whsec_MTUgYnl0ZXMgb25seS4u", "whsec_MTYgYnl0ZXMgYXQgbGFzdA=="


@pytest.mark.parametrize("name", ["SECRETS", "TOKENS", "HEADER_VALUES"])
@pytest.mark.parametrize("weak", ["x" * 15, FIFTEEN, "x" * 16 + " y"])
def test_a_secret_that_can_be_guessed_is_refused(name: str, weak: str) -> None:
    """Fewer than 16 characters, or bytes behind `whsec_`, are told with a way to more, if only one."""
    told = problems({f"GIGSTACK_WEBHOOK_{name}": weak})
    cure = "less than 16 bytes; take more, as `openssl rand -hex 24` prints"
    assert told == [f"GIGSTACK_WEBHOOK_{name}: {cure}"]


def test_sixteen_bytes_are_enough() -> None:
    """The bound itself is within, for plain secrets and for encoded ones."""
    env = {"GIGSTACK_WEBHOOK_SECRETS": f"{SIXTEEN} {'x' * 16}", "GIGSTACK_WEBHOOK_TOKENS": "y" * 16}
    assert len(load_settings(env).webhook_secrets) == 2
