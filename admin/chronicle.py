"""What happens, told in lines: taken from the sandbox's journal and from the ledger, nothing else."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from admin.surroundings import plain
from gigstack_events.ledger.records import AT_REST, EventRecord, RunRecord
from gigstack_events.ledger.views import Views

_MOST_LINES = 30
_MOST_EVENTS = 50
_VERBS = {"failed": "failed", "skipped": "was skipped", "cancelled": "was cancelled", "parked": "is parked"}
_MARKS = {"good": "[green]✓[/]", "bad": "[red]✗[/]", "waits": "[yellow]…[/]"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, at epoch ms; `mood` is good, bad or waits."""

    at: int
    text: str
    mood: str = "good"

    def __str__(self) -> str:
        """As the terminal shows it (rich markup)."""
        clock = datetime.fromtimestamp(self.at / 1000).strftime("%H:%M:%S.%f")[:-3]
        return f"  {_MARKS[self.mood]} [dim]{clock}[/]  {self.text}"


class Recent:
    """Names that were seen lately; it forgets the oldest."""

    def __init__(self, most: int = 5000) -> None:
        self._names: dict[str, None] = {}
        self._most = most

    def add(self, name: str) -> None:
        """Remember a name."""
        self._names[name] = None
        if len(self._names) > self._most:
            del self._names[next(iter(self._names))]

    def __contains__(self, name: str) -> bool:
        return name in self._names


@dataclass(slots=True)
class Chronicle:
    """Looks at sandbox and ledger; each `news` tells what is new since the last.

    `since` (epoch ms on the ledger's clock) is where it begins.
    """

    http: httpx.Client
    sandbox_url: str
    views: Views
    since: int
    _deliveries: int = 0
    _cfdis: int = 0
    _delivered: Recent = field(default_factory=Recent)
    _accepted: Recent = field(default_factory=Recent)
    _seen: Recent = field(default_factory=Recent)
    _open: deque[str] = field(default_factory=deque)
    _told: dict[str, str] = field(default_factory=dict)

    def news(self) -> list[Line]:
        """The new lines in the order of their times; of very many, the first."""
        lines = sorted([*self._sandbox(), *self._ledger()], key=lambda line: line.at)
        if len(lines) > _MOST_LINES:
            more = (
                f"… and {len(lines) - _MOST_LINES} lines more; `python -m admin events list` shows the events"
            )
            return [*lines[:_MOST_LINES], Line(lines[-1].at, f"[dim]{more}[/]")]
        return lines

    def is_settled(self, raw_id: str) -> bool:
        """Whether the event with the sender's id is in the ledger and at rest."""
        id = self.views.find(raw_id)
        detail = self.views.event(id) if id else None
        return detail is not None and detail.event.state in ("settled", "parked", "unreadable")

    def journal(self) -> dict[str, list[dict[str, Any]]]:
        """The sandbox's journal as it is now."""
        return dict(self.http.get(f"{self.sandbox_url}/_sandbox/journal").json())

    def summary(self) -> dict[str, int]:
        """The sandbox's counts."""
        return dict(self.http.get(f"{self.sandbox_url}/_sandbox/summary").json())

    # -- the sandbox --------------------------------------------------------------------------------

    def _sandbox(self) -> Iterator[Line]:
        counts = self.summary()
        if (counts["deliveries"], counts["cfdis"]) == (self._deliveries, self._cfdis):
            return
        journal = self.journal()
        new_deliveries, new_cfdis = journal["deliveries"][self._deliveries :], journal["cfdis"][self._cfdis :]
        self._deliveries, self._cfdis = len(journal["deliveries"]), len(journal["cfdis"])
        for delivery in new_deliveries:
            id = delivery["event"]
            # The ledger has an event before its sender has the answer: whichever is seen first is told.
            told = id in self._accepted and id not in self._delivered and delivery["status"] == 202
            self._delivered.add(id)
            if not told:
                yield _delivered(delivery)
        for cfdi in new_cfdis:
            yield Line(cfdi["at"], f"{_made(cfdi)} → CFDI [bold]{cfdi['uuid']}[/]")

    # -- the ledger ---------------------------------------------------------------------------------

    def _ledger(self) -> Iterator[Line]:
        for event in reversed(self.views.events(since=self.since, limit=_MOST_EVENTS).rows):
            if event.id in self._seen:
                continue
            self._seen.add(event.id)
            self._open.append(event.id)
            self.since = max(self.since, event.received)
            if event.raw_id not in self._delivered or event.state == "parked":
                self._accepted.add(event.raw_id)
                yield _accepted(event)
        for _ in range(min(_MOST_EVENTS, len(self._open))):  # in turns, when there are more
            id = self._open.popleft()
            detail = self.views.event(id)
            if detail is None or detail.event.state in ("parked", "unreadable"):
                continue
            yield from self._runs(detail.event, detail.runs)
            if detail.event.state != "settled":
                self._open.append(id)

    def _runs(self, event: EventRecord, runs: tuple[RunRecord, ...]) -> Iterator[Line]:
        if event.state == "settled" and not runs:
            yield Line(event.received, f"{plain(event.type)} settled: no rule wants it", "waits")
        for run in runs:
            told = f"{run.state} {run.attempt}"
            if self._told.get(run.id) == told or not (run.state in AT_REST or run.state == "waiting"):
                continue
            self._told[run.id] = told
            yield _ran(run)
        if event.state == "settled":
            for run in runs:
                self._told.pop(run.id, None)


def _delivered(delivery: dict[str, Any]) -> Line:
    word = {"good": "signed", "bad": "wrongly signed", "none": "unsigned"}[delivery["signature"]]
    status = delivery["status"]
    answers = {202: "202 accepted", 401: "401 refused", 503: "503 try again", None: delivery["error"]}
    text = f"{word} [bold]{plain(delivery['type'])}[/] delivered → {answers.get(status, status)}"
    again = f" (attempt {delivery['attempt']})" if delivery["attempt"] > 1 else ""
    return Line(
        delivery["at"], f"{text}{again}  [dim]{delivery['event']}[/]", "good" if status == 202 else "bad"
    )


def _made(cfdi: dict[str, Any]) -> str:
    if cfdi["receipt"]:
        return f"receipt {cfdi['receipt']} stamped"
    sources = ", ".join(cfdi["made_from"]) or "what the call said"
    return f"invoice of type {cfdi['type']} made from {sources}"


def _accepted(event: EventRecord) -> Line:
    trust = {"signed": "signed", "secret": "authentic", "none": "unproven"}[event.trust]
    text = f"{trust} [bold]{plain(event.type) or 'unreadable body'}[/] accepted"
    if event.state in ("parked", "unreadable"):
        return Line(event.received, f"{text}, but {event.state}: {plain(event.reason)}", "bad")
    return Line(event.received, f"{text}  [dim]{plain(event.raw_id)}[/]")


def _ran(run: RunRecord) -> Line:
    rule, why = plain(run.rule), plain(run.reason or run.error)
    if run.state == "waiting":
        seconds = (run.due - run.started) / 1000
        return Line(run.started, f"{rule} waits, {seconds:.0f} s: {why}", "waits")
    took = f"{run.took / 1000:.1f} s"
    if run.state == "done":
        count = f", {_counted(len(run.effects), 'effect')} recorded" if run.effects else ""
        return Line(run.ended, f"{rule} is done after {took}{count}  [dim]{run.id}[/]")
    mood = "waits" if run.state in ("skipped", "cancelled") else "bad"
    return Line(run.ended, f"{rule} {_VERBS[run.state]}: {why}  [dim]{run.id}[/]", mood)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
