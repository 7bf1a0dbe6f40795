"""`webhooks`: endpoints are registered once, with exactly the events wanted, and their secret is not lost."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.admin.conftest import Admin

URL = "https://events.example/webhooks/gigstack"


def register(admin: Admin, api: dict[str, str], *more: str, url: str = URL) -> Any:
    return admin("webhooks", "register", "--url", url, *more, **api)


def registered(sandbox: SandboxProcess) -> list[dict[str, Any]]:
    return list(sandbox.call("GET", "/webhooks")["data"])


def test_events_are_those_of_the_handlers(
    admin: Admin, api: dict[str, str], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """Without --events the list is explicit and exactly what the enabled handlers want."""
    assert register(admin, api, "--secret-file", str(tmp_path / "secret")).code == 0
    (webhook,) = registered(sandbox)
    assert set(webhook["events"]) == {"payment.succeeded", "receipt.created"}


def test_secret_goes_into_the_file_only(admin: Admin, api: dict[str, str], tmp_path: Path) -> None:
    """The secret is in a file that only its owner can read, and nowhere on the terminal."""
    file = tmp_path / "secret"
    said = register(admin, api, "--secret-file", str(file))
    secret = file.read_text().strip()
    assert secret.startswith("whsec_")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret not in said.out + said.err
    assert str(file) in said.out
    assert list(tmp_path.iterdir()) == [file]


def test_registering_again_changes_nothing(
    admin: Admin, api: dict[str, str], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """The same call twice leaves one endpoint and the same secret."""
    file = tmp_path / "secret"
    register(admin, api, "--secret-file", str(file))
    before = file.read_text()
    said = register(admin, api, "--secret-file", str(file))
    assert (said.code, len(registered(sandbox))) == (0, 1)
    assert "unchanged" in said.out
    assert file.read_text() == before


def test_existing_endpoint_is_updated(
    admin: Admin, api: dict[str, str], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """An endpoint with this URL gets the events wanted now, patterns included; no second one is made."""
    file = str(tmp_path / "secret")
    register(admin, api, "--secret-file", file)
    said = register(admin, api, "--secret-file", file, "--events", "invoice.*,payment.succeeded")
    assert "updated" in said.out
    (webhook,) = registered(sandbox)
    assert webhook["events"] == ["payment.succeeded", "invoice.created", "invoice.canceled", "invoice.failed"]


def test_without_a_file_nothing_is_registered(
    admin: Admin, api: dict[str, str], sandbox: SandboxProcess
) -> None:
    """A secret that could not be kept is not asked for."""
    said = register(admin, api)
    assert said.code == 2
    assert "--secret-file" in said.err
    assert registered(sandbox) == []


@pytest.mark.parametrize("place", ["missing/secret", "."])
def test_file_that_cannot_be_written_is_noticed_before(
    admin: Admin, api: dict[str, str], sandbox: SandboxProcess, tmp_path: Path, place: str
) -> None:
    """A folder that is not there, or a folder instead of a file, stops the registration."""
    said = register(admin, api, "--secret-file", str(tmp_path / place))
    assert said.code == 2
    assert "cannot keep a secret" in said.err
    assert registered(sandbox) == []


def test_lost_secret_can_only_be_rotated(
    admin: Admin, api: dict[str, str], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """Where the endpoint exists but no file holds its secret, only --rotate helps."""
    register(admin, api, "--secret-file", str(tmp_path / "lost"))
    other = tmp_path / "other"
    said = register(admin, api, "--secret-file", str(other))
    assert said.code == 2
    assert "--rotate" in said.err
    assert register(admin, api, "--secret-file", str(other), "--rotate").code == 0
    assert other.read_text().startswith("whsec_")
    assert len(registered(sandbox)) == 1


def test_rotation_keeps_the_secrets_before(admin: Admin, api: dict[str, str], tmp_path: Path) -> None:
    """The new secret stands first; the older ones may be those of other endpoints, and stay till removed."""
    file = tmp_path / "secret"
    said = register(admin, api, "--secret-file", str(file))
    assert "older" not in said.out
    for told in (
        "1 older secret stays in {}; remove it when",
        "2 older secrets stay in {}; remove them when",
    ):
        before = file.read_text().split()
        said = register(admin, api, "--secret-file", str(file), "--rotate")
        new, *kept = file.read_text().split()
        assert kept == before
        assert new not in kept
        assert f"{told.format(file)} every endpoint uses the new one." in said.out.splitlines()


def test_unsigned_endpoint_needs_no_file(admin: Admin, api: dict[str, str], sandbox: SandboxProcess) -> None:
    """An endpoint that proves itself by a token is registered without a secret, its token is not shown."""
    said = register(admin, api, "--unsigned", url=f"{URL}/tok-1234")
    assert said.code == 0
    (webhook,) = registered(sandbox)
    assert webhook["url"] == f"{URL}/tok-1234"
    assert webhook["signing"]["enabled"] is False
    listed = admin("webhooks", "list", **api)
    assert webhook["id"] in listed.out
    assert "tok-1234" not in said.out + listed.out


def test_second_endpoint_with_the_url_is_mentioned(
    admin: Admin, api: dict[str, str], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """Two endpoints with one URL mean that each event comes twice; the operator is told which to delete."""
    made = [
        sandbox.call("POST", "/webhooks", {"url": URL, "events": ["payment.created"]})["data"]["id"]
        for _ in range(2)
    ]
    said = register(admin, api, "--secret-file", str(tmp_path / "secret"), "--rotate")
    assert said.code == 0
    assert sum(f"webhooks delete {id}" in said.out for id in made) == 1


def test_delete(admin: Admin, api: dict[str, str], sandbox: SandboxProcess) -> None:
    """A deleted endpoint is gone; deleting it again names the command that lists what there is."""
    register(admin, api, "--unsigned")
    (webhook,) = registered(sandbox)
    assert admin("webhooks", "delete", webhook["id"], **api).code == 0
    assert registered(sandbox) == []
    again = admin("webhooks", "delete", webhook["id"], **api)
    assert again.code == 2
    assert "webhooks list" in again.err


def test_list_for_scripts(admin: Admin, api: dict[str, str]) -> None:
    """The key for test mode sees the same endpoints, and scripts get JSON."""
    register(admin, api, "--unsigned", "--events", "payment.created")
    (row,) = json.loads(admin("webhooks", "list", "--json", "--test", **api).out)
    assert (row["url"], row["events"], row["signed"]) == (URL, ["payment.created"], False)


@pytest.mark.parametrize(
    ("more", "env", "told"),
    [
        (["--events", "payment.suceeded"], {}, "No known event is called 'payment.suceeded'; did you mean"),
        (["--events", "payment.suceeded"], {}, "'payment.succeeded'?\n"),
        (["--events", ","], {}, "--events is empty"),
        ([], {"GIGSTACK_HANDLERS": ""}, "set GIGSTACK_HANDLERS"),
        ([], {"GIGSTACK_HANDLERS": "stamp_receits"}, "did you mean 'stamp_receipts'?"),
        (["--rotate", "--unsigned"], {}, "contradict"),
        (["--unsigned"], {"GIGSTACK_API_KEY": ""}, "GIGSTACK_API_KEY: not set"),
        (["--unsigned"], {"GIGSTACK_API_KEY": "sk_live_wrong"}, "401"),
    ],
)
def test_mistakes_are_explained(
    admin: Admin, api: dict[str, str], more: list[str], env: dict[str, str], told: str
) -> None:
    """What cannot work is refused with a sentence and exit code 2."""
    said = admin("webhooks", "register", "--url", URL, *more, **{**api, **env})
    assert said.code == 2
    assert told in said.err


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("events.example/webhooks/gigstack", "is not an address"),
        ("ftp://events.example/webhooks/gigstack", "is not an address"),
        ("https:///webhooks/gigstack", "is not an address"),
        ("https://events.example:x/webhooks/gigstack", "is not an address"),
        ("https://events.example/webhooks/gig stack", "is not an address"),
        ("https://ana:hunter2@events.example/webhooks/gigstack", "user's name or password"),
        ("https://events.example/webhooks/gigstack#", "holds a #"),
    ],
)
def test_address_is_looked_at_first(admin: Admin, url: str, told: str) -> None:
    """An address that cannot be delivered to is refused before anything else that is missing."""
    said = admin("webhooks", "register", "--url", url)
    assert (said.code, told in said.err, "hunter2" in said.err) == (2, True, False)


@pytest.mark.parametrize(
    ("path", "noted"),
    [
        ("", True), ("/webhooks/gigstack/", True), ("/webhooks/gigstack/a/b", True),
        ("/webhooks/gigstack", False), ("/webhooks/gigstack/tok-1234", False),
        ("/behind/webhooks/gigstack", False),
    ],
)  # fmt: skip
def test_other_path_is_noted(admin: Admin, api: dict[str, str], path: str, noted: bool) -> None:
    """A path at which the receiver does not listen is registered, for a proxy may map it, but noted."""
    said = register(admin, api, "--unsigned", url=f"https://events.example{path}")
    assert said.code == 0
    assert ("note: The path of --url" in said.err) is noted


def test_broken_handler_module_makes_events_unknown(
    admin: Admin, api: dict[str, str], tmp_path: Path
) -> None:
    """What a handler that does not load would want is not guessed."""
    (tmp_path / "mine.py").write_text("import nothing_of_that_name\n")
    env = {**api, "GIGSTACK_HANDLERS": "*", "GIGSTACK_HANDLERS_DIR": str(tmp_path)}
    said = admin("webhooks", "register", "--url", URL, "--unsigned", **env)
    assert said.code == 2
    assert "mine.py" in said.err


def test_misspelt_event_of_a_handler_is_noted(
    admin: Admin, api: dict[str, str], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """gigstack knows its own events only: a handler's misspelt one is left out, and that is said."""
    (tmp_path / "mine.py").write_text(
        "from gigstack_events import on\n"
        "@on('payment.created', 'payment.suceeded')\n"
        "def mine(event, ctx): ...\n"
    )
    env = {**api, "GIGSTACK_HANDLERS": "mine", "GIGSTACK_HANDLERS_DIR": str(tmp_path)}
    said = admin("webhooks", "register", "--url", URL, "--unsigned", **env)
    assert said.code == 0
    assert "did you mean 'payment.succeeded'?" in said.err
    (webhook,) = registered(sandbox)
    assert webhook["events"] == ["payment.created"]
