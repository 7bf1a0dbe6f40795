"""Tables for the terminal: columns as wide as they must be, so that ids stay whole; long notes below."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console

from admin.surroundings import plain

_GAP = "  "
_COLOURS = {
    "done": "green",
    "settled": "green",
    "failed": "red",
    "parked": "red",
    "unreadable": "red",
    "running": "cyan",
    "waiting": "yellow",
    "queued": "yellow",
    "accepted": "yellow",
    "dispatched": "yellow",
}


def print_table(out: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of texts. The last column is a note: where it does not fit, it gets a line of its own."""
    *columns, note_title = columns
    widths = [max(map(cell_len, cells)) for cells in zip(columns, *(row[:-1] for row in rows), strict=True)]
    header = _GAP.join(_filled(title, width) for title, width in zip(columns, widths, strict=True))
    out.print(f"[bold]{header}{_GAP}{note_title}[/]", soft_wrap=True)
    used = sum(widths) + len(_GAP) * len(widths)
    for *cells, note in rows:
        shown = zip(columns, cells, widths, strict=True)
        line = _GAP.join(_coloured(title, cell, width) for title, cell, width in shown)
        fits = used + cell_len(note) <= out.width
        out.print(line + (_GAP + plain(note) if note and fits else ""), soft_wrap=True)
        if note and not fits:
            out.print(f"    {plain(note)}", soft_wrap=True)


def coloured(state: str) -> str:
    """A state in its colour (rich markup)."""
    colour = _COLOURS.get(state)
    return f"[{colour}]{state}[/]" if colour else plain(state)


def _coloured(title: str, cell: str, width: int) -> str:
    if title != "state":
        return plain(_filled(cell, width))
    return coloured(cell) + " " * (width - cell_len(cell))


def _filled(cell: str, width: int) -> str:
    return cell + " " * (width - cell_len(cell))
