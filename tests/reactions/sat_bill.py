"""The verdict on the SAT's months: asked for, fetched, paid and stored once, and billed as reported. Pure."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.reactions.evidence import Evidence, Row
from tests.reactions.plan import asked_months


def judge(evidence: Evidence) -> dict[str, list[str]]:
    """Each promise with what breaks it."""
    wanted, _ = asked_months(evidence.events, has_calendar(evidence), list(evidence.months))
    made = Counter(evidence.slots[id] for id in _made(evidence))
    charged = Counter((row["livemode"], row["team"], row["uuid"]) for row in evidence.charges)
    return {
        "SAT months missing": [str(slot) for slot in sorted(wanted - made.keys())],
        "SAT months unwanted": [str(slot) for slot in sorted(made.keys() - wanted)],
        "SAT months requested twice": [
            *(str(slot) for slot, count in made.items() if count > 1),
            *(f"call {row['n']}" for row in evidence.calls if _asked(row) and not row["made"]),
        ],
        "SAT packages fetched twice": list(_fetched_twice(evidence)),
        "SAT packages never fetched": sorted(_made(evidence) - _fetched(evidence)),
        "XML charged twice": [str(key) for key, count in charged.items() if count > 1],
        "CFDI not stored as charged": list(_not_stored(evidence)),
        "cost reported other than the bill": list(_cost(evidence)),
    }


def has_calendar(evidence: Evidence) -> bool:
    """Whether the calendar's rule had its minute."""
    return any(run["rule"] == "sat-by-calendar" for run in evidence.runs)


def bill(evidence: Evidence) -> tuple[float, float]:
    """What the sandbox charged and what the runs say that they caused, in pesos."""
    charged = round(sum(row["amount_mxn"] for row in evidence.charges), 2)
    results = (
        json.loads(run.get("result") or "{}") for run in evidence.runs if run["rule"].startswith("sat-")
    )
    return charged, round(sum(result.get("own_cost_mxn", 0.0) for result in results), 2)


def _asked(row: Row) -> bool:
    return row["op"] == "sat.request" and bool(row["acted"])


def _made(evidence: Evidence) -> set[str]:
    return {row["made"] for row in evidence.calls if _asked(row) and row["made"]}


def _request(path: str) -> str:
    return path.rpartition("/")[2].rpartition("_")[0]


def _fetched(evidence: Evidence) -> set[str]:
    """The requests of which a package was sent."""
    sent = (row for row in evidence.calls if row["op"] == "sat.package" and row["acted"])
    return {_request(row["path"]) for row in sent}


def _clean(evidence: Evidence) -> dict[str, list[Row]]:
    """The fetches of each package that came through whole."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in evidence.calls:
        whole = row["status"] == 200 and row["fault"] in (None, "slow") and not row["gone"]
        if row["op"] == "sat.package" and whole:
            found[row["path"]].append(row)
    return found


def _fetched_twice(evidence: Evidence) -> Iterator[str]:
    for path, rows in _clean(evidence).items():
        known = [row for row in rows if not evidence.died(row["at"], path.rpartition("/")[2])]
        if len(known) > 1:
            yield f"{path}: {len(known)}"


def _not_stored(evidence: Evidence) -> Iterator[str]:
    """Each charged XML is one file, live and test apart, and stands in its month's manifest."""
    stored = Counter(uuid for uuid, _ in evidence.stored)
    listed = Counter(evidence.listed)
    charged = {row["uuid"] for row in evidence.charges}
    yield from (f"{uuid} has no file" for uuid in sorted(charged - stored.keys()))
    yield from (f"{uuid} was never charged" for uuid in sorted(stored.keys() - charged))
    yield from (f"{uuid} in {count} files" for uuid, count in stored.items() if count > 1)
    yield from (f"{place} not in a manifest" for place in evidence.stored if not listed[place])
    yield from (f"{place} in a manifest {count} times" for place, count in listed.items() if count > 1)
    yield from (f"{place} in a manifest only" for place in listed.keys() - {*evidence.stored})


def _cost(evidence: Evidence) -> Iterator[str]:
    charged, reported = bill(evidence)
    if charged != reported:
        yield f"{reported} pesos reported, {charged} charged"
