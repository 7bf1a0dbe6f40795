"""The verdict: what the senders were told, held against the sandbox's journal. Pure."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Receipts, by what became of them; `overlaps` are pairs of receipts of one client."""

    due: frozenset[str]
    cfdis: int
    lost: tuple[str, ...]
    twice: tuple[str, ...]
    undue: tuple[str, ...]
    overlaps: tuple[str, ...]


def judge(taken: Iterable[Row], cfdis: list[Row], calls: list[Row], receipts: list[Row]) -> Verdict:
    """Judge a run by the senders' log and the three books of the journal.

    A receipt is due when a true delivery that tells of it was answered 202, or when it came, in time, to a
    payment of which one was. It may be stamped when its payment was told of truly at all.
    """
    taken = list(taken)
    told = [row for row in taken if row.get("true")]
    payments = {row["payment"] for row in told}
    due = {receipt for row in told for receipt in row["due"]}
    due |= {id for row in taken if row["payment"] in payments for id in row.get("late", ())}
    made = Counter(row["receipt"] for row in cfdis)
    paid_by = {row["id"]: row["payments"] for row in receipts}
    undue = [id for id in made if not payments & {*paid_by.get(id, ())}]
    return Verdict(
        due=frozenset(due),
        cfdis=len(cfdis),
        lost=tuple(sorted(due - made.keys())),
        twice=tuple(sorted(id for id, count in made.items() if count > 1)),
        undue=tuple(sorted(undue)),
        overlaps=tuple(_overlaps(cfdis, calls)),
    )


def _overlaps(cfdis: list[Row], calls: list[Row]) -> Iterable[str]:
    """Pairs of stamps of one client at the same time, the earlier one's caller still waiting for its answer.

    A caller that was killed cannot call its request back, and one that the API kept waiting may have been
    stopped meanwhile, and have lost its claim: neither breaks a promise.
    """
    by_number = {call["n"]: call for call in calls}
    spans: dict[str, list[tuple[int, int, str, bool]]] = defaultdict(list)
    for cfdi in cfdis:
        call = by_number[cfdi["call"]]
        waited_for = call["gone"] is False and call["fault"] is None
        spans[cfdi["client"]].append((call["at"], cfdi["at"], cfdi["receipt"], waited_for))
    for times in spans.values():
        for (_, ended, one, waited_for), (began, _, other, _) in itertools.pairwise(sorted(times)):
            if waited_for and began < ended:
                yield f"{one} and {other}"
