"""What an operator may do next about an event: why each of its runs is not done, and what to type."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from admin.shown import moment
from gigstack_events.ledger.details import EffectRecord, EventDetail
from gigstack_events.ledger.records import EventRecord, RunRecord

_MENDABLE = ("mode", "trust", "moved_on")
"""Codes of skipped runs whose cause somebody may mend."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What is the matter with an event or a run (its id is `about`), and commands that may be typed."""

    about: str
    why: str
    commands: tuple[str, ...] = ()


def advise(detail: EventDetail, holders: Mapping[str, str]) -> Iterator[Advice]:
    """All that is not at rest or needs a person; `holders` names the run that holds a key."""
    event = detail.event
    if event.state in ("parked", "unreadable"):
        yield _about_event(event)
    for run in detail.runs:
        acts = acts_of(run, detail)
        unknown = [act for act in acts if act.state == "started"]
        if unknown and run.state in ("parked", "failed", "waiting"):
            yield _about_doubt(run, unknown)
        elif said := _about_run(run, holders):
            yield Advice(run.id, *said)
        words = [act for act in acts if act.is_a_persons_word]
        if words and run.state in ("parked", "failed"):
            yield _about_words(run, words)


def acts_of(run: RunRecord, detail: EventDetail) -> list[EffectRecord]:
    """The effects that a run leans on."""
    return [each for each in detail.effects if each.id in run.effects]


def named(effect: EffectRecord) -> str:
    """An act as people know it."""
    return f"{effect.name} on {effect.on}" if effect.on else effect.name


def _about_event(event: EventRecord) -> Advice:
    dismiss = f"events dismiss {event.id}"
    if event.state == "unreadable":
        return Advice(
            event.id,
            "no rule can run for what cannot be read; when you have looked, leave it",
            (f"events show {event.id} --body", dismiss),
        )
    why = "nothing runs for it before you say so; let it be dispatched, or leave it"
    return Advice(event.id, why, (f"events release {event.id}", dismiss))


def _about_doubt(run: RunRecord, unknown: list[EffectRecord]) -> Advice:
    acts = " and ".join(f"{named(effect)} happened" for effect in unknown)
    then = "look, then type"
    if run.state == "waiting":
        then = f"the run looks again by itself at {moment(run.due)}; who knows it now may type"
    commands = []
    for effect in unknown:
        which = f" --effect {effect.id}" if len(unknown) > 1 else ""
        commands += [
            f"runs resolve {run.id}{which} {word}" for word in ("--happened RESULT", "--did-not-happen")
        ]
    return Advice(run.id, f"nobody knows whether {acts}: {then}", tuple(commands))


def _about_words(run: RunRecord, words: list[EffectRecord]) -> Advice:
    acts = " and ".join(map(named, words))
    commands = tuple(f"runs resolve {run.id} --effect {act.id} --happened RESULT" for act in words)
    return Advice(run.id, f"what a person said of {acts} may be corrected, such as a wrong RESULT", commands)


def _about_run(run: RunRecord, holders: Mapping[str, str]) -> tuple[str, tuple[str, ...]] | None:
    retry, cancel = f"runs retry {run.id}", f"runs cancel {run.id}"
    match run.state:
        case "failed" | "parked":
            return "it goes on when its cause is mended and you say so, or it is left", (retry, cancel)
        case "skipped" if run.reason_code in _MENDABLE:
            return "at rest; where its cause is mended, it may go again", (retry,)
        case "waiting":
            return f"it goes on by itself at {moment(run.due)}, unless it is taken out", (cancel,)
        case "running":
            return f"a worker is at it since {moment(run.started)}", ()
        case "queued":
            return _about_queued(run, holders), (cancel,)
    return None


def _about_queued(run: RunRecord, holders: Mapping[str, str]) -> str:
    kind, _, name = run.at.removeprefix("held:").partition(":")
    if not run.at.startswith("held:"):
        return f"in line for a worker of lane {run.lane}; `check` tells whether there are any"
    if kind == "pause":
        return f"paused; `resume {name}` (or `resume all`) lets it go on"
    if kind == "quota":
        return "its rule has its part of the lane's workers; it goes on by itself when that is free"
    holder = holders.get(name, "")
    return f"one run at a time for {name}: it goes on by itself" + (f" after {holder}" if holder else "")
