"""What the sandbox's journal says about calls under fire. Values in, a verdict out.

Every call of a caller carries a tag of its own as its event id, which the journal keeps for each request
that it led to, with `acted`: whether what it asked for was done.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.caller import Noted

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, as sentences. `over_limit` is the share of 429s in each quarter of the requests.

    Those 429s are the rate limit's own: the ones that are drawn as faults do not fall.
    """

    unexpected: list[str]
    duplicates: list[str]
    untrue: list[str]
    over_limit: list[float]
    requests: int

    @property
    def holds(self) -> bool:
        """Whether all is as it should be."""
        return not (self.unexpected or self.duplicates or self.untrue)


def judge(noted: Sequence[Noted], calls: Sequence[Entry], cfdis: Sequence[Entry]) -> Verdict:
    """Hold what the callers say against what was done."""
    acts: defaultdict[str, list[Entry]] = defaultdict(list)
    for call in calls:
        if call["acted"] and call["method"] != "GET":
            acts[call["event_id"]].append(call)
    return Verdict(
        [f"{one.kind} {one.tag}: {one.error}" for one in noted if not one.expected],
        [*_twice(acts), *_stamped_twice(cfdis)],
        [*_untrue(noted, acts)],
        [_share(calls, quarter) for quarter in range(4)],
        len(calls),
    )


def _twice(acts: dict[str, list[Entry]]) -> Iterable[str]:
    """With an idempotency key the API may act once and answer often; it then makes one object."""
    for tag, entries in acts.items():
        keys = {entry["key"] for entry in entries}
        made = [entry["made"] for entry in entries if entry["made"]]
        if len(made) > 1 or len(keys) > 1 or (len(entries) > 1 and keys == {None}):
            yield f"{entries[0]['op']} {tag} was done {len(entries)} times, and made {', '.join(made)}"


def _stamped_twice(cfdis: Sequence[Entry]) -> Iterable[str]:
    stamps = Counter(source for cfdi in cfdis if cfdi["type"] == "I" for source in cfdi["made_from"])
    yield from (f"{source} has {count} CFDIs" for source, count in stamps.items() if count > 1)


def _untrue(noted: Sequence[Noted], acts: dict[str, list[Entry]]) -> Iterable[str]:
    reads = {"get", "list", "search"}
    for one in noted:
        done = one.tag in acts
        if one.kind not in reads and one.outcome != "unknown" and done is not (one.outcome == "done"):
            said = f"{one.kind} {one.tag} is said to be {one.outcome} ({one.error})"
            yield f"{said}: it was {'' if done else 'not '}done"


def _share(calls: Sequence[Entry], quarter: int) -> float:
    size = len(calls) / 4
    own = calls[round(size * quarter) : round(size * (quarter + 1))]
    refused = [call for call in own if call["status"] == 429 and call["fault"] is None]
    return len(refused) / max(len(own), 1)
