"""docs/rules.md, and the rules of all pages: whoever copies from them gets what they say."""

import re
from pathlib import Path

import pytest

from gigstack_events.discovery import discover
from gigstack_events.rules import read_rules
from gigstack_events.rules.fields import FIELDS
from tests.admin.conftest import Admin, admin
from tests.stack import ROOT

__all__ = ["admin"]  # a fixture of the commands' tests

PAGE = (ROOT / "docs/rules.md").read_text()


def snippets(language: str) -> list[str]:
    """The page's blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
RULES = [
    pytest.param(block, id=f"{page.name}-{number}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text(), re.DOTALL))
    if "[[rule]]" in block
]


@pytest.mark.parametrize("block", RULES)
def test_rules_that_are_shown_can_be_copied(
    block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a problem nor a warning, with the destinations that the pages of notify and forward name."""
    shown = [(ROOT / "docs" / page).read_text() for page in ("notify.md", "forward.md")]
    lines = [re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0] for text in shown]
    monkeypatch.setenv("GIGSTACK_DESTINATIONS", "".join(lines))
    path = tmp_path / "rules.toml"
    path.write_text(block)
    read = read_rules(path, discover(ROOT / "handlers"), {})
    assert (read.problems, read.warnings) == ([], [])
    assert read.rules


def test_containers_get_what_the_page_puts_into_their_env_file() -> None:
    """Each name is handed on, also one that is set to nothing, and each file is in the mounted folder."""
    compose = (ROOT / "compose.yaml").read_text()
    (lines,) = snippets("ini")
    for line in lines.splitlines():
        name, _, path = line.partition("=")
        assert f"{name}: ${{{name}-" in compose
        assert not path or path.startswith("/run/gigstack/")
    assert "GIGSTACK_HANDLERS=\n" in lines


def test_every_field_is_told() -> None:
    """The table has each field, and nothing else."""
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(FIELDS)


def test_session_is_as_shown(admin: Admin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first rule, the event and what `rules test` says of them; and the mistake with its line."""
    monkeypatch.chdir(tmp_path)
    Path("rules.toml").write_text(snippets("toml")[0])
    Path("event.json").write_text(snippets("json")[0])
    shown, mistake = snippets("text")
    said = admin("rules", "test", "event.json", GIGSTACK_RULES="rules.toml")
    assert [line.rstrip() for line in said.out.splitlines()] == shown.splitlines()[1:]
    for command in re.findall(r"python -m admin (rules \w+)$", snippets("sh")[0], re.MULTILINE):
        assert admin(*command.split(), GIGSTACK_RULES="rules.toml").code == 0
    Path("rules.toml").write_text(snippets("toml")[0] + 'trsut = "signed"\n')
    assert mistake.strip() in admin("rules", "check", GIGSTACK_RULES="rules.toml").out
