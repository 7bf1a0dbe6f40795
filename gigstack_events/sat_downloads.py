"""One look at all downloads of a run: ask for what is missing, see how far the SAT is, store what is there.

Nothing is kept between two looks but the ledger's effects and what is stored. A run that has to wait says
so with RetryLater and holds no worker meanwhile.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gigstack_events.api import Gigstack
from gigstack_events.errors import ApiError, GiveUp, Park, RetryLater
from gigstack_events.events import Event
from gigstack_events.sat_archive import Archive
from gigstack_events.sat_packages import BadPackage, Limits
from gigstack_events.sat_plans import Slot, cost
from gigstack_events.sat_requests import NoRoom, NotReady, NotYet, Requests
from gigstack_events.sat_setup import SatSetup

if TYPE_CHECKING:
    from gigstack_events.context import Context

_LONGEST_LOOK_S = 60.0
_PACKAGE_S = 60.0
_GONE = (400, 404, 410)


class Gone(Exception):
    """A package was not fetched in time."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many requests may be open, how often a month is asked for, and how a run waits (seconds)."""

    in_flight: int
    tries: int
    shortest: float
    longest: float
    patience: float


@dataclass(slots=True)
class Look:
    """What one look has found."""

    complete: dict[Slot, dict[str, Any]] = field(default_factory=dict)
    at_the_sat: int = 0
    to_ask: int = 0
    unready: bool = False
    waiting: list[RetryLater] = field(default_factory=list)
    stuck: list[Park | GiveUp] = field(default_factory=list)


class Downloads:
    """The downloads of one run; `gigstack` is bound to the team whose SAT is asked."""

    def __init__(
        self,
        event: Event,
        ctx: "Context",
        gigstack: Gigstack,
        archive: Archive,
        setup: SatSetup,
        pace: Pace,
        limits: Limits,
    ) -> None:
        self._event = event
        self._ctx = ctx
        self._gigstack = gigstack
        self._archive = archive
        self._setup = setup
        self._pace = pace
        self._limits = limits
        self._requests = Requests(event, ctx, gigstack, setup, pace.in_flight)
        self._until = time.monotonic() + _LONGEST_LOOK_S

    def follow(self, wanted: Sequence[Slot], complete: dict[Slot, dict[str, Any]]) -> dict[str, Any]:
        """Return the result once all is stored; raise what the run has to wait or to stop for."""
        look = Look(complete=dict(complete))
        for slot in wanted:
            if slot not in look.complete and not self._look_at(slot, look):
                break
        if len(look.complete) == len(wanted):
            return self._result(wanted, look)
        raise self._verdict(len(wanted), look)

    def _look_at(self, slot: Slot, look: Look) -> bool:
        """Take one step with one month; False where the look shall end with it."""
        try:
            look.complete[slot] = self._step(slot)
        except NotYet:
            look.at_the_sat += 1
        except NoRoom:
            look.to_ask += 1
        except NotReady:
            look.unready = True
        except RetryLater as later:
            look.waiting.append(later)
        except (Park, GiveUp) as stuck:
            look.stuck.append(stuck)
        except BadPackage as bad:
            look.stuck.append(Park(f"{slot}: {bad}; nothing of it was stored"))
        except ApiError as error:
            return self._refused(slot, look, error)
        if time.monotonic() > self._until:  # others want the worker too
            look.waiting.append(RetryLater(1.0, "more of it in a moment"))
            return False
        return True

    def _refused(self, slot: Slot, look: Look, error: ApiError) -> bool:
        if error.status in (401, 403):
            raise error
        if not error.final:  # days of looking meet many of these: they are no failures of the run
            pause = max(error.retry_after or 0.0, self._pace.shortest)
            look.waiting.append(RetryLater(min(pause, self._pace.longest), f"{slot}: {error}"))
            return False
        look.stuck.append(GiveUp(f"{slot}: gigstack refused: {error}"))
        return True

    def _step(self, slot: Slot) -> dict[str, Any]:
        tried: list[dict[str, Any]] = []
        for number in range(1, self._pace.tries + 1):
            asked = self._requests.ask(slot, number, [one["request"] for one in tried])
            outcome = self._requests.outcome(asked["request"])
            tried.append({**asked, **outcome})
            if outcome["status"] != "completed":
                continue
            try:
                stored = [self._fetch(slot, asked["request"], id) for id in outcome["packages"]]
            except Gone:
                continue
            files = sum(package["files"] for package in stored)
            tried[-1]["invoices"] = tried[-1]["invoices"] or files
            return self._finish(slot, tried, files)
        raise GiveUp(
            f"{slot}: the SAT failed {self._pace.tries} times, at last with: "
            f"{tried[-1]['message'] or tried[-1]['status']}; a higher `tries` asks again"
        )

    def _fetch(self, slot: Slot, request: str, package: str) -> dict[str, Any]:
        """Fetch, check and store one package; what is stored there is not fetched again."""

        def do(key: str) -> dict[str, Any]:
            content = self._gigstack.bound(timeout=_PACKAGE_S).sat.package(package)
            return self._archive.store(slot, package, content, self._limits)

        place = self._archive.storage.mark
        try:
            stored: dict[str, Any] = self._ctx.effect(
                "sat:package", do, on=f"{package}:{place}", repeatable=True
            )
        except ApiError as error:
            if error.status in _GONE and self._gigstack.sat.status(request).is_failed:
                raise Gone from error
            raise
        return stored

    def _finish(self, slot: Slot, tried: list[dict[str, Any]], stored: int) -> dict[str, Any]:
        requests = {one["request"]: self._shown(slot, one) for one in tried}  # two tries may be one request
        summary: dict[str, Any] = {
            "requests": list(requests.values()),
            "invoices": tried[-1]["invoices"],
            "stored": stored,
            "cost_mxn": round(sum(one["cost_mxn"] for one in requests.values()), 2),
        }

        def do(key: str) -> dict[str, Any]:
            self._archive.finish(slot, summary)
            return summary

        on = f"{slot.key}:{self._archive.storage.mark}"
        found: dict[str, Any] = self._ctx.effect("sat:month", do, on=on, repeatable=True)
        return found

    def _shown(self, slot: Slot, tried: dict[str, Any]) -> dict[str, Any]:
        """A request and what it cost: it is paid for once it is completed, also where its package expires."""
        free = slot.kind == "metadata" or tried["status"] == "failed"
        paid = 0.0 if free else cost(tried["invoices"], self._setup.price)
        return {name: tried[name] for name in _SHOWN} | {"cost_mxn": paid}

    def _verdict(self, months: int, look: Look) -> RetryLater | Park | GiveUp:
        progress = f"{len(look.complete)} of {months} months completed, {look.at_the_sat} at the SAT"
        if look.to_ask:
            progress += f", {look.to_ask} to be asked for once there is room"
        if look.waiting or look.at_the_sat or look.to_ask:
            if self._ctx.age > self._pace.patience:
                return Park(
                    f"{progress} after {self._ctx.age / 86_400:.1f} days: look why, then retry this run"
                )
            return self._pause(progress, look.waiting)
        if look.unready:
            return GiveUp("; ".join(self._setup.missing) + "; then retry this run")
        return look.stuck[0]

    def _pause(self, progress: str, waiting: Iterable[RetryLater]) -> RetryLater:
        pause = min(max(self._ctx.age / 4, self._pace.shortest), self._pace.longest)
        first = min(waiting, key=lambda later: later.after, default=None)
        if first is None:
            return RetryLater(pause, progress)
        return RetryLater(min(first.after, pause), f"{progress}; {first}")

    def _result(self, wanted: Sequence[Slot], look: Look) -> dict[str, Any]:
        found = [look.complete[slot] for slot in wanted]
        own = [one for month in found for one in month["requests"] if self._is_own(one)]
        return {
            "months": len(wanted),
            "requests": sum(len(month["requests"]) for month in found),
            "own_requests": len(own),
            **{name: sum(month[name] for month in found) for name in ("invoices", "stored")},
            "cost_mxn": round(sum((month["cost_mxn"] for month in found), 0.0), 2),
            "own_cost_mxn": round(sum((one["cost_mxn"] for one in own), 0.0), 2),
            "storage": self._archive.storage.url,
        }

    def _is_own(self, request: dict[str, Any]) -> bool:
        return request["event"] == self._event.id and not request["duplicate"]


_SHOWN = ("request", "duplicate", "event", "status", "invoices")
