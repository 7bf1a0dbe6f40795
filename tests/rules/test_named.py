"""Options that name a rule: a name that nobody answers to is told at the start."""

from pathlib import Path

import pytest

from admin.judgement import judge
from gigstack_events.discovery import discover
from gigstack_events.errors import ConfigurationError
from gigstack_events.rules import read_rules, rules_of
from gigstack_events.settings import load_settings
from tests.making import event_of
from tests.stack import ROOT

STAMP = '[[rule]]\nname = "stamp"\nhandler = "stamp_receipts"\noptions = {{ tell = "{tell}" }}\n'
OTHER = '[[rule]]\nname = "accounting"\nhandler = "stamp_receipts"\non = ["{on}"]\n'
HERE = 'rules.toml:4: rule "stamp": options.tell: '


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (STAMP.format(tell="acounting") + OTHER.format(on="fiscal_data.missing"),
         "no rule that is enabled is called 'acounting'; did you mean 'accounting'?"),
        (STAMP.format(tell="accounting") + OTHER.format(on="fiscal_data.missing") + "enabled = false",
         "no rule that is enabled is called 'accounting'; write one with on = [\"fiscal_data.missing\"]"),
        (STAMP.format(tell="accounting") + OTHER.format(on="payment.*"),
         "rule 'accounting' does not hear of it; write on = [\"fiscal_data.missing\"] in it"),
    ],
)  # fmt: skip
def test_a_name_that_nobody_answers_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, problem: str
) -> None:
    """Not there, switched off, or listening to something else: each has its own message, with its line."""
    monkeypatch.chdir(tmp_path)
    Path("rules.toml").write_text(content)
    read = read_rules(Path("rules.toml"), discover(ROOT / "handlers"), {})
    assert read.problems == [HERE + problem]


def test_a_name_that_somebody_answers_to(tmp_path: Path) -> None:
    """The order of the rules does not matter."""
    path = tmp_path / "rules.toml"
    path.write_text(STAMP.format(tell="accounting") + OTHER.format(on="fiscal_data.missing"))
    assert read_rules(path, discover(ROOT / "handlers"), {}).problems == []


def test_without_a_file_no_rule_hears() -> None:
    """A handler's own rule listens to what comes from outside: the message names the variable."""
    options = '{"tell": "sat_download"}'
    settings = load_settings(
        {"GIGSTACK_HANDLERS": "stamp_receipts", "GIGSTACK_HANDLER_STAMP_RECEIPTS": options}
    )
    with pytest.raises(ConfigurationError, match="GIGSTACK_HANDLER_STAMP_RECEIPTS: tell: no rule that is"):
        rules_of(settings, discover(ROOT / "handlers"))


@pytest.mark.parametrize(("named", "fires"), [("accounting", "yes"), ("another", "no")])
def test_rules_test_knows_whom_a_word_is_for(tmp_path: Path, named: str, fires: str) -> None:
    """`rules test` says the same as the workers do: only the rule that is named hears."""
    path = tmp_path / "rules.toml"
    path.write_text(OTHER.format(on="fiscal_data.missing"))
    [listed] = read_rules(path, discover(ROOT / "handlers"), {}).listed
    word = event_of(type="fiscal_data.missing", thing={"tell": named})
    assert judge(listed, word, "signed").fires == fires


def test_a_handler_that_does_not_load_hurts_no_other(tmp_path: Path) -> None:
    """What a broken module listens to is not known: the rules start all the same, with and without a file."""
    (tmp_path / "accounting.py").write_text("import no_such_module\n")
    found = discover(ROOT / "handlers", tmp_path)
    path = tmp_path / "rules.toml"
    path.write_text(
        STAMP.format(tell="accounting") + '[[rule]]\nname = "accounting"\nhandler = "accounting"\n'
    )
    assert read_rules(path, found, {}).problems == []
    options = {"GIGSTACK_HANDLER_STAMP_RECEIPTS": '{"tell": "accounting"}'}
    named = load_settings({"GIGSTACK_HANDLERS": "stamp_receipts,accounting", **options})
    assert [rule.name for rule in rules_of(named, found).rules] == ["stamp_receipts"]
    with pytest.raises(ConfigurationError, match="no rule that is enabled is called 'accounting'"):
        rules_of(load_settings({"GIGSTACK_HANDLERS": "stamp_receipts", **options}), found)
