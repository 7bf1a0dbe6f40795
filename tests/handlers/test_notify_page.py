"""docs/notify.md: what it shows can be copied."""

import json
import re
from pathlib import Path

import pytest

from gigstack_events.settings import load_settings
from tests.handlers.notifying import HANDLER, Desk

PAGE = (Path(__file__).parents[2] / "docs" / "notify.md").read_text(encoding="utf-8")


def snippets(language: str) -> list[str]:
    """The page's fenced blocks in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_destinations_of_the_page_are_usable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file is read by the variable that the page names, and Apprise takes its addresses."""
    from gigstack_events.notices.sending import open_url

    toml, _ = snippets("toml")
    file = tmp_path / "destinations.toml"
    file.write_text(toml)
    (line,) = snippets("sh")
    name, _, _ = line.removeprefix("export ").partition("=")
    known = load_settings({name: str(file)}).destinations
    assert known.keys() == {"ops-slack", "accounting-mail"}
    assert "TokenA" not in repr(known)
    mail = known["accounting-mail"]
    assert not isinstance(mail, dict)
    assert open_url(mail.get_secret_value())


def test_the_options_of_the_page_work(desk: Desk) -> None:
    """Each is accepted and sends; and the page tells of every option that there is."""
    desk.patch.setenv(
        "GIGSTACK_DESTINATIONS", f'ops-slack = "{desk.sink.url}"\naccounting-mail = "{desk.sink.url}/mail"'
    )
    for n, text in enumerate(snippets("json")):
        desk.choose(**json.loads(text))
        desk.tell(f"evt_{n}", succeeded_at=1795681895, due_date=None)
        desk.work()
    assert len(desk.sink.got) == 4
    assert desk.sink.titles[-1] == "ANA GOMEZ DIAZ paid $1,160.00 MXN"
    assert desk.sink.got[-1]["message"].endswith("https://panel.example.mx/events/evt_2")
    assert [name for name in HANDLER.options.model_fields if f"`{name}`" not in PAGE] == []
