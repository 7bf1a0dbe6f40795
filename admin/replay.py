"""Replaying a past event, under a plan that is shown first."""

from collections.abc import Sequence

from rich.console import Console

from admin.missing import no_event
from admin.surroundings import Mistake, me, plain
from admin.tables import print_table
from gigstack_events.errors import Malformed
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.details import EventDetail
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import Plan, text
from gigstack_events.ledger.views import Views
from gigstack_events.plans import plan_runs, read_event
from gigstack_events.routing import Rule

_LANE = "bulk"
_REFUSALS = {
    "changed": "It has changed while you looked: see the plan again.",
    "no body": "Its body is not kept any more, so it cannot be run again.",
    "accepted": "It has not been dispatched yet: wait for that.",
    "parked": "It is parked: `events release` lets it be dispatched for the first time.",
    "unreadable": "It cannot be read, so that no rule can run for it.",
}


def replay(
    ledger: Ledger, out: Console, id: str, *, rules: Sequence[str], repeat: Sequence[str], yes: bool
) -> None:
    """Print the plan, and carry it out with `yes`. Raises Mistake where it cannot be done."""
    views = Views(ledger.redis)
    known = views.find(id)
    detail = views.event(known) if known else None
    if detail is None:
        raise no_event(id)
    if detail.event.state in _REFUSALS:
        raise Mistake(_REFUSALS[detail.event.state])
    plans = _plans(ledger, detail, views.body(known) or b"", rules)
    _check_repeat(detail, repeat)
    _print_plan(out, detail, plans, repeat)
    if not yes:
        out.print("Nothing is done yet; --yes does it.")
        return
    refusal = Operator(ledger.redis, me()).replay(detail.event, plans, repeat)
    if refusal:
        raise Mistake(_REFUSALS.get(refusal, f"It is {refusal}."))
    out.print(f"Queued in lane {_LANE}; `events show {plain(known)}` tells how it goes.")


def _plans(ledger: Ledger, detail: EventDetail, body: bytes, wanted: Sequence[str]) -> list[Plan]:
    known = [Rule.restore(text(snapshot)) for snapshot in ledger.redis.hvals("gs:rules")]
    for name in wanted:
        if name not in {rule.name for rule in known}:
            raise Mistake(
                f"No rule is called {name!r}; there are {', '.join(sorted(r.name for r in known))}."
            )
    chosen = [rule for rule in known if not wanted or rule.name in wanted]
    try:
        event = read_event(detail.event, body)
    except Malformed as error:
        raise Mistake(f"It cannot be run again: {error}") from None
    plans = plan_runs(chosen, detail.event, event, lane=_LANE)
    if not plans:
        raise Mistake(
            f"No rule that workers know wants this {detail.event.type!r}: `rules test ID` says why."
        )
    return plans


def _check_repeat(detail: EventDetail, repeat: Sequence[str]) -> None:
    done = {effect.id for effect in detail.effects if effect.state == "done"}
    for id in repeat:
        if id not in done:
            raise Mistake(
                f"{id!r} is no effect of this event that is on record as done; the plan lists them."
            )


def _print_plan(out: Console, detail: EventDetail, plans: Sequence[Plan], repeat: Sequence[str]) -> None:
    earlier = {run.rule: run.state for run in detail.runs}
    rows = [(plan.rule, str(plan.n), earlier.get(plan.rule, "-"), plan.handler) for plan in plans]
    print_table(out, ("rule", "run", "last time", "handler"), rows)
    if detail.effects:
        out.print()
    effects = [
        (each.id, each.name, each.on or "-", "AGAIN" if each.id in repeat else _fate(each.state))
        for each in detail.effects
    ]
    if effects:
        print_table(out, ("effect", "name", "on", "what becomes of it"), effects)
    out.print()


def _fate(state: str) -> str:
    return {
        "done": "on record as done: not done again",
        "started": "outcome unknown: checked first, or parked",
    }.get(state, "not done yet: done if the rule wants it")
