"""Rules that name other rules in their options: whether those are there, and listen."""

from collections.abc import Iterator, Sequence

from gigstack_events.discovery import Discovery
from gigstack_events.nearest import or_which
from gigstack_events.routing import NamesRule, Rule


def unheard(rules: Sequence[Rule], found: Discovery) -> Iterator[tuple[Rule, str, str]]:
    """A rule, its option and a sentence for each name of a rule that would never hear of it.

    What a rule listens to whose handler does not load is not known.
    """
    known = {rule.name: rule for rule in rules}
    for rule in rules:
        for option, event in _naming(rule, found):
            name = rule.options.get(option)
            if name and name not in known:
                others = [each.name for each in rules if each.matches(event)]
                hint = or_which(name, others) if others else f"; write one with {_listening(event)}"
                yield rule, option, f"no rule that is enabled is called {name!r}{hint}"
            elif name and known[name].handler in found.handlers and not known[name].matches(event):
                yield rule, option, f"rule {name!r} does not hear of it; write {_listening(event)} in it"


def _naming(rule: Rule, found: Discovery) -> Iterator[tuple[str, str]]:
    if rule.handler in found.handlers:
        for option, field in found.handlers[rule.handler].handler.options.model_fields.items():
            yield from ((option, mark.event) for mark in field.metadata if isinstance(mark, NamesRule))


def _listening(event: str) -> str:
    return f'on = ["{event}"]'
