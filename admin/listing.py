"""What the listing commands share: options, and how a list ends."""

from typing import Annotated, Any

import typer

from admin.surroundings import Mistake, console
from gigstack_events.ledger.details import Listing

Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def close_list(found: Listing[Any], noun: str) -> None:
    """Say that there was nothing, or that there may be more."""
    if not found.rows:
        what = f"No such {noun}" + ("." if found.complete else " among the newest.")
        console().print(what)
    elif not found.complete:
        console().print(f"[dim]There may be more than these {len(found.rows)}; --limit shows more.[/]")


def one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raise Mistake for a value that an option does not know."""
    if value and value not in allowed:
        raise Mistake(f"{option} is one of {', '.join(allowed)}, not {value!r}.")
