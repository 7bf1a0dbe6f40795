"""`pause` and `resume`, the kill switch: nothing is dropped. `rebuild-queue`: the hints, written anew."""

from collections.abc import Set
from contextlib import suppress
from typing import Annotated

import typer

from admin.registration import find_handlers
from admin.surroundings import Mistake, console, open_ledger
from gigstack_events.errors import ConfigurationError
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import text
from gigstack_events.nearest import nearest
from gigstack_events.settings import load_settings

RuleName = Annotated[str, typer.Argument(metavar="RULE|all", help="A rule's name, or `all`.")]


def pause(rule: RuleName) -> None:
    """Let no run of a rule start until `resume`."""
    with open_ledger() as ledger:
        _known(rule, _rules(ledger))
        Operator(ledger.redis).pause(rule)
        console().print(told(Operator(ledger.redis).paused()))


def resume(rule: RuleName) -> None:
    """Undo `pause`; `all` lifts every pause."""
    with open_ledger() as ledger:
        before = Operator(ledger.redis).paused()
        if rule != "all":
            _known(rule, _rules(ledger) | before)
        Operator(ledger.redis).resume(rule)
        if rule != "all" and rule not in before:
            console().print(f"{rule} was not paused.", markup=False)
        console().print(told(Operator(ledger.redis).paused()))


def rebuild_queue() -> None:
    """Write the hints of all queued work anew, from the ledger, as after the loss of RQ's keys."""
    with open_ledger() as ledger:
        count = Operator(ledger.redis).rebuild_queue()
    console().print(f"Hints written: {count}. Work that waits for its time, a key or a pause needs none.")


def told(paused: Set[str]) -> str:
    """What is paused, in words."""
    if "all" in paused:
        also = sorted(paused - {"all"})
        return "All rules are paused" + (f", and by themselves: {', '.join(also)}." if also else ".")
    return f"Paused: {', '.join(sorted(paused))}." if paused else "Nothing is paused."


def _rules(ledger: Ledger) -> set[str]:
    """The rules that workers have known, and those that could be enabled here."""
    known = {text(name) for name in ledger.redis.hkeys("gs:rules")}
    with suppress(ConfigurationError):
        known |= find_handlers(load_settings()).handlers.keys()
    return known


def _known(rule: str, rules: Set[str]) -> None:
    if rule == "all" or rule in rules:
        return
    near = nearest(rule, rules)
    hint = f"did you mean {near!r}?" if near else f"there are {', '.join(sorted(rules)) or 'none yet'}."
    raise Mistake(f"No rule is called {rule!r}; {hint}")
