"""Discovery: what is dropped in is found, what is broken hurts only itself, what is misnamed is said."""

import textwrap
from pathlib import Path

import pytest

from gigstack_events.discovery import discover, folders, missing, rules_for
from gigstack_events.errors import ConfigurationError

GOOD = """
    from gigstack_events import on

    @on("payment.succeeded")
    def thank(event, ctx):
        return "thanked"
"""


ODD = "from gigstack_events import on\n\n@on(['payment.updated'])\ndef odd(event, ctx): ..."


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
    assert found.handlers["thank"].source == str(folder / "thanks.py")
    assert found.broken == {}


def test_tests_beside_handlers_are_no_handlers(folder: Path) -> None:
    """A handler's own test, which could not be imported here, breaks nothing and runs nowhere."""
    for name in ("test_thanks.py", "conftest.py", "_shared.py"):
        drop(folder, name, "import nowhere")
    drop(folder, "thanks.py", GOOD)
    found = discover(folder)
    assert (list(found.handlers), found.broken) == (["thank"], {})


def test_built_in_handlers_are_found() -> None:
    """The project's own folder offers the stamping of receipts."""
    found = discover(Path(__file__).parent.parent / "handlers")
    assert found.handlers["stamp_receipts"].handler.trust == "signed"


@pytest.mark.parametrize(
    "text", [ODD, "raise ValueError('x')", "import nowhere", "def (", "raise SystemExit(3)"]
)
def test_broken_module_disables_only_itself(folder: Path, text: str) -> None:
    """The error and its place are told, and the others work."""
    drop(folder, "broken.py", text)
    drop(folder, "thanks.py", GOOD)
    found = discover(folder)
    assert list(found.handlers) == ["thank"]
    assert [Path(source).name for source in found.broken] == ["broken.py"]


def test_two_of_one_name_keep_the_first(folder: Path) -> None:
    """The second is off and said so."""
    drop(folder, "a.py", GOOD)
    drop(folder, "b.py", GOOD)
    found = discover(folder)
    assert found.handlers["thank"].source == str(folder / "a.py")
    assert f"exists already in {folder / 'a.py'}" in found.warnings[0]


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


def test_file_without_a_handler_is_told_where_one_is_expected(folder: Path) -> None:
    """Its author forgot `@on`, which the name of another handler would not say."""
    drop(folder, "thank.py", "def thank(event, ctx): ...")
    with pytest.raises(
        ConfigurationError, match=r"thank.py has no handler: write @on\('payment.succeeded'\) above"
    ):
        rules_for(discover(folder), ("thank",), {})


def test_module_that_hangs_at_import_disables_only_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its time it is broken, and the others work."""
    monkeypatch.setattr("gigstack_events.discovery.IMPORT_S", 0.2)
    drop(folder, "hang.py", "import time\ntime.sleep(60)")
    drop(folder, "thanks.py", GOOD)
    found = discover(folder)
    assert list(found.handlers) == ["thank"]
    assert "took longer than 0.2 s" in found.broken[str(folder / "hang.py")]


def test_own_folder_comes_before_the_built_in(folder: Path) -> None:
    """A folder of one's own adds to the built-in handlers, and its names win."""
    built_in = Path(__file__).parent.parent / "handlers"
    drop(folder, "thanks.py", GOOD)
    found = discover(*folders(folder, built_in))
    assert {"thank", "stamp_receipts"} <= found.handlers.keys()
    assert folders(built_in, built_in) == folders(None, built_in) == [built_in]


def test_enabled_but_missing_is_told(folder: Path) -> None:
    """With a broken module about, nobody can say that a name is wrong; it is missing."""
    drop(folder, "broken.py", "import nowhere")
    found = discover(folder)
    assert rules_for(found, ("thank",), {}) == []
    assert missing(found, ("thank", "*")) == ["thank"]


def test_error_is_shown_where_the_author_made_it(folder: Path) -> None:
    """The line is the author's, also where our code or Python's raised."""
    drop(folder, "odd.py", ODD)
    drop(folder, "syntax.py", "x = 1\ndef (")
    found = discover(folder)
    assert found.broken[str(folder / "odd.py")].endswith("(odd.py:3)")
    assert found.broken[str(folder / "syntax.py")].endswith("(syntax.py:2)")
