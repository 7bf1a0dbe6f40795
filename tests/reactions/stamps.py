"""The verdict on receipts: what was due has one CFDI, and nothing else has. Pure."""

from collections import Counter

from tests.reactions.evidence import Evidence
from tests.reactions.plan import due_payments


def due(evidence: Evidence) -> set[str]:
    """The receipts that must have a CFDI."""
    payments = due_payments(evidence.events)
    return {
        row["id"]
        for row in evidence.receipts
        if payments & {*row["payments"]} and row["client"] not in evidence.bad_clients
    }


def judge(evidence: Evidence) -> dict[str, list[str]]:
    """Each promise with what breaks it; what the sandbox has stamped by itself is nobody's doing."""
    expected = due(evidence)
    ours = Counter(row["receipt"] for row in evidence.cfdis if row["call"] is not None)
    all = Counter(row["receipt"] for row in evidence.cfdis if row["receipt"])
    return {
        "receipts without a CFDI": sorted(expected - all.keys()),
        "receipts stamped twice": sorted(id for id, count in all.items() if count > 1),
        "receipts stamped without being due": sorted(ours.keys() - expected),
    }
