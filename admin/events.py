"""`events ...`: what happened, and the verdicts that a person may give on an event."""

import re
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, get_args

import typer
from rich.console import Console

from admin import shown
from admin.advice import Advice, advise
from admin.listing import Json, Limit, close_list, one_of
from admin.missing import no_event
from admin.replay import replay
from admin.surroundings import Mistake, console, me, open_ledger, plain, print_json
from gigstack_events.ledger.details import EventDetail
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.views import Views

EventState = Literal["accepted", "dispatched", "settled", "parked", "unreadable"]

events_app = typer.Typer(no_args_is_help=True, help="What happened, as the ledger knows it.")

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
    one_of("--state", state, get_args(EventState))
    moment = _since(since)
    with open_ledger() as ledger:
        found = Views(ledger.redis).events(type=type, state=state, since=moment, limit=limit)
    if json:
        print_json([shown.event_values(event) for event in found.rows])
        return
    if found.rows:
        shown.print_events(console(), found.rows)
    close_list(found, "event")


@events_app.command("show")
def show_event(
    id: Annotated[
        str,
        typer.Argument(help="The event's id, ours or the sender's, or that of one of its runs or effects."),
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
        advices = list(advise(detail, views.holders(detail.runs))) if detail else []
    if detail is None:
        raise no_event(id)
    if json:
        values = shown.detail_values(detail, private=body)
        print_json(values | ({"body": stored.decode(errors="replace") if stored else None} if body else {}))
        return
    _print_detail(detail, advices)
    if body:
        _print_private(detail, stored)


@events_app.command("replay")
def replay_event(
    id: Annotated[str, typer.Argument(help="The event's id, ours or the sender's.")],
    rule: Annotated[list[str] | None, typer.Option(help="Only this rule; may be given again.")] = None,
    repeat: Annotated[
        list[str] | None, typer.Option(help="Id of an effect to be done once more; may be given again.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it, only show the plan.")] = False,
) -> None:
    """Run rules again for a past event. What is on record as done is not done again, unless named."""
    with open_ledger() as ledger:
        replay(ledger, console(), id, rules=rule or [], repeat=repeat or [], yes=yes)


@events_app.command("release")
def release_event(id: Annotated[str, typer.Argument(help="Id of a parked event.")]) -> None:
    """Let a parked event be dispatched after all."""
    _judge(id, "release", "is dispatched like any other now.")


@events_app.command("dismiss")
def dismiss_event(id: Annotated[str, typer.Argument(help="Id of a parked or unreadable event.")]) -> None:
    """Leave a parked or unreadable event for good; its retention begins."""
    _judge(id, "dismiss", "is dismissed.")


def _judge(id: str, verdict: str, told: str) -> None:
    with open_ledger() as ledger:
        known = Views(ledger.redis).find(id) or id
        state = Operator(ledger.redis, me()).judge(known, verdict)
    if state == "unknown":
        also = "" if verdict == "release" else " (or unreadable)"
        raise no_event(id, f"`events list --state parked`{also} shows those that wait")
    if state:
        waits = (
            "a parked one can be released" if verdict == "release" else "a parked or unreadable one can be"
        )
        raise Mistake(f"{known} is {state}: only {waits}{'' if verdict == 'release' else ' dismissed'}.")
    console().print(f"{plain(known)} {told}")


def _print_detail(detail: EventDetail, advices: Sequence[Advice]) -> None:
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
    if detail.by_hand:
        out.print()
        shown.print_by_hand(out, detail)
    _print_advice(out, advices)


def _print_advice(out: Console, advices: Sequence[Advice]) -> None:
    if advices:
        out.print("\n[bold]what now[/]")
    for advice in advices:
        out.print(f"{plain(advice.about)}  {plain(advice.why)}", soft_wrap=True)
        for command in advice.commands:
            out.print(f"    {plain(command)}", soft_wrap=True)


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


def _since(wanted: str) -> int:
    if not wanted:
        return 0
    if ago := re.fullmatch(r"(\d{1,6})([smhd])", wanted):
        return round((time.time() - int(ago[1]) * _UNITS[ago[2]]) * 1000)
    try:
        return round(datetime.fromisoformat(wanted).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Mistake(f"--since is a time such as 2026-03-01T12:00 or 2h, not {wanted!r}.") from None
