"""How large a run is and how hard: the long form, and the short one of the test suite."""

from dataclasses import dataclass
from typing import Any

from tests.chaos.form import NEVER
from tests.chaos.points import Acting
from tests.stack import QUICK

# The least trust that this door takes is the path's token: notify and forward ask for no more.
HANDLERS = (
    Acting("stamp_receipts"),
    Acting("sat_download"),
    Acting("notify", doubts=False, checks=False, turns=True),
    Acting("forward", doubts=False, checks=False),
)
LANES = "live=1,bulk=1,stamps=1,telling=2,sending=2"


@dataclass(frozen=True, slots=True)
class Form:
    """`events` are sent within `sending` seconds. `kills` are the kit's own meanwhile, by process.

    Each crash point is armed once in that time; without the `general` ones, only those of handlers and of
    events of our own.

    `misbehave` is the share of requests that the sink answers badly; `least_asking` is how many events have
    to ask for the SAT's months, or the run does not show much.
    """

    events: int
    sending: float
    kills: dict[str, int]
    general: bool
    misbehave: float
    settle_within: float
    clients: int
    least_asking: int
    faults: tuple[dict[str, Any], ...]


def long_form(events: int) -> Form:
    """Some 35 events a second, and a death every other second, besides those at crash points."""
    return Form(
        events=events,
        sending=events / 35,
        kills={"worker": events // 70, "supervisor": 4, "receiver": 6},
        general=True,
        misbehave=0.12,
        settle_within=600,
        clients=24,
        least_asking=min(400, events // 10),
        faults=FAULTS,
    )


def short_form(events: int) -> Form:
    """The same within a minute."""
    return Form(
        events=events,
        sending=8,
        kills={"worker": 3, "supervisor": 1, "receiver": 1},
        general=False,  # tests/chaos/test_chaos.py has those
        misbehave=0.12,
        settle_within=120,
        clients=6,
        least_asking=events // 10,
        faults=FAULTS,
    )


SETTINGS = {
    **QUICK,
    "GIGSTACK_CHECK_DELAY": "5",
    "GIGSTACK_HANDLERS": "",
    "GIGSTACK_VERIFY": "standard,token",
    "GIGSTACK_HANDLER_STAMP_RECEIPTS": '{"look_again": [1, 3, 6]}',
    # The kit's own kills shall not make it look as if a run were to blame.
    "GIGSTACK_CRASH_BOUND": NEVER,
    "GIGSTACK_LOST_BOUND": NEVER,
    "GIGSTACK_LOG_LEVEL": "warning",
}

_CALLS = (
    {"kind": "429", "retry_after": 1},
    {"kind": "500"},
    {"kind": "500", "when": "after"},
    {"kind": "lost"},
)
FAULTS: tuple[dict[str, Any], ...] = (
    *({"probability": 0.006, **fault} for fault in _CALLS),
    {"kind": "429", "probability": 0.006},
    {"kind": "reset", "probability": 0.006},
    {"kind": "slow", "probability": 0.006, "seconds": 0.6},
    {"kind": "slow", "probability": 0.006, "seconds": 0.6, "when": "after"},
    {"kind": "drift", "probability": 0.01, "shape": "extra"},
    {"kind": "drift", "probability": 0.004},
    {"kind": "lost", "probability": 0.15, "op": "sat.request"},
    {"kind": "lost", "probability": 0.06, "op": "receipts.stamp"},
    {"kind": "webhook_duplicate", "probability": 0.1},
    {"kind": "webhook_late", "probability": 0.04, "seconds": 2.0},
    {"kind": "webhook_reorder", "probability": 0.1, "seconds": 1.5},
    {"kind": "webhook_signature", "probability": 0.03},
)
