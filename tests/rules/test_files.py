"""The file of rules: what it may hold, and one helpful message for each thing that it may not."""

from pathlib import Path

import pytest

from gigstack_events import Retry
from gigstack_events.discovery import Discovery
from gigstack_events.errors import ConfigurationError
from gigstack_events.rules import read_rules, rules_of
from gigstack_events.settings import load_settings
from tests.rules.conftest import Read

TOP = '[[rule]]\nname = "stamp"\nhandler = "stamp"\n'
RULE = 'rules.toml:4: rule "stamp": '

# What is below the three lines of TOP, and the one message that it gives.
BELOW = [
    ('trsut = "signed"', "trsut is not a field; did you mean trust?"),
    ('trust = "singed"', 'trust must be one of none, secret, signed, not "singed"; did you mean signed?'),
    ('trust = "none"', "trust is none, and stamp asks for signed: it can only be raised"),
    ("options = { color = 1 }", "options.color is not an option of stamp; did you mean colour?"),
    ('options = { most = "many" }', "options.most: must be a valid integer, unable to parse string"),
    ("when = 'object.total >'", "when cannot be read at character 15: mismatched input '<EOF>'"),
    (
        "when = 'object.total = 5'",
        "when cannot be read at character 14: token recognition error at: '= '; for =",
    ),
    ("when = 'object.a > 1 and object.b > 2'", "mismatched input 'and'; for and write &&"),
    ("when = 'object.total > " + '"5 and 6\\"' + "'", "when cannot be read at character 16"),
    ("when = 'objct.total > 1'", "when names 'objct', and there are only `event` and `object`; did you mean"),
    ("when = 'event.tpye == \"x\"'", "when names event.tpye, and `event` has id, type, created_at, livemode"),
    ("when = 'object.id.startWith(\"p\")'", "when calls 'startWith', which is not a function; did you mean"),
    ("when = 'object.a.map(x, object.b.map(y, 1)) == []'", "when nests macros: only `all` and `exists` may"),
    ("when = ''", "when is empty: write a condition, such as 'object.total > 1000', or leave it out"),
    ("size = 3", "size is not a field; there are name"),
    ("colour = 3", "colour is an option of stamp; write it below [rule.options]"),
    ('options = { sizes = "L" }', 'options.sizes must be a list: write it in brackets, such as ["a", "b"]'),
    ("timeout = true", "timeout must be seconds above 0, not true"),
    ("enabled = 1", "enabled must be true or false, not 1"),
    ("on = [3]", 'on must be a list of event names, such as ["payment.succeeded", "receipt.*"], not [3]'),
    ('key = "client"', "key must be a dotted path in the event, such as 'object.client', not \"client\""),
    ('lane = "Slow lane"', "lane must be a name of a-z, 0-9, _ and -, such as 'live', not \"Slow lane\""),
    ('schedule = "61 * * * *"', "no cron expression"),
    ('schedule = "* * * *"', "schedule '* * * *': write five fields"),
    ("livemode = false", "livemode is for rules with a schedule"),
    ("retry = { attempts = 0 }", "retry has attempts=0: count from 1"),
    ("retry = { atempts = 1 }", "retry.atempts is not a field; did you mean retry.attempts?"),
    ("retry = { kinds = { KeyError = 1 } }", "retry.kinds.KeyError must be a table such as {attempts = 3}"),
]
# Whole files.
WHOLE: list[tuple[str | bytes, str]] = [
    ("", "rules.toml:1: has no rule: write one, such as"),
    ("# none yet\n", "rules.toml:1: has no rule: write one, such as"),
    (TOP + "when = object.total", "rules.toml:4: is not TOML: Invalid value; texts need quotes"),
    (TOP + 'name = "twice"', "rules.toml:4: is not TOML: Cannot overwrite a value; it stands in this"),
    ("[[rule]]\nname = “stamp”", "rules.toml:2: is not TOML: Invalid value; write straight quotes"),
    (TOP + "enabled = False", "rules.toml:4: is not TOML: Invalid value; write false, in small letters"),
    (
        TOP + 'options = {"colour": "red"}',
        "rules.toml:4: is not TOML: Expected '=' after a key in a key/value pair; in { } write = where JSON",
    ),
    (
        TOP + "options = { most = 1,\n}",
        "rules.toml:4: is not TOML: Invalid initial character for a key part; a table in { } stands on one",
    ),
    (
        TOP + "[options]\nmost = 1",
        "rules.toml:4: options is not known here; such a table belongs to the rule",
    ),
    (TOP + "retry.attempts = 3\n[retry.kinds]", "rules.toml:5: retry is not known here; such a table"),
    ('[rule]\nname = "x"', "rules.toml:1: rule is no list of tables; write [[rule]], with two brackets"),
    ('[[rules]]\nname = "x"', "rules.toml:1: rules is not known here; did you mean [[rule]]?"),
    (
        '\nhandler = "x"\n' + TOP,
        "rules.toml:2: handler is not known here; write every field below a [[rule]]",
    ),
    (TOP.replace('"stamp"', '"Stamp!"', 1), 'rules.toml:2: rule "Stamp!": name must be a text of a-z, 0-9'),
    ('[[rule]]\nhandler = "stamp"', "rules.toml:1: rule 1: name is missing; each rule needs a name and a"),
    ('[[rule]]\nname = "x"', 'rules.toml:1: rule "x": handler is missing'),
    (TOP.replace('"stamp"\n', '"stomp"\n'), 'rules.toml:3: rule "stomp": no handler is called "stomp"; did'),
    (TOP + "\n" + TOP, 'rules.toml:6: rule "stamp": name stands in line 2 already; each rule needs its own'),
    (TOP.encode("utf-16"), "rules.toml:1: is not UTF-8 text; save it as UTF-8"),
    (TOP.encode() + b"\n# caf\xe9", "rules.toml:5: is not UTF-8 text; save it as UTF-8"),
    ("#" * 300_000, "rules.toml: is larger than 256 KiB; is it a file of rules?"),
    ("x = " + "[" * 5000, "rules.toml"),
    ("[[rule]]\n" * 1001, "rules.toml: has 1001 rules, more than 1000; join some"),
]


@pytest.mark.parametrize(("below", "message"), BELOW)
def test_wrong_field_gives_one_message_with_its_line(read: Read, below: str, message: str) -> None:
    """File, line, rule, what is wrong, and the nearest valid word where there is one."""
    (problem,) = read(f"{TOP}{below}\n").problems
    assert problem.startswith(RULE)
    assert message in problem


@pytest.mark.parametrize(("content", "message"), WHOLE)
def test_wrong_file_gives_one_message(read: Read, content: str | bytes, message: str) -> None:
    """What is wrong with the whole is told once, not once for each consequence."""
    (problem,) = read(content).problems
    assert problem.startswith(message)


def test_file_that_is_not_there_or_no_file_is_told(tmp_path: Path, found: Discovery) -> None:
    """The path and the system's word for it, and which setting to mend."""
    for path, word in ((tmp_path / "none.toml", "No such file"), (tmp_path, "Is a directory")):
        (problem,) = read_rules(path, found, {}).problems
        assert problem.startswith(f"{path}: cannot be read ({word}")
        assert problem.endswith("mend GIGSTACK_RULES, or the path that you typed")


def test_all_problems_are_told_at_once_with_the_lines_of_tables_and_long_texts(read: Read) -> None:
    """Multi-line texts, lists and tables of a rule do not shift the lines of what follows."""
    content = f"""{TOP}when = '''
object.total > 1
'''  # name = "no"
on = [
  "payment.succeeded",
]
[rule.options]
colour = "a # b"
"size" = 3
[rule.retry]
kinds.KeyError.attempts = 0
kinds.ValueError.bse = 1
[[rule]]
name = "other"
handler = "notify"
timeout = "x"
"""
    told = [problem.partition(": rule ")[0] for problem in read(content.replace("\n", "\r\n")).problems]
    assert told == ["rules.toml:12", "rules.toml:15", "rules.toml:19"]


def test_what_a_rule_leaves_out_is_the_handlers_own(read: Read) -> None:
    """Defaults come from the handler; the mark that some editors put in front of a file is no matter."""
    (rule,) = read(b"\xef\xbb\xbf" + TOP.encode()).rules
    assert (rule.name, rule.handler, rule.patterns) == ("stamp", "stamp", ("payment.succeeded",))
    assert (rule.trust, rule.key) == ("signed", "object.client")
    assert rule.options == {"colour": "green", "most": 5, "sizes": []}
    content = '[[rule]]\nname = "n"\nhandler = "notify"\non = "receipt.*"\n[rule.retry]\nbase = 1\n'
    (rule,) = read(content).rules
    assert (rule.patterns, rule.retry) == (("receipt.*",), Retry(3, base=1, kinds={"KeyError": None}))


def test_star_means_all_that_the_handler_is_for(read: Read) -> None:
    """A handler never gets a kind of event by a star that it does not name itself."""
    assert read(TOP + 'on = ["*"]').rules[0].patterns == ("payment.succeeded",)


def test_schedule_takes_the_place_of_events(read: Read) -> None:
    """Such a rule hears of its own time only."""
    (rule,) = read(TOP + 'schedule = "0 6 * * *"\nlivemode = false').rules
    assert (rule.patterns, rule.schedule, rule.livemode) == ((), "0 6 * * *", False)
    assert rule.matches("schedule.due")
    assert not rule.matches("payment.succeeded")
    (problem,) = read(TOP + 'on = ["payment.*"]\nschedule = "0 6 * * *"').problems
    assert "exclude each other" in problem


def test_likely_slips_are_warnings(read: Read) -> None:
    """An event or a field that nobody documents may exist all the same."""
    content = TOP + 'on = ["payment.suceeded", "payment.succeeded"]\nwhen = \'object.client.nme == "x"\''
    assert read(content).warnings == [
        RULE + "on: no known event is called 'payment.suceeded'; did you mean 'payment.succeeded'?",
        'rules.toml:5: rule "stamp": when: no event payment.succeeded is known to have the field '
        "object.client.nme; did you mean object.client.name?",
    ]
    for name in ("key", "latest"):
        (warning,) = read(TOP + f'{name} = "object.clinet"').warnings
        assert warning.startswith(f"{RULE}{name}: no event payment.succeeded is known to have the field")
        assert warning.endswith("did you mean object.client?")
    assert read(TOP + 'key = "team"\nlatest = "object"').warnings == []
    fine = "when = 'object.client.metadata.shop == \"x\" && object.items.exists(i, i.total > 1)'"
    assert read(TOP + fine).warnings == []


def test_rule_that_is_not_enabled_is_checked_but_off(read: Read) -> None:
    """It stays in the list; when none is left, that is said."""
    off = read(TOP + "enabled = false")
    assert (off.rules, len(off.listed)) == ([], 1)
    assert "no rule is enabled" in off.warnings[0]
    assert read(TOP + "enabled = false\ntimeout = 0").problems


def test_rule_whose_handler_does_not_load_stays(read: Read, found: Discovery) -> None:
    """While a module is broken nobody can say that a name is wrong: its runs are parked."""
    found.broken["mine.py"] = "SyntaxError"
    assert read('[[rule]]\nname = "m"\nhandler = "mine"').rules[0].patterns == ("*",)


def test_options_of_the_environment_are_added_to(tmp_path: Path, found: Discovery) -> None:
    """What the handler's variable says holds for each of its rules, but for what a rule says itself."""
    path = tmp_path / "rules.toml"
    path.write_text(TOP + "options = { most = 7 }")
    (rule,) = read_rules(path, found, {"stamp": {"colour": "red", "most": 1}}).rules
    assert rule.options == {"colour": "red", "most": 7, "sizes": []}


def test_file_and_named_handlers_contradict_each_other(tmp_path: Path, found: Discovery) -> None:
    """The rules name their handlers; a second list would switch some of them off without a word."""
    path = tmp_path / "rules.toml"
    with pytest.raises(ConfigurationError, match="GIGSTACK_HANDLERS: the rules in GIGSTACK_RULES name"):
        load_settings({"GIGSTACK_RULES": str(path), "GIGSTACK_HANDLERS": "*"})
    path.write_text(TOP)
    assert [r.name for r in rules_of(load_settings({"GIGSTACK_RULES": str(path)}), found).rules] == ["stamp"]
    path.write_text(TOP + "x = 1\ny = 2")
    with pytest.raises(ConfigurationError) as told:
        rules_of(load_settings({"GIGSTACK_RULES": str(path)}), found)
    assert len(str(told.value).splitlines()) == 2
