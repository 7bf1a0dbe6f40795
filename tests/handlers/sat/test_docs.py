"""docs/sat_download.md: what it shows can be copied."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from cronsim import CronSim

from gigstack_events.discovery import discover
from gigstack_events.rules import read_rules
from tests.handlers.sat.office import HANDLER, Sat
from tests.stack import ROOT

PAGE = (ROOT / "docs" / "sat_download.md").read_text()


def snippets(language: str) -> list[str]:
    """The page's blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_rule_to_copy_can_be_used(tmp_path: Path) -> None:
    """The whole rule is taken as it stands, on the day that the page says."""
    path = tmp_path / "rules.toml"
    path.write_text(snippets("toml")[0])
    read = read_rules(path, discover(ROOT / "handlers"), {})
    assert (read.problems, read.warnings) == ([], [])
    (rule,) = read.rules
    assert rule.options["months"] == 2
    assert next(CronSim(rule.schedule, datetime(2026, 1, 1, tzinfo=UTC))).day == 2
    HANDLER.options.model_validate_json(snippets("json")[0])


def test_every_option_is_in_the_table() -> None:
    """Name and default, as the handler knows them."""
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE, re.MULTILINE)
    fields = HANDLER.options.model_fields
    assert [name for name, _ in rows] == list(fields)
    for name, default in rows:
        if fields[name].default in (False, True):
            assert default == str(fields[name].default).lower()
        elif isinstance(fields[name].default, int | float):
            assert float(default) == fields[name].default


def test_result_has_what_the_page_shows(sat: Sat, tmp_path: Path) -> None:
    """The example is of the real shape, and the folder looks as drawn."""
    sat.options(months=1)
    sat.due()
    assert list(sat.finish()) == list(json.loads(snippets("json")[1]))
    (manifest,) = tmp_path.rglob("manifest.csv")
    header = manifest.read_text().splitlines()[0]
    assert header.replace(",", ", ") in PAGE
