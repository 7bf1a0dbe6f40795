"""docs/forward.md: what it shows can be copied."""

import json
import re
from pathlib import Path

from gigstack_events.settings import load_settings
from tests.handlers.notifying import Desk
from tests.handlers.test_forward import HANDLER, aim

PAGE = (Path(__file__).parents[2] / "docs" / "forward.md").read_text(encoding="utf-8")


def snippets(language: str) -> list[str]:
    """The page's fenced blocks in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_what_the_page_shows_works(desk: Desk, tmp_path: Path) -> None:
    """The target is read from the file, the options are accepted, and the other side verifies what comes."""
    file = tmp_path / "destinations.toml"
    file.write_text(snippets("toml")[0])
    name, _, _ = snippets("sh")[0].removeprefix("export ").partition("=")
    erp = load_settings({name: str(file)}).destinations["erp"]
    assert isinstance(erp, dict)
    desk.patch.delenv("GIGSTACK_DESTINATIONS")
    desk.patch.setenv(name, str(file))
    for options in snippets("json"):
        HANDLER.options.model_validate(json.loads(options))
    desk.patch.delenv(name)
    aim(desk, **json.loads(snippets("json")[1]))
    desk.tell("evt_1")
    desk.work()
    ((headers, body),) = desk.sink.raw
    seen = {"secret": erp["secret"].get_secret_value(), "body": body, "headers": headers}
    exec(snippets("python")[0], seen)  # noqa: S102  # the page's own lines
    assert isinstance(seen["event"], dict)
    assert seen["event"]["id"] == "evt_1"


def test_the_page_tells_of_every_option() -> None:
    """With its default."""
    assert [name for name in HANDLER.options.model_fields if f"| `{name}` |" not in PAGE] == []
