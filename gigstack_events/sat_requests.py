"""Requests to the SAT: each month is asked for once a try, however many runs want it, and then followed."""

import time
from typing import TYPE_CHECKING, Any

from gigstack_events.api import Gigstack
from gigstack_events.api.models import SatRequest
from gigstack_events.errors import NotDone, Park
from gigstack_events.events import Event
from gigstack_events.outcomes import DidNotHappen, Happened
from gigstack_events.sat_plans import Slot
from gigstack_events.sat_setup import SatSetup

if TYPE_CHECKING:
    from gigstack_events.context import Context


class NotYet(NotDone):
    """The SAT still works on it."""


class NoRoom(NotDone):
    """The SAT works on as many requests as it may."""


class NotReady(NotDone):
    """Something must be set up before the SAT can be asked."""


class Requests:
    """The requests as one look of one run sees them."""

    def __init__(
        self, event: Event, ctx: "Context", gigstack: Gigstack, setup: SatSetup, in_flight: int
    ) -> None:
        self._event = event
        self._ctx = ctx
        self._setup = setup
        self._in_flight = in_flight
        self._sat = gigstack.sat
        self._rows: dict[str, SatRequest] | None = None
        self._full = False
        self._outcomes: dict[str, dict[str, Any]] = {}

    def ask(self, slot: Slot, number: int, earlier: list[str]) -> dict[str, Any]:
        """Ask for a month, once for each try, whichever event, rule or replay wants it."""
        on = f"{slot.key}:{number}"
        wanted = self._ctx.effect("sat:ask", lambda key: time.time() * 1000, on=on, repeatable=True)

        def do(key: str) -> dict[str, Any]:
            if self._setup.missing:
                raise NotReady("; ".join(self._setup.missing))
            self._full = self._full or len(self._open()) >= self._in_flight
            if self._full:  # until the next look
                raise NoRoom(f"{self._in_flight} requests are open")
            made = self._sat.request(slot.start, slot.end, slot.direction, slot.kind)
            if made.id and self._rows is not None:
                self._rows[made.id] = made
            return self._asked(made.id, duplicate=made.duplicate)

        def check() -> Happened | DidNotHappen:
            found = (row for row in self._sat.history() if row.id not in earlier and slot.is_asked_by(row))
            row = next(found, None)
            # One that the history does not show any more would be answered with `duplicate` and its id.
            return Happened(self._asked(row.id, duplicate=_is_older(row, wanted))) if row else DidNotHappen()

        asked: dict[str, Any] = self._ctx.effect("sat:request", do, on=on, check=check)
        if not asked["request"]:
            raise Park(f"{slot}: gigstack took the request but named no id: look into its history")
        return asked

    def _asked(self, id: str, *, duplicate: bool = False) -> dict[str, Any]:
        return {"request": id, "duplicate": duplicate, "event": self._event.id}

    def _open(self) -> set[str]:
        """The requests that the SAT works on, also those of others; looked up anew before each request."""
        known = {id for id, row in (self._rows or {}).items() if row.is_open}
        self._rows = {**(self._rows or {}), **{row.id: row for row in self._sat.history()}}
        return {id for id in {*known, *self._rows} if self._rows[id].is_open}

    def outcome(self, request: str) -> dict[str, Any]:
        """Tell how a request ended; it is kept, for a package that was fetched may expire afterwards."""
        if request not in self._outcomes:

            def do(key: str) -> dict[str, Any]:
                row = self._row(request)
                if not (row.is_completed or row.is_failed):
                    raise NotYet(f"request {request} is {row.status}")
                if row.is_completed and row.invoice_count != 0 and not row.package_ids:
                    raise NotYet(f"request {request} is completed, its packages are not named yet")
                return {
                    "status": row.status.lower(),
                    "message": (row.status_message or "")[:300],
                    "invoices": row.invoice_count or 0,
                    "packages": row.package_ids,
                }

            self._outcomes[request] = self._ctx.effect("sat:outcome", do, on=request, repeatable=True)
        return self._outcomes[request]

    def _row(self, request: str) -> SatRequest:
        """One call shows 20 requests; the packages, and older requests, have to be asked for by id."""
        if self._rows is None:
            self._rows = {row.id: row for row in self._sat.history()}
        row = self._rows.get(request)
        return row if row is not None and row.is_open else self._sat.status(request)


def _is_older(row: SatRequest, wanted: float) -> bool:
    """Whether somebody else asked for it, before any run of ours did (epoch ms)."""
    return row.created_at is not None and row.created_at < wanted
