"""How events, runs and effects look: as rows for people, as plain values for scripts. No payloads."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from admin.surroundings import plain
from admin.tables import coloured, print_table
from gigstack_events.ledger.details import EffectRecord, EventDetail
from gigstack_events.ledger.records import EventRecord, RunRecord

# What handlers returned may hold anything; it is shown with the body, when that is asked for.
_PRIVATE = ("result",)
_SOURCES = {
    "body": "from body",
    "header": "from header",
    "hash": "made from the body, which has none",
    "unreadable": "made from the body, which cannot be read",
    "internal": "our own",
}


def moment(ms: int) -> str:
    """A time for people: local, to the second."""
    return datetime.fromtimestamp(ms / 1000).strftime("%Y-%m-%d %H:%M:%S") if ms else "-"


def brief(ms: int) -> str:
    """A time for tables: of today only the clock."""
    today = datetime.fromtimestamp(ms / 1000).date() == datetime.now().date()
    return moment(ms)[11:] if today and ms else moment(ms)[:16]


def iso(ms: int) -> str | None:
    """A time for scripts: ISO 8601, UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds") if ms else None


def print_events(out: Console, events: Iterable[EventRecord]) -> None:
    """One row for each event."""
    columns = ("received", "id", "type", "mode", "trust", "state", "seen", "runs", "reason")
    rows = [
        (
            brief(event.received), event.id, event.type or "-", event.mode or "-", event.trust, event.state,
            str(event.seen), str(len(event.runs)), event.reason,
        )
        for event in events
    ]  # fmt: skip
    print_table(out, columns, rows)


def print_runs(out: Console, runs: Iterable[RunRecord]) -> None:
    """One row for each run."""
    columns = ("created", "id", "event", "rule", "state", "attempt", "took", "reason")
    rows = [
        (
            brief(run.created), run.id, run.event, run.rule, run.state, str(run.attempt),
            f"{run.took / 1000:.1f} s" if run.took else "-", why(run),
        )
        for run in runs
    ]  # fmt: skip
    print_table(out, columns, rows)


def why(run: RunRecord) -> str:
    """Why a run is where it is, in a few words; one under way has the reason of its last try no more."""
    if run.state == "running":
        return ""
    due = f" (again at {brief(run.due)})" if run.state == "waiting" and run.due else ""
    held = f"held by {run.at.removeprefix('held:')}" if run.at.startswith("held:") else ""
    also = run.error if run.state == "waiting" and run.error not in run.reason else ""
    told = ": ".join(filter(None, (run.reason, also))) or run.error
    return "; ".join(filter(None, (told, held))) + due


def detail_lines(detail: EventDetail) -> list[str]:
    """The facts of one event, one a line (rich markup)."""
    event = detail.event
    facts = {
        "id": event.id,
        "sender's id": f"{event.raw_id} ({_SOURCES[event.id_source]})",
        "type": event.type or "-",
        "object": event.object_id or "-",
        "mode": event.mode or "not said",
        "team": event.team or "-",
        "trust": event.trust + (", confirmed by the API" if event.confirmed else ""),
        "happened": moment(detail.created),
        "received": moment(event.received),
        "delivered": f"{event.seen} x, last {moment(detail.last_seen or event.received)}",
        "reason": event.reason or "-",
    }
    lines = [f"[bold]{name:<12}[/] {plain(fact)}" for name, fact in facts.items()]
    lines.append(f"[bold]{'state':<12}[/] {coloured(event.state)}")
    if event.conflicts:
        lines.append(
            f"[yellow]{event.conflicts} deliveries said other facts under this id; they were not used.[/]"
        )
    return lines


def print_variants(out: Console, detail: EventDetail) -> None:
    """The bodies that came under the event's id."""
    rows = [
        (each.hash, each.trust, str(each.size or "not kept"), "what handlers see" if each.used else "")
        for each in detail.variants
    ]
    print_table(out, ("body", "trust", "bytes", ""), rows)


def print_effects(out: Console, detail: EventDetail) -> None:
    """What the runs did to the outside world."""
    rows = [
        (
            each.run, each.name, each.on or "-", each.state, _settled(each), brief(each.started),
            brief(each.ended), "; ".join(filter(None, (each.reason, _shared(each)))),
        )
        for each in detail.effects
    ]  # fmt: skip
    print_table(out, ("run", "effect", "on", "state", "settled", "started", "ended", "reason"), rows)


def print_by_hand(out: Console, detail: EventDetail) -> None:
    """What people said about the event and its runs."""
    rows = [(brief(each.at), each.about, each.by, each.verdict) for each in detail.by_hand]
    print_table(out, ("by hand", "about", "who", "what"), rows)


def _settled(effect: EffectRecord) -> str:
    """How its outcome came to be known, where the act itself did not tell."""
    return "by check" if effect.checked else "by hand" if effect.resolved else "-"


def _shared(effect: EffectRecord) -> str:
    others = [run for run in effect.also if run != effect.run]
    return f"also for {', '.join(others)}" if others else ""


def event_values(event: EventRecord) -> dict[str, Any]:
    """One event for scripts."""
    times = {"received": iso(event.received)}
    return {
        name: value for name, value in asdict(event).items() if name not in ("rank", "generation")
    } | times


def run_values(run: RunRecord, *, private: bool = False) -> dict[str, Any]:
    """One run for scripts; its result only with `private`."""
    times = {name: iso(getattr(run, name)) for name in ("created", "started", "ended", "due", "pushed")}
    return _without(asdict(run), private) | times


def detail_values(detail: EventDetail, *, private: bool = False) -> dict[str, Any]:
    """One event with all that belongs to it; results only with `private`."""
    effects = [
        _without(asdict(effect), private) | {"started": iso(effect.started), "ended": iso(effect.ended)}
        for effect in detail.effects
    ]
    return {
        **event_values(detail.event),
        "created": iso(detail.created),
        "last_seen": iso(detail.last_seen),
        "variants": [asdict(variant) for variant in detail.variants],
        "runs": [run_values(run, private=private) for run in detail.runs],
        "effects": effects,
        "by_hand": [asdict(said) | {"at": iso(said.at)} for said in detail.by_hand],
    }


def _without(values: dict[str, Any], private: bool) -> dict[str, Any]:
    return {name: value for name, value in values.items() if private or name not in _PRIVATE}
