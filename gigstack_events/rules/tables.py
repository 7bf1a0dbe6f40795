"""One `[[rule]]` of the file becomes a rule, or a list of what is wrong with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gigstack_events.conditions import compile_condition
from gigstack_events.discovery import Discovery
from gigstack_events.events import DUE, TRUST_RANK
from gigstack_events.nearest import nearest
from gigstack_events.retries import Retry
from gigstack_events.routing import Handler, Rule, heard, read_options, unknown_patterns
from gigstack_events.rules.fields import FIELDS, no_field, retry_of, shown, wrong_retry
from gigstack_events.rules.lines import Lines
from gigstack_events.shapes import odd_fields


class Table:
    """Reads one rule; `problems` and `warnings` are sentences with file, line and rule."""

    def __init__(
        self,
        file: Path,
        number: int,
        values: dict[str, Any],
        lines: Lines,
        found: Discovery,
        options: Mapping[str, dict[str, Any]],
    ) -> None:
        self.warnings: list[str] = []
        self._problems: list[tuple[int, str]] = []
        self._file = file
        self._number = number
        self._values = values
        self._lines = lines
        self._found = found
        self._own_options = options

    @property
    def problems(self) -> list[str]:
        """What is wrong, in the order of the lines."""
        return [told for _, told in sorted(self._problems)]

    def rule(self, names: dict[str, int]) -> Rule | None:
        """The rule, or None where something is wrong. `names` are those of the rules before, by line."""
        self._look_at_fields()
        self._look_at_name(names)
        handler = self._handler()
        options = self._options(handler)
        retry = self._retry(handler)
        if self._problems:
            return None
        rule = self._make(handler, options, retry)
        self._look_for_slips(rule)
        return None if self._problems else rule

    def _look_at_fields(self) -> None:
        for name, value in self._values.items():
            if name not in FIELDS:
                self._wrong(self._no_field(name), name)
            elif wrong := FIELDS[name](value):
                self._wrong(f"{name} {wrong}", name)
        for name in ("name", "handler"):
            if name not in self._values:
                self._wrong(f"{name} is missing; each rule needs a name and a handler")
        if "schedule" in self._values and "on" in self._values:
            self._wrong("schedule and on exclude each other: write two rules, one for each", "schedule")
        if "livemode" in self._values and "schedule" not in self._values:
            self._wrong(
                "livemode is for rules with a schedule; elsewhere write when = 'event.livemode'", "livemode"
            )

    def _no_field(self, name: str) -> str:
        known = self._found.handlers.get(str(self._values.get("handler")))
        if known and name in known.handler.options.model_fields:
            return f"{name} is an option of {known.handler.name}; write it below [rule.options]"
        return no_field(name, tuple(FIELDS))

    def _look_at_name(self, names: dict[str, int]) -> None:
        name = self._values.get("name")
        if not isinstance(name, str):
            return
        if name in names:
            self._wrong(f"name stands in line {names[name]} already; each rule needs its own", "name")
        names.setdefault(name, self._lines.of(self._number, "name"))

    def _handler(self) -> Handler | None:
        name = self._values.get("handler")
        if not isinstance(name, str) or not name:
            return None
        if name in self._found.handlers:
            return self._found.handlers[name].handler
        if not self._found.broken:
            near = nearest(name, self._found.handlers)
            known = ", ".join(sorted(self._found.handlers)) or "none"
            hint = f"did you mean {near}?" if near else f"there are {known}"
            self._wrong(f"no handler is called {shown(name)}; {hint}", "handler")
        return None  # it may stand in what does not load: its runs will be parked

    def _options(self, handler: Handler | None) -> dict[str, Any]:
        given = self._values.get("options", {})
        if not isinstance(given, dict):
            return {}
        options = {**self._own_options.get(self._values.get("handler", ""), {}), **given}
        if handler is None:
            return options
        try:
            return read_options(handler, options, self._heard(handler)).model_dump(mode="json")
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                path = tuple(str(step) for step in problem["loc"])
                self._wrong(_option(path, problem["type"], problem["msg"], handler), "options", *path)
        return {}

    def _retry(self, handler: Handler | None) -> Retry:
        own = handler.retry if handler else Retry()
        table = self._values.get("retry", {})
        if not isinstance(table, dict):
            return own
        wrong = list(wrong_retry(table))
        for path, sentence in wrong:
            self._wrong(sentence, "retry", *path)
        if wrong:
            return own
        policy, sentence = retry_of(table, own)
        if sentence:
            self._wrong(f"retry has {sentence}", "retry")
        return policy

    def _make(self, handler: Handler | None, options: dict[str, Any], retry: Retry) -> Rule:
        given = self._values
        own = handler or Handler(given["handler"], ("*",), lambda event, ctx: None, trust="signed")
        trust = given.get("trust", own.trust)
        if TRUST_RANK[trust] < TRUST_RANK[own.trust]:
            self._wrong(
                f"trust is {trust}, and {own.name} asks for {own.trust}: it can only be raised", "trust"
            )
        return Rule(
            name=given["name"],
            handler=given["handler"],
            patterns=self._patterns(own),
            options=options,
            trust=trust,
            key=given.get("key", own.key),
            lane=given.get("lane", own.lane),
            timeout=given.get("timeout", own.timeout),
            retry=retry,
            writes=own.writes,
            latest=given.get("latest", own.latest),
            when=given.get("when", ""),
            shadow=given.get("shadow", False),
            schedule=self._schedule(own),
            livemode=given.get("livemode", True),
        )

    def _patterns(self, own: Handler) -> tuple[str, ...]:
        if "schedule" in self._values:
            return ()
        on = self._values.get("on", own.patterns)
        patterns = (on,) if isinstance(on, str) else tuple(on)
        # All that the handler is for: the engine gives it nothing else out of `*`.
        return own.patterns if "*" in patterns and "*" not in own.patterns else patterns

    def _schedule(self, own: Handler) -> str:
        return str(self._values.get("schedule", "" if "on" in self._values else own.schedule))

    def _heard(self, own: Handler) -> tuple[str, ...]:
        """The patterns of all that starts the rule; where those are wrong, of all that the handler is for."""
        if self._problems:
            return own.patterns
        return (*self._patterns(own), *([DUE] if self._schedule(own) else []))

    def _look_for_slips(self, rule: Rule) -> None:
        on = self._values.get("on", [])
        for sentence in unknown_patterns([on] if isinstance(on, str) else on):
            self.warnings.append(self._told(f"on: {sentence}", "on"))
        if rule.when:
            for sentence in odd_fields(compile_condition(rule.when).paths, heard(rule)):
                self.warnings.append(self._told(f"when: {sentence}", "when"))
        for name in ("key", "latest"):
            path = tuple(str(self._values.get(name, "")).split("."))
            for sentence in odd_fields([path], heard(rule)):
                self.warnings.append(self._told(f"{name}: {sentence}", name))

    def _wrong(self, sentence: str, *path: str) -> None:
        self._problems.append((self._lines.of(self._number, *path), self._told(sentence, *path)))

    def _told(self, sentence: str, *path: str) -> str:
        name = self._values.get("name")
        rule = f"rule {shown(name)}" if isinstance(name, str) else f"rule {self._number + 1}"
        return f"{self._file}:{self._lines.of(self._number, *path)}: {rule}: {sentence}"


def _option(path: tuple[str, ...], kind: str, message: str, handler: Handler) -> str:
    where = ".".join(path)
    if kind == "extra_forbidden":
        known = handler.options.model_fields
        near = nearest(path[-1], known)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(known) or 'none'}"
        return f"options.{where} is not an option of {handler.name}; {hint}"
    if kind in ("tuple_type", "list_type", "set_type", "frozen_set_type"):
        return f'options.{where} must be a list: write it in brackets, such as ["a", "b"]'
    message = message.removeprefix("Value error, ").replace("Input should", "must")
    return f"options{where and f'.{where}'}: {message[:1].lower()}{message[1:]}"
