"""What to say of an id that names nothing, or something else than what was asked for."""

import re

from admin.surroundings import Mistake
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.views import Views

_LENGTH = 26
_MOST = 10


def no_event(name: str, seen: str = "`events list` shows the newest; ids are kept for 400 days") -> Mistake:
    """There is no event of that name; `seen` says where those that may be meant are listed."""
    return Mistake(f"No event is called {name[:256]!r}: {_short(name) or seen}.")


def no_run(ledger: Ledger, name: str) -> Mistake:
    """There is no run of that name; an event's or an effect's leads to the runs that may be meant."""
    views = Views(ledger.redis)
    known = views.find(name)
    detail = views.event(known) if known else None
    if detail is None:
        return Mistake(f"No run has the id {name[:256]!r}: {_short(name) or '`runs list` shows them'}.")
    told = f"{name} is not a run but belongs to event {detail.event.id}"
    if not detail.runs:
        return Mistake(f"{told}, which has no runs: `events show {detail.event.id}` says why.")
    runs = "".join(f"\n  {run.id}   {run.rule}, {run.state}" for run in detail.runs[:_MOST])
    return Mistake(f"{told}; its runs are{runs}")


def _short(name: str) -> str:
    if re.fullmatch(r"[erf][a-z2-7]+", name) and 4 < len(name) != _LENGTH:
        return f"our ids have {_LENGTH} characters, this has {len(name)}; copy it whole"
    return ""
