"""Discovery: what is dropped in is found, what is broken hurts only itself, what is misnamed is said."""

import textwrap
from pathlib import Path

import pytest

from gigstack_events.discovery import discover, rules_for
from gigstack_events.errors import ConfigurationError

GOOD = """
    from gigstack_events import on

    @on("payment.succeeded")
    def thank(event, ctx):
        return "thanked"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for handlers."""
    return tmp_path


def drop(folder: Path, name: str, text: str) -> None:
    """Drop a module in."""
    (folder / name).write_text(textwrap.dedent(text))


def test_module_dropped_in_is_found(folder: Path) -> None:
    """One file is enough; its source is told."""
    drop(folder, "thanks.py", GOOD)
    found = discover(folder)
    assert found.handlers["thank"].source == "handlers/thanks.py"
    assert found.broken == {}


def test_built_in_handlers_are_found() -> None:
    """The project's own folder offers the stamping of receipts."""
    found = discover(Path(__file__).parent.parent / "handlers")
    assert found.handlers["stamp_receipts"].handler.trust == "signed"


@pytest.mark.parametrize("text", ["raise ValueError('x')", "import nowhere", "def (", "raise SystemExit(3)"])
def test_broken_module_disables_only_itself(folder: Path, text: str) -> None:
    """The error and its place are told, and the others work."""
    drop(folder, "broken.py", text)
    drop(folder, "thanks.py", GOOD)
    found = discover(folder)
    assert list(found.handlers) == ["thank"]
    assert list(found.broken) == ["broken.py"]


def test_two_of_one_name_keep_the_first(folder: Path) -> None:
    """The second is off and said so."""
    drop(folder, "a.py", GOOD)
    drop(folder, "b.py", GOOD)
    found = discover(folder)
    assert found.handlers["thank"].source == "handlers/a.py"
    assert "exists already in handlers/a.py" in found.warnings[0]


def test_typo_in_an_event_is_a_warning(folder: Path) -> None:
    """The nearest known name is shown."""
    drop(folder, "thanks.py", GOOD.replace("payment.succeeded", "payment.suceeded"))
    assert "did you mean 'payment.succeeded'" in discover(folder).warnings[0]


def test_nothing_runs_that_is_not_named(folder: Path) -> None:
    """An empty list enables nothing, a star enables all."""
    drop(folder, "thanks.py", GOOD)
    found = discover(folder)
    assert rules_for(found, (), {}) == []
    assert [rule.name for rule in rules_for(found, ("*",), {})] == ["thank"]
    assert [rule.name for rule in rules_for(found, ("thank",), {})] == ["thank"]


def test_every_misnaming_is_reported_at_once(folder: Path) -> None:
    """A wrong handler, a wrong option and options for nobody: one message, with the nearest names."""
    drop(
        folder,
        "thanks.py",
        """
        from pydantic import BaseModel, ConfigDict
        from gigstack_events import on

        class Options(BaseModel):
            model_config = ConfigDict(extra="forbid")
            colour: str = "green"

        @on("payment.succeeded", options=Options)
        def thank(event, ctx): ...
        """,
    )
    with pytest.raises(ConfigurationError) as told:
        rules_for(discover(folder), ("thank", "thanks"), {"thank": {"color": "red"}, "thunk": {}})
    lines = str(told.value).splitlines()
    assert len(lines) == 3
    assert "GIGSTACK_HANDLER_THANK: color: is not an option; did you mean 'colour'?" in lines
    assert "GIGSTACK_HANDLERS: no handler is called 'thanks'; did you mean 'thank'?" in lines
    assert "GIGSTACK_HANDLER_THUNK: no handler is called 'thunk'; did you mean 'thank'?" in lines


def test_module_that_hangs_at_import_disables_only_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its time it is broken, and the others work."""
    monkeypatch.setattr("gigstack_events.discovery.IMPORT_S", 0.2)
    drop(folder, "hang.py", "import time\ntime.sleep(60)")
    drop(folder, "thanks.py", GOOD)
    found = discover(folder)
    assert list(found.handlers) == ["thank"]
    assert "took longer than 0.2 s" in found.broken["hang.py"]
