"""How large a run is and how long things take in it: the long form, and the short one of the test suite."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.handlers.stamp_quickly import LIMIT_S
from tests.stack import QUICK

KINDS = ("receiver", "supervisor", "worker", "sandbox", "redis")
NEVER = "1000000"


@dataclass(frozen=True, slots=True)
class Form:
    """Times are in seconds.

    `handlers` names the stand-in of each built-in one; `kills` are the conductor's own, by process;
    `rounds` is how often each crash point is armed, `meddles` how often hints are lost or repeated, `aimed`
    how many workers die in mid-stamp at the end; `look_again` and `window` say when a late receipt is still
    found without an event of its own; `limit` is the handlers' wall-clock limit.
    """

    receipts: int
    workers: int
    handlers: dict[str, str]
    settings: dict[str, str]
    look_again: tuple[float, ...]
    stamp_delay: tuple[float, float]
    lease: float
    limit: float
    sending: float
    spread: float
    late: tuple[float, float]
    window: float
    kills: dict[str, int]
    rounds: int
    stops: int
    meddles: int
    aimed: int
    faults: tuple[dict[str, Any], ...]
    settle_within: float
    least_kills: int
    least_of_a_kind: int
    orphans_within: float

    def env(self) -> dict[str, str]:
        """The settings of receiver and workers, but for addresses and secrets."""
        options = json.dumps({"look_again": self.look_again})
        names = self.handlers.values()
        return {
            **self.settings,
            **{f"GIGSTACK_HANDLER_{name.upper()}": options for name in names},
            "GIGSTACK_HANDLERS": ",".join(names),
            # The API's 429s are drawn here, not earned: a limiter that learns would stand still.
            "GIGSTACK_RATE": "100000",
            "GIGSTACK_VERIFY": "standard,token",
            "GIGSTACK_API_KEY": "sk_live_sandbox",
            "GIGSTACK_TEST_API_KEY": "sk_test_sandbox",
            # The kit's own kills shall not make it look as if a run were to blame.
            "GIGSTACK_CRASH_BOUND": NEVER,
            "GIGSTACK_LOST_BOUND": NEVER,
        }


def faults(slow: float, too_slow: float, *, slow_stamps: float) -> tuple[dict[str, Any], ...]:
    """Every way in which an API fails or changes, each seldom; `too_slow` (s) is longer than a call may take.

    `slow_stamps` is the share of stamps that take so long that their caller can be killed meanwhile.
    """
    stamps = {"op": "receipts.stamp"}
    return (
        {"kind": "429", "probability": 0.01},
        {"kind": "429", "probability": 0.005, "retry_after": 1},
        {"kind": "500", "probability": 0.005, "body": "json"},
        {"kind": "500", "probability": 0.005, "body": "html"},
        {"kind": "500", "probability": 0.005, "body": "json", "when": "after"},
        {"kind": "500", "probability": 0.005, "body": "html", "when": "after"},
        {"kind": "slow", "probability": 0.005, "seconds": slow},
        {"kind": "slow", "probability": 0.005, "seconds": slow, "when": "after"},
        {"kind": "slow", "probability": 0.002, "seconds": too_slow, **stamps},
        {"kind": "slow", "probability": 0.002, "seconds": too_slow, "when": "after", **stamps},
        {"kind": "lost", "probability": 0.01},
        # The caller is cut off long before the act: nothing but patience can tell what became of it.
        {"kind": "lost", "probability": 0.03, "seconds": slow, "when": "before", **stamps},
        {"kind": "slow", "probability": slow_stamps, "seconds": slow, **stamps},
        {"kind": "reset", "probability": 0.01},
        {"kind": "drift", "probability": 0.01, "shape": "extra"},
        {"kind": "drift", "probability": 0.004},
    )


def long_form(receipts: int, workers: int) -> Form:
    """The default lease, delays and handlers; at least 200 kills."""
    return Form(
        receipts=receipts,
        workers=workers,
        handlers={"stamp_receipts": "stamp_receipts"},
        settings={},
        look_again=(30, 60, 120, 300),
        stamp_delay=(0.05, 0.3),
        lease=20,
        limit=300,
        sending=max(320.0, receipts / 22),
        spread=10,
        late=(1, 20),
        window=250,
        kills={"receiver": 22, "supervisor": 18, "worker": 70, "sandbox": 24, "redis": 24},
        rounds=3,
        stops=2,
        meddles=4,
        aimed=8,
        faults=faults(1.5, 12, slow_stamps=0.02),
        settle_within=600,
        least_kills=200,
        least_of_a_kind=20,
        orphans_within=60,
    )


def short_form(receipts: int, workers: int) -> Form:
    """Times at a tenth, and the built-in handler with a limit that can be exceeded."""
    folder = Path(__file__).parent / "handlers"
    return Form(
        receipts=receipts,
        workers=workers,
        handlers={"stamp_receipts": "stamp_quickly"},
        settings={**QUICK, "GIGSTACK_HANDLERS_DIR": str(folder)},
        look_again=(1, 3, 6, 12, 25),
        stamp_delay=(0.005, 0.03),
        lease=4,
        limit=LIMIT_S,
        sending=22,
        spread=2,
        late=(0.2, 2),
        window=20,
        kills={"receiver": 3, "supervisor": 2, "worker": 14, "sandbox": 3, "redis": 3},
        rounds=1,
        stops=1,
        meddles=1,
        aimed=4,
        faults=faults(1.0, 3.5, slow_stamps=0.05),
        settle_within=60,
        least_kills=0,
        least_of_a_kind=1,
        orphans_within=60,
    )
