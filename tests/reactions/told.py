"""The verdict on notices: each wanted event was told, and the limit held. Pure."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.reactions.evidence import Evidence
from tests.reactions.plan import TELLINGS, Sent, Telling
from tests.reactions.sink import Seen

_LINK = re.compile(r"https://panel\.example\.mx/events/(\S+)")
_SUMMARY = re.compile(r"(\d+) (avisos|notices)$")


@dataclass(frozen=True, slots=True)
class Notice:
    """One text with all its sendings, in order; `ids` are the events that it names, of `total`."""

    text: str
    ids: tuple[str, ...]
    total: int
    sendings: tuple[Seen, ...]

    def __contains__(self, event: object) -> bool:
        """Whether it may tell of an event."""
        return event in self.ids or self.total > len(self.ids)

    @property
    def told(self) -> bool:
        """Whether it was taken at least once."""
        return any(one.taken for one in self.sendings)

    @property
    def first(self) -> Seen | None:
        """The first sending that may have arrived."""
        return next((one for one in self.sendings if one.answer != "429"), None)


def notices(seen: Iterable[Seen]) -> list[Notice]:
    """The notices that came to one place."""
    found: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        message = json.loads(one.body)
        found[f"{message['title']}\n{message['message']}"].append(one)
    return [_notice(text, sendings) for text, sendings in found.items()]


def _notice(text: str, sendings: list[Seen]) -> Notice:
    summary = _SUMMARY.match(text.partition("\n")[0])
    ids = tuple(_LINK.findall(text))
    return Notice(text, ids, int(summary[1]) if summary else 1, tuple(sendings))


def judge(evidence: Evidence) -> dict[str, list[str]]:
    """Each promise with what breaks it."""
    broken: dict[str, list[str]] = {
        name: []
        for name in ("notices missing", "notices beyond a limit", "notices twice", "notices unwanted")
    }
    for telling in TELLINGS:
        for place in telling.places:
            came = notices(evidence.at(place))
            broken["notices twice"] += _twice(place, came, evidence)
            _judge_place(telling, place, came, evidence, broken)
    return broken


def _judge_place(
    telling: Telling, place: str, came: list[Notice], evidence: Evidence, broken: dict[str, list[str]]
) -> None:
    wanted = {event.id: event for event in evidence.events if telling.wants(event)}
    groups: dict[str, list[Notice]] = defaultdict(list)
    for notice in came:
        strange = [id for id in notice.ids if id not in wanted]
        broken["notices unwanted"] += [f"{place}: {id}" for id in strange]
        if not strange:
            groups[telling.group(wanted[notice.ids[0]])].append(notice)
    by_group: dict[str, list[Sent]] = defaultdict(list)
    for event in wanted.values():
        by_group[telling.group(event)].append(event)
    for name, events in by_group.items():
        where = f"{telling.rule} at {place} for {name}"
        broken["notices missing"] += _missing(where, telling, events, groups[name])
        if telling.count:
            broken["notices beyond a limit"] += _beyond(where, telling, groups[name])


def _missing(where: str, telling: Telling, events: list[Sent], came: list[Notice]) -> Iterator[str]:
    """Whoever is not named must be among those whom a summary only counts."""
    told = [notice for notice in came if notice.told]
    named = {id for notice in told for id in notice.ids}
    if telling.latest:
        newest = max(event.created for event in events)
        if not any(event.id in named for event in events if event.created == newest):
            yield where
        return
    missing = [event.id for event in events if event.id not in named]
    counted = sum(notice.total - len(notice.ids) for notice in told)
    if len(missing) > counted:
        yield f"{where}: {len(missing) - counted} of {', '.join(missing[:3])}"


def _beyond(where: str, telling: Telling, came: list[Notice]) -> Iterator[str]:
    """What may have arrived counts once; a repetition of it is judged by `_twice`."""
    times = sorted(notice.first.at for notice in came if notice.first)
    for first, last in zip(times, times[telling.count :], strict=False):
        if last - first <= telling.every:
            yield f"{where}: {telling.count + 1} within {last - first} ms"


def _twice(place: str, came: list[Notice], evidence: Evidence) -> Iterator[str]:
    """The same again where it was known to have arrived, or one event in two texts."""
    for notice in came:
        arrived = False
        for one in notice.sendings:
            if arrived:
                yield f"{place}: {notice.text[:60]!r} again"
            arrived = arrived or (one.taken and not evidence.in_doubt(one, notice))
    texts: dict[str, set[str]] = defaultdict(set)
    for notice in came:
        if notice.first:
            for id in notice.ids:
                texts[id].add(notice.text)
    yield from (f"{place}: {id} in {len(found)} texts" for id, found in texts.items() if len(found) > 1)
