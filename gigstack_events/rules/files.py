"""Reading `rules.toml`: every problem at once, each with its line, its rule and the nearest valid word."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gigstack_events.discovery import Discovery, rules_for
from gigstack_events.errors import ConfigurationError
from gigstack_events.routing import Rule
from gigstack_events.rules.fields import shown
from gigstack_events.rules.lines import Lines, find_lines
from gigstack_events.rules.named import unheard
from gigstack_events.rules.tables import Table
from gigstack_events.settings import Settings

LARGEST = 262_144
MOST_RULES = 1000
_EMPTY = ('has no rule: write one, such as\n[[rule]]\nname = "stamp"\nhandler = "stamp_receipts"').replace(
    "\n", " ⏎ "
)
_AT = re.compile(r"^(.*) \(at (?:line (\d+), column \d+|end of document)\)$")

Options = Mapping[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Listed:
    """A rule as it stands in the file; `line` is 0 where it is a handler's own."""

    rule: Rule
    line: int = 0
    enabled: bool = True


@dataclass(slots=True)
class RuleFile:
    """What was read: the rules, and sentences about what is wrong or looks like a mistake."""

    listed: list[Listed] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def rules(self) -> list[Rule]:
        """The rules that are enabled."""
        return [each.rule for each in self.listed if each.enabled]


def rules_text(settings: Settings) -> str | None:
    """What stands in the file of rules, None where there is none; raises ConfigurationError."""
    return _text(settings.rules) if settings.rules else None


def rules_of(settings: Settings, found: Discovery, text: str | None = None) -> RuleFile:
    """The rules of an installation; raises ConfigurationError with every problem.

    `text` is what stood in the file of rules when it was looked at; without it, the file is read now.
    """
    if settings.rules is None:
        own = rules_for(found, settings.handlers, settings.handler_options)
        wrong = [
            (each.handler.upper(), option, told)
            for each, option, told in unheard(own, found)
            if not _may_come(each.options[option], settings, found)
        ]
        if wrong:
            told = (f"GIGSTACK_HANDLER_{name}: {option}: {why}" for name, option, why in wrong)
            raise ConfigurationError("\n".join(told))
        return RuleFile([Listed(rule) for rule in own])
    read = read_rules(settings.rules, found, settings.handler_options, text)
    if read.problems:
        raise ConfigurationError("\n".join(read.problems))
    return read


def _may_come(handler: str, settings: Settings, found: Discovery) -> bool:
    """Whether it may stand in a module that does not load now, which shall hurt no other."""
    asked = "*" in settings.handlers or handler in settings.handlers
    return asked and bool(found.broken) and handler not in found.handlers


def read_rules(path: Path, found: Discovery, options: Options, text: str | None = None) -> RuleFile:
    """Read a file of rules, or its `text`. `options` are those of handlers, which a rule's own add to."""
    read = RuleFile()
    try:
        tables, lines = _load(path, _text(path) if text is None else text)
    except ConfigurationError as error:
        read.problems.append(str(error))
        return read
    names: dict[str, int] = {}
    for number, values in enumerate(tables):
        table = Table(path, number, values, lines, found, options)
        rule = table.rule(names)
        read.problems += table.problems
        read.warnings += table.warnings
        if rule:
            read.listed.append(Listed(rule, lines.of(number), values.get("enabled", True)))
    if not read.problems:  # a rule that is wrong itself may be the one that is named
        numbers = {values["name"]: number for number, values in enumerate(tables)}
        for rule, option, told in unheard(read.rules, found):
            line = lines.of(numbers[rule.name], "options", option)
            read.problems.append(f"{path}:{line}: rule {shown(rule.name)}: options.{option}: {told}")
    if tables and not read.problems and not read.rules:
        read.warnings.append(f"{path}: no rule is enabled, so that no event does anything")
    return read


def _load(path: Path, text: str) -> tuple[list[dict[str, Any]], Lines]:
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(_not_toml(path, str(error), text)) from None
    lines = find_lines(text)
    if unknown := [name for name in document if name != "rule"]:
        told = [
            f"{path}:{lines.top.get(name, 1)}: {name} is not known here; {_top(name)}" for name in unknown
        ]
        raise ConfigurationError("\n".join(told))
    rules = document.get("rule", [])
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        cure = "write [[rule]], with two brackets, above each rule"
        raise ConfigurationError(f"{path}:{lines.top.get('rule', 1)}: rule is no list of tables; {cure}")
    if not rules:
        raise ConfigurationError(f"{path}:1: {_EMPTY}")
    if len(rules) > MOST_RULES:
        raise ConfigurationError(f"{path}: has {len(rules)} rules, more than {MOST_RULES}; join some")
    return rules, lines


def _top(name: str) -> str:
    if name in ("options", "retry"):
        return f"such a table belongs to the rule above it; write [rule.{name}]"
    near = name.rstrip("s").lower() == "rule"
    return "did you mean [[rule]]?" if near else "write every field below a [[rule]]"


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        cure = "mend GIGSTACK_RULES, or the path that you typed"
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); {cure}") from None
    if len(raw) > LARGEST:
        raise ConfigurationError(f"{path}: is larger than {LARGEST // 1024} KiB; is it a file of rules?")
    try:
        return raw.decode("utf-8-sig")  # some editors put a mark in front
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{path}:{line}: is not UTF-8 text; save it as UTF-8") from None


def _not_toml(path: Path, told: str, text: str) -> str:
    found = _AT.match(told)
    if not found:
        return f"{path}: is not TOML: {told or 'it is nested too deep'}"
    lines = text.splitlines()
    number = int(found[2] or len(lines))
    return f"{path}:{number}: is not TOML: {found[1]}; {_cure(lines[number - 1], found[1])}"


def _cure(line: str, told: str) -> str:
    """What to change in a line that TOML's reader does not take, by what people usually mean by it."""
    if set(line) & set("\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"):
        return "write straight quotes"
    if found := re.search(r"=\s*(True|False|TRUE|FALSE)\b", line):
        return f"write {found[1].lower()}, in small letters"
    if re.search(r"[{,]\s*[\"']?\w+[\"']?\s*:", line):
        return "in { } write = where JSON has a colon"
    if line.count("{") > line.count("}"):
        return "a table in { } stands on one line"
    if "overwrite" in told:
        return "it stands in this rule already; [[rule]] begins another"
    return "texts need quotes, and each field a line of its own"
