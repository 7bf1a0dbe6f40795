"""`events list`, `events show`, `runs list`: what the ledger holds."""

import re
import sys
import time
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

import typer

from admin import shown
from admin.surroundings import Mistake, console, open_ledger, plain, print_json
from gigstack_events.ledger.details import EventDetail, Listing
from gigstack_events.ledger.records import RunState
from gigstack_events.ledger.views import Views

EventState = Literal["accepted", "dispatched", "settled", "parked", "unreadable"]

events_app = typer.Typer(no_args_is_help=True, help="What happened, as the ledger knows it.")
runs_app = typer.Typer(no_args_is_help=True, help="What was done about it.")

Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@events_app.command("list")
def list_events(
    type: Annotated[str, typer.Option(help="Type, or a pattern such as 'payment.*'.")] = "",
    state: Annotated[str, typer.Option(help=f"One of {', '.join(get_args(EventState))}.")] = "",
    since: Annotated[
        str, typer.Option(help="A time (2026-03-01T12:00), or how long ago (90s, 15m, 2h, 3d).")
    ] = "",
    limit: Limit = 30,
    json: Json = False,
) -> None:
    """Show events, the newest first."""
    _one_of("--state", state, get_args(EventState))
    moment = _since(since)
    with open_ledger() as ledger:
        found = Views(ledger.redis).events(type=type, state=state, since=moment, limit=limit)
    if json:
        print_json([shown.event_values(event) for event in found.rows])
        return
    if found.rows:
        shown.print_events(console(), found.rows)
    _close_list(found, "event")


@events_app.command("show")
def show_event(
    id: Annotated[
        str, typer.Argument(help="The event's id, ours or the sender's, or the id of one of its runs.")
    ],
    body: Annotated[
        bool, typer.Option("--body", help="Also the stored body, and what handlers returned.")
    ] = False,
    json: Json = False,
) -> None:
    """Show one event with its runs and effects."""
    with open_ledger() as ledger:
        views = Views(ledger.redis)
        known = views.find(id)
        detail = views.event(known) if known else None
        stored = views.body(known) if body else None
    if detail is None:
        raise Mistake(
            f"No event is called {id!r}: `events list` shows the newest. Ids are kept for 400 days."
        )
    if json:
        values = shown.detail_values(detail, private=body)
        print_json(values | ({"body": stored.decode(errors="replace") if stored else None} if body else {}))
        return
    _print_detail(detail)
    if body:
        _print_private(detail, stored)


@runs_app.command("list")
def list_runs(
    state: Annotated[str, typer.Option(help=f"One of {', '.join(get_args(RunState))}.")] = "",
    limit: Limit = 30,
    json: Json = False,
) -> None:
    """Show runs; those that wait for a person are `failed` and `parked`."""
    _one_of("--state", state, get_args(RunState))
    with open_ledger() as ledger:
        found = Views(ledger.redis).runs(state=state, limit=limit)
    if json:
        print_json([shown.run_values(run) for run in found.rows])
        return
    if found.rows:
        shown.print_runs(console(), found.rows)
    _close_list(found, "run")


@runs_app.command("retry")
def retry_run(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Id of a failed, parked or skipped run.")],
) -> None:
    """Let a run go again, now that its cause is mended; its effects are not repeated."""
    with open_ledger() as ledger:
        state = ledger.retry(run)
    if state == "unknown":
        raise Mistake(f"No run has the id {run!r}; `python -m admin runs list` shows them.")
    if state:
        raise Mistake(f"This run is {state}: only a failed, parked or skipped one can go again.")
    console().print(f"{plain(run)} is queued.")


def _print_detail(detail: EventDetail) -> None:
    out = console()
    for line in shown.detail_lines(detail):
        out.print(line, soft_wrap=True)
    out.print()
    shown.print_variants(out, detail)
    if detail.runs:
        out.print()
        shown.print_runs(out, detail.runs)
    if detail.effects:
        out.print()
        shown.print_effects(out, detail)


def _print_private(detail: EventDetail, stored: bytes | None) -> None:
    out = console()
    for run in detail.runs:
        if run.result:
            out.print(f"\n{plain(run.rule)} returned {plain(run.result)}", soft_wrap=True)
    out.print()
    text = stored.decode(errors="replace") if stored is not None else "The body is not kept any more."
    if sys.stdout.isatty():
        out.print(*map(plain, text.splitlines()), sep="\n", soft_wrap=True)
    else:
        print(text)


def _close_list(found: Listing[Any], noun: str) -> None:
    if not found.rows:
        what = f"No such {noun}" + ("." if found.complete else " among the newest.")
        console().print(what)
    elif not found.complete:
        console().print(f"[dim]There may be more than these {len(found.rows)}; --limit shows more.[/]")


def _one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value and value not in allowed:
        raise Mistake(f"{option} is one of {', '.join(allowed)}, not {value!r}.")


def _since(wanted: str) -> int:
    if not wanted:
        return 0
    if ago := re.fullmatch(r"(\d{1,6})([smhd])", wanted):
        return round((time.time() - int(ago[1]) * _UNITS[ago[2]]) * 1000)
    try:
        return round(datetime.fromisoformat(wanted).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Mistake(f"--since is a time such as 2026-03-01T12:00 or 2h, not {wanted!r}.") from None
