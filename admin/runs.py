"""`runs ...`: what was done, and the verdicts that a person may give on a run."""

import json
from typing import Annotated, get_args

import typer

from admin import shown
from admin.listing import Json, Limit, close_list, one_of
from admin.surroundings import Mistake, console, open_ledger, plain, print_json
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.details import EffectRecord
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import RunState
from gigstack_events.ledger.views import Views

runs_app = typer.Typer(no_args_is_help=True, help="What was done about it.")

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
def retry_run(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Id of a failed, parked or skipped run.")],
) -> None:
    """Let a run go again, now that its cause is mended; its effects are not repeated."""
    with open_ledger() as ledger:
        state = Operator(ledger.redis).retry(run)
    _refuse(run, state, "only a failed, parked or skipped one can go again")
    console().print(f"{plain(run)} is queued.")


@runs_app.command("cancel")
def cancel_run(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Id of a queued, waiting, failed or parked run.")],
) -> None:
    """Take a run out for good; what it has done stands."""
    with open_ledger() as ledger:
        state = Operator(ledger.redis).cancel(run)
        unknown = [] if state else _unsettled(ledger, run)
    _refuse(run, state, "only a queued, waiting, failed or parked one can be cancelled")
    console().print(f"{plain(run)} is cancelled.")
    for effect in unknown:
        console().print(
            f"Nobody knows whether {plain(_named(effect))} happened; a later run about it has to check."
        )


@runs_app.command("resolve")
def resolve_run(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Id of a run with an act of unknown outcome.")],
    happened: Annotated[
        str | None,
        typer.Option(metavar="RESULT", help="It happened; its result as JSON, such as null."),
    ] = None,
    did_not_happen: Annotated[
        bool, typer.Option("--did-not-happen", help="It did not happen: the run does it now.")
    ] = False,
    effect: Annotated[str, typer.Option(help="Which act, where several are unknown: its id.")] = "",
) -> None:
    """Say what you found out about an act whose outcome nobody knew; then its run goes on."""
    if (happened is None) is not did_not_happen:
        raise Mistake("Say one of --happened RESULT and --did-not-happen, after you have looked.")
    result = _result(happened) if happened is not None else "null"
    with open_ledger() as ledger:
        if not ledger.redis.exists(f"gs:run:{run}"):
            _refuse(run, "unknown", "")
        chosen = _choose(_unsettled(ledger, run), run, effect)
        state = Operator(ledger.redis).resolve(run, chosen.id, happened=happened is not None, result=result)
    told = {
        "queued": f"{plain(run)} goes on.",
        "more": f"Noted. {plain(run)} still waits: other acts of it are unknown; resolve them too.",
    }
    if state not in told:
        _refuse(run, state, "only a parked, failed or waiting one can be resolved")
    console().print(told[state])


def _refuse(run: str, state: str, rule: str) -> None:
    if state == "unknown":
        raise Mistake(f"No run has the id {run!r}; `python -m admin runs list` shows them.")
    if state == "busy":
        raise Mistake("A worker is at this act right now; look again when its run has ended.")
    if state == "settled":
        raise Mistake("This act's outcome is known by now; `python -m admin events show` tells it.")
    if state:
        raise Mistake(f"This run is {state}: {rule}.")


def _result(text: str) -> str:
    try:
        result = json.dumps(json.loads(text, parse_constant=_refuse_constant), separators=(",", ":"))
    except ValueError:
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
    views = Views(ledger.redis)
    detail = views.event(views.find(run))
    mine = next((each.effects for each in detail.runs if each.id == run), ()) if detail else ()
    return [each for each in detail.effects if each.id in mine and each.state == "started"] if detail else []


def _choose(unsettled: list[EffectRecord], run: str, wanted: str) -> EffectRecord:
    if not unsettled:
        raise Mistake(f"{run} has no act of unknown outcome; `runs retry` lets a run go again.")
    found = [each for each in unsettled if wanted in ("", each.id)]
    if len(found) != 1:
        listed = "\n".join(f"  --effect {each.id}   {_named(each)}" for each in unsettled)
        raise Mistake(f"{run} has {len(unsettled)} acts of unknown outcome; say which:\n{listed}")
    return found[0]


def _named(effect: EffectRecord) -> str:
    return f"{effect.name} on {effect.on}" if effect.on else effect.name
