"""The client under fire: `python -m benchmarks.faults [--calls 2000] [--seed 1] [--processes 4]`.

Some processes share one limiter and make mixed calls against a sandbox that goes wrong in every way it
knows (each with a probability of 5 %) and lets fewer calls per second pass than the limiter begins with.
Then what the callers say is held against the sandbox's own journal: no write was done twice, what is said
to be done was done, and what is said not to be done was not. Ends with 1 where that does not hold.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.caller import HASTE_S, Noted, Plan, call_all
from benchmarks.verdict import Verdict, judge
from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.sandbox.process import SandboxProcess

SHARE = 0.05
FAULTS: list[dict[str, Any]] = [
    {"kind": "429", "retry_after": "either", "seconds": 0.1},
    {"kind": "500"},
    {"kind": "500", "when": "after", "status": 503},
    {"kind": "slow", "seconds": 0.05},
    {"kind": "slow", "when": "after", "op": "clients.update", "seconds": HASTE_S * 1.5},
    {"kind": "lost"},
    {"kind": "lost", "when": "before", "seconds": 0.05},
    {"kind": "reset"},
    {"kind": "drift"},
]
FISCAL = 8


def plans(asked: argparse.Namespace, sandbox: SandboxProcess, redis_url: str) -> list[Plan]:
    """What each process is to do. Clients are shared; receipts and payments are not."""
    paid = [sandbox.pay(receipts=asked.processes * 2, late=0, send=False) for _ in range(FISCAL)]
    waiting = [sandbox.pay(receipts=0, paid=False)["payment"] for _ in range(asked.processes * 4)]
    receipts = [id for one in paid for id in one["receipts"]]
    clients = tuple(one["client"] for one in paid)
    return [
        Plan(
            f"caller-{number}",
            asked.calls // asked.processes,
            asked.seed * 1000 + number,
            sandbox.url,
            redis_url,
            asked.rate,
            asked.recovery,
            clients,
            tuple(receipts[number :: asked.processes]),
            tuple(waiting[number :: asked.processes]),
        )
        for number in range(asked.processes)
    ]


def fire(asked: argparse.Namespace) -> tuple[list[Noted], Verdict]:
    """Let all processes call, and judge them."""
    options = {"seed": asked.seed, "rate_limit": asked.limit, "stamp_delay": (0.0, 0.02)}
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedRedis(Path(folder)) as server,
        SandboxProcess(**options) as sandbox,
        get_context("spawn").Pool(asked.processes) as pool,
    ):
        todo = plans(asked, sandbox, server.url)
        since = int(time.time() * 1000)
        for fault in FAULTS:
            sandbox.call("POST", "/_sandbox/faults", {"probability": SHARE, **fault})
        noted = [one for some in pool.map(call_all, todo, chunksize=1) for one in some]
        time.sleep(0.2)  # what was given up on may still be carried out
        journal = sandbox.journal("calls", "cfdis")
        calls = [call for call in journal["calls"] if call["at"] >= since]
        return noted, judge(noted, calls, journal["cfdis"])


def table(noted: Sequence[Noted], verdict: Verdict) -> str:
    """How the calls of each kind ended, and what the journal has to say."""
    kinds = Counter(one.kind for one in noted)
    errors = Counter((one.kind, one.error) for one in noted if one.error and one.expected)
    lines = [f"{'calls':<20}{'all':>7}{'done':>7}  errors"]
    for kind, count in sorted(kinds.items()):
        own = {error: n for (of, error), n in errors.items() if of == kind}
        told = ", ".join(f"{error} {n}" for error, n in sorted(own.items()))
        lines.append(f"{kind:<20}{count:>7}{count - sum(own.values()):>7}  {told}")
    lines += [
        f"{'all':<20}{len(noted):>7}{sum(not one.error for one in noted):>7}  in {verdict.requests} requests",
        f"{'unexpected errors':<20}{len(verdict.unexpected):>7}",
        f"{'duplicated writes':<20}{len(verdict.duplicates):>7}",
        f"{'wrong outcomes':<20}{len(verdict.untrue):>7}",
    ]
    for quarter, share in zip(("first", "second", "third", "last"), verdict.over_limit, strict=True):
        lines.append(f"{'429, ' + quarter + ' quarter':<20}{share * 100:>6.1f}%")
    return "\n".join([*lines, *verdict.unexpected, *verdict.duplicates, *verdict.untrue])


def main() -> int:
    """Fire, print the table, and say whether all holds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--limit", type=float, default=40.0, help="the sandbox's calls per second (40)")
    parser.add_argument("--rate", type=float, default=200.0, help="the limiter's at first, 0: none (200)")
    parser.add_argument("--recovery", type=float, default=10.0, help="seconds to the full rate (10)")
    asked = parser.parse_args()
    began = time.monotonic()
    noted, verdict = fire(asked)
    print(f"seed {asked.seed}, {asked.processes} processes, {time.monotonic() - began:.1f} s")
    print(table(noted, verdict))
    return 0 if verdict.holds else 1


if __name__ == "__main__":
    sys.exit(main())
