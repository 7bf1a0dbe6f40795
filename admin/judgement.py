"""Why a rule fires for an event, or does not. Pure: values in, values out."""

from dataclasses import dataclass
from typing import Any, Literal

from gigstack_events.conditions import Facts, Undecided, compile_condition, decide
from gigstack_events.events import ADDRESSEES, DUE, TRUST_RANK, Event, Trust
from gigstack_events.rules import Listed
from gigstack_events.rules.fields import shown

Fires = Literal["yes", "no", "skipped"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule about an event: whether it fires (`skipped`: its run is made, and comes to rest at once)."""

    rule: str
    fires: Fires
    why: str


def judge(listed: Listed, event: Event, trust: Trust) -> Judged:
    """Say what a rule would do, and why."""
    rule = listed.rule
    if not listed.enabled:
        return Judged(rule.name, "no", "it is not enabled")
    if not rule.matches(event.type):
        heard = ", ".join(rule.patterns) or f"its schedule, {rule.schedule}"
        return Judged(rule.name, "no", f"it hears of {heard}, not of {event.type}")
    addressee = ADDRESSEES.get(event.type)
    if addressee and event.object.get(addressee) != rule.name:
        return Judged(rule.name, "no", f"this is another rule's {'time' if event.type == DUE else 'word'}")
    facts = Facts(event)
    saw = _seen(rule.when, facts)
    try:
        if rule.when and not decide(rule.when, facts):
            return Judged(rule.name, "no", f"`when` is false{saw}")
    except Undecided as error:
        return Judged(rule.name, "skipped", f"`when` cannot be decided: {error}{saw}")
    if TRUST_RANK[trust] < TRUST_RANK[rule.trust]:
        why = f"trust is {trust}, it asks for {rule.trust}: only if the API confirms the event"
        return Judged(rule.name, "yes", why)
    return Judged(
        rule.name, "yes", "in shadow: no effect is done" if rule.shadow else f"handler {rule.handler}"
    )


def _seen(when: str, facts: Facts) -> str:
    if not when:
        return ""
    seen = [f"{'.'.join(path)} is {_value(facts.values, path)}" for path in compile_condition(when).paths]
    return f" ({', '.join(seen)})" if seen else ""


def _value(values: Any, path: tuple[str, ...]) -> str:
    for name in path:
        if not isinstance(values, dict) or name not in values:
            return "not there"
        values = values[name]
    return shown(values)
