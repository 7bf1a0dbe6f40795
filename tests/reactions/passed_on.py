"""The verdict on what was forwarded, and on the notices of runs that ended badly. Pure."""

import json
from collections import defaultdict
from collections.abc import Iterator

from tests.reactions.evidence import Evidence, Row
from tests.reactions.plan import FORBIDDEN, TARGETS, Sent
from tests.reactions.sink import Seen
from tests.reactions.told import notices


def judge(evidence: Evidence) -> dict[str, list[str]]:
    """Each promise with what breaks it."""
    wanted = {event.id: event for event in evidence.events if event.live}
    broken: dict[str, list[str]] = {
        name: []
        for name in (
            "forwards missing",
            "forwards twice",
            "forwards unwanted",
            "forwards unsigned or changed",
        )
    }
    for place in TARGETS:
        came: dict[str, list[Seen]] = defaultdict(list)
        for one in evidence.at(place):
            came[one.headers.get("webhook-id", "")].append(one)
        broken["forwards unwanted"] += [f"{place}: {id}" for id in came.keys() - wanted.keys()]
        for id, event in wanted.items():
            sendings = came[id]
            if not any(one.taken or one.answer == "400" for one in sendings):
                broken["forwards missing"].append(f"{place}: {id}")
            broken["forwards twice"] += _twice(place, id, sendings, evidence)
            broken["forwards unsigned or changed"] += [
                f"{place}: {id}" for one in sendings if not (one.signed and _is_told(one, event, evidence))
            ]
    broken["requests of rules that are in shadow or off"] = [
        f"{one.place} {one.answer}" for place in FORBIDDEN for one in evidence.at(place)
    ]
    return broken


def _twice(place: str, id: str, sendings: list[Seen], evidence: Evidence) -> Iterator[str]:
    known = False
    for one in sendings:
        if known:
            yield f"{place}: {id}"
        known = known or (one.taken and not evidence.in_doubt(one, (id,)))


def _is_told(one: Seen, event: Sent, evidence: Evidence) -> bool:
    """What came unsigned is passed on as the API has confirmed it."""
    told = json.loads(one.body)
    object = told["data"]["object"]
    same = object["id"] == event.object["id"] if event.id in evidence.unsigned else object == event.object
    return bool(told["type"] == event.type and same)


def refused(evidence: Evidence) -> set[str]:
    """The events that a target refused for good: their runs fail."""
    return {one.headers["webhook-id"] for one in evidence.seen if one.answer == "400"}


def stuck(evidence: Evidence) -> list[Row]:
    """The runs that failed or parked."""
    return [run for run in evidence.runs if run["state"] in ("failed", "parked")]


def unexplained(evidence: Evidence) -> list[str]:
    """The runs that ended badly though nothing in the evidence accounts for it."""
    turned_away = refused(evidence)
    payments = {
        p for row in evidence.receipts if row["client"] in evidence.bad_clients for p in row["payments"]
    }
    about = {event.id: _payments_of(event) for event in evidence.events}
    strange = []
    for run in stuck(evidence):
        expected = (run["rule"] == "forward-live" and run["event_id"] in turned_away) or (
            run["rule"].startswith("stamp-") and about.get(run["event_id"], set()) & payments
        )
        if not (expected and run["state"] == "failed"):
            strange.append(f"{run['rule']} {run['event_id']} {run['state']}: {run.get('reason', '')[:160]}")
    return strange


def untold(evidence: Evidence) -> list[str]:
    """The runs that ended badly of which the alarm has not heard, and events that failed without a run."""
    came = (notice.ids for notice in notices(evidence.at("alarm")) if notice.told)
    told = {id.split("-")[0] for ids in came for id in ids}  # such an event's id begins with its run's
    ended = {run["id"]: run["rule"] for run in stuck(evidence) if run["rule"] != "tell-failures"}
    failed = {run["event_id"] for run in stuck(evidence) if run["rule"] == "forward-live"}
    silent = sorted(f"{ended[id]} {id}" for id in ended.keys() - told)
    return [*silent, *(f"forward of {id}" for id in sorted(refused(evidence) - failed))]


def _payments_of(event: Sent) -> set[str]:
    if event.type == "payment.succeeded":
        return {event.object["id"]}
    return set(event.object.get("payments") or ())
