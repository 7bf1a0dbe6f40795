"""`runs ...`: what was done, and the verdicts that a person may give on a run."""

import json
from collections.abc import Callable
from typing import Annotated, get_args

import typer

from admin import shown
from admin.advice import acts_of, named
from admin.listing import Json, Limit, close_list, one_of
from admin.missing import no_run
from admin.surroundings import Mistake, console, me, open_ledger, plain, print_json
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.details import EffectRecord
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import RunState, text
from gigstack_events.ledger.views import Views

runs_app = typer.Typer(no_args_is_help=True, help="What was done about it; `events show` tells all.")

_MOST_RESULT = 64 * 1024


@runs_app.command("list")
def list_runs(
    state: Annotated[str, typer.Option(help=f"One of {', '.join(get_args(RunState))}.")] = "",
    limit: Limit = 30,
    json: Json = False,
) -> None:
    """Show runs; those that wait for a person are `failed` and `parked`."""
    one_of("--state", state, get_args(RunState))
    with open_ledger() as ledger:
        found = Views(ledger.redis).runs(state=state, limit=limit)
    if json:
        print_json([shown.run_values(run) for run in found.rows])
        return
    if found.rows:
        shown.print_runs(console(), found.rows)
    close_list(found, "run")


@runs_app.command("retry")
def retry_runs(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN...", help="Ids of failed, parked or skipped runs.")
    ],
) -> None:
    """Let runs go again, now that their cause is mended; their effects are not repeated."""
    with open_ledger() as ledger:

        def retry(run: str) -> None:
            state = Operator(ledger.redis, me()).retry(run)
            _refuse(ledger, run, state, "only a failed, parked or skipped one can go again")
            console().print(f"{plain(run)} is queued.")

        _for_each(runs, retry)


@runs_app.command("cancel")
def cancel_runs(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN...", help="Ids of queued, waiting, failed or parked runs.")
    ],
) -> None:
    """Take runs out for good; what they have done stands."""
    with open_ledger() as ledger:

        def cancel(run: str) -> None:
            state = Operator(ledger.redis, me()).cancel(run)
            _refuse(ledger, run, state, "only a queued, waiting, failed or parked one can be cancelled")
            console().print(f"{plain(run)} is cancelled.")
            for effect in _unsettled(ledger, run):
                told = f"Nobody knows whether {named(effect)} happened; a later run about it has to check."
                console().print(plain(told))

        _for_each(runs, cancel)


@runs_app.command("resolve")
def resolve_run(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Id of a run with an act of unknown outcome.")],
    happened: Annotated[
        str | None,
        typer.Option(
            metavar="RESULT", help="It happened; as JSON what the act would have returned, or null."
        ),
    ] = None,
    did_not_happen: Annotated[
        bool, typer.Option("--did-not-happen", help="It did not happen: the run does it now.")
    ] = False,
    effect: Annotated[
        str, typer.Option(help="Id of the act, where several are unknown, or to correct what was said.")
    ] = "",
) -> None:
    """Say what you found out about an act whose outcome nobody knew; then its run goes on."""
    if (happened is None) is not did_not_happen:
        raise Mistake("Say one of --happened RESULT and --did-not-happen, after you have looked.")
    result = _result(happened) if happened is not None else "null"
    with open_ledger() as ledger:
        chosen = _choose(ledger, run, effect)
        operator = Operator(ledger.redis, me())
        state = operator.resolve(run, chosen.id, happened=happened is not None, result=result)
        told = {
            "queued": f"{plain(run)} goes on.",
            "more": f"Noted. {plain(run)} still waits: other acts of it are unknown; resolve them too.",
        }
        if state not in told:
            _refuse(ledger, run, state, "only a parked, failed or waiting one can be resolved")
        console().print(told[state])
        for other in _waiting_too(ledger, run, chosen):
            console().print(f"{other} was put aside for the same act: `runs retry {other}` lets it go on.")


def _for_each(runs: list[str], do: Callable[[str], None]) -> None:
    """Do it with each run: what one is refused for does not stop the others, and is told at the end."""
    refused = []
    for run in dict.fromkeys(runs):
        try:
            do(run)
        except Mistake as error:
            refused.append(str(error))
    if refused:
        raise Mistake("\n".join(refused))


def _refuse(ledger: Ledger, run: str, state: str, rule: str) -> None:
    if state == "unknown":
        raise no_run(ledger, run)
    if state == "busy":
        raise Mistake("A worker is at this act right now; look again when its run has ended.")
    if state == "settled":
        raise Mistake("This act's outcome is known by now; `python -m admin events show` tells it.")
    if state:
        raise Mistake(f"{run} is {state}: {rule}.")


def _result(text: str) -> str:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        result = json.dumps(value, separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError):
        text = f"{text[:100]}..." if len(text) > 100 else text
        raise Mistake(
            f'RESULT is JSON, such as \'{{"invoices": ["UUID"]}}\', \'"a text"\' or null, not {text!r}.'
        ) from None
    if len(result) > _MOST_RESULT:
        raise Mistake(f"RESULT has {len(result)} bytes; at most {_MOST_RESULT} are kept.")
    return result


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _unsettled(ledger: Ledger, run: str) -> list[EffectRecord]:
    """The acts of a run whose outcome nobody knows."""
    return [act for act in _acts(ledger, run) if act.state == "started"]


def _acts(ledger: Ledger, run: str) -> list[EffectRecord]:
    views = Views(ledger.redis)
    detail = views.event(views.find(run))
    return [act for each in detail.runs if each.id == run for act in acts_of(each, detail)] if detail else []


def _choose(ledger: Ledger, run: str, wanted: str) -> EffectRecord:
    state = ledger.redis.hget(f"gs:run:{run}", "state")
    if not state:
        raise no_run(ledger, run)
    for act in _acts(ledger, run):
        if act.id == wanted and act.is_a_persons_word:
            return act
    unsettled = _unsettled(ledger, run)
    if not unsettled:
        again = "; `runs retry` lets it go again" if text(state) in ("failed", "parked", "skipped") else ""
        raise Mistake(f"{run} has no act of unknown outcome. It is {text(state)}{again}.")
    found = [each for each in unsettled if wanted in ("", each.id)]
    if len(found) == 1:
        return found[0]
    listed = "\n".join(f"  --effect {each.id}   {named(each)}" for each in unsettled)
    if wanted:
        raise Mistake(f"{wanted!r} is no act of unknown outcome of {run}; there is\n{listed}")
    raise Mistake(f"{run} has {len(unsettled)} acts of unknown outcome; say which:\n{listed}")


def _waiting_too(ledger: Ledger, run: str, effect: EffectRecord) -> list[str]:
    """Other runs that were put aside because nobody knew the outcome of this act."""
    others = [other for other in dict.fromkeys((effect.run, *effect.also)) if other != run]
    states = [ledger.redis.hget(f"gs:run:{other}", "state") for other in others]
    return [other for other, state in zip(others, states, strict=True) if state in (b"parked", b"failed")]
