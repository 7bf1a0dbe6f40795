"""What rules cost: dispatching an event past 1, 10 and 100 rules, as a ratio to dispatch without such rules.

    python -m benchmarks.rules [--events 500] [--rounds 5]

In each row one rule makes a run of each event; the others listen to other events, or listen to this one and
have a condition that is false. The work is what a worker does: take the hint, read the event, match, and
make the run in Redis (embedded). A round counts with the median of its events; rounds take turns.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import redis

from gigstack_events import on
from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.events import normalise
from gigstack_events.ledger import AsyncLedger, Ledger
from gigstack_events.ledger.records import Ask, DispatchWork
from gigstack_events.plans import Rulebook, plan_runs, read_event
from gigstack_events.routing import Rule, rule_of

OWN = rule_of(on("payment.updated", name="own")(lambda event, ctx: None), {})
WHEN = 'event.livemode && object.total > 100{n} && object.client.name.startsWith("Ana")'
COUNTS = (1, 10, 100)


def kinds() -> dict[str, list[Rule]]:
    """The rules of each row; the first is the measure of the others."""
    rows = {"no other rules": [OWN]}
    for count in COUNTS:
        others = [replace(OWN, name=f"r{n}", patterns=("receipt.*", "invoice.*")) for n in range(count)]
        rows[f"{count} for other events"] = [*others, OWN]
    for count in COUNTS:
        others = [replace(OWN, name=f"r{n}", when=WHEN.format(n=n)) for n in range(count)]
        rows[f"{count} with a condition"] = [*others, OWN]
    return rows


async def fill(url: str, count: int) -> None:
    """Accept events."""
    ledger = AsyncLedger(url, timeout=30)
    for n in range(count):
        event = {"id": f"evt_{n}", "type": "payment.updated", "created": time.time_ns() // 1_000_000}
        thing = {"id": f"payment_{n}", "total": n, "client": {"id": "client_1", "name": "Beto"}, "items": []}
        body = json.dumps({**event, "livemode": True, "data": {"object": thing}}).encode()
        await ledger.accept(normalise(body, {}), body, "signed")
    await ledger.close()


def measure(url: str, rules: list[Rule], count: int) -> float:
    """Microseconds for each event to be dispatched."""
    with redis.Redis.from_url(url) as client:
        client.flushall()
    asyncio.run(fill(url, count))
    ledger, book = Ledger.at(url), Rulebook(rules)
    spent: list[float] = []
    while len(spent) < count:
        began = time.perf_counter()
        work = ledger.take(Ask("live", "bench", "bench", 60_000)).work
        if isinstance(work, DispatchWork):
            plans = plan_runs(book, work.event, read_event(work.event, work.body))
            ledger.dispatch(work.event, plans, body=work.body)
            spent.append(time.perf_counter() - began)
        elif work is None:
            raise SystemExit(f"{count - len(spent)} events were not there to dispatch")
        else:
            ledger.finish(work.run.id, work.token, "done")
    ledger.redis.close()
    return statistics.median(spent) * 1e6


def main() -> None:
    """Measure each row in turn, round by round, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=500, help="events for each round (default: 500)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds (default: 5)")
    asked = parser.parse_args()
    rows = kinds()
    times: dict[str, list[float]] = {kind: [] for kind in rows}
    with tempfile.TemporaryDirectory() as name, EmbeddedRedis(Path(name)) as server:
        for _ in range(asked.rounds):
            for kind, rules in rows.items():
                times[kind].append(measure(server.url, rules, asked.events))
    base = statistics.median(times["no other rules"])
    print(f"{'dispatch of one event':<26}{'µs':>8}{'min':>8}{'max':>8}{'ratio':>8}")
    for kind, seen in times.items():
        middle = statistics.median(seen)
        print(f"{kind:<26}{middle:>8.0f}{min(seen):>8.0f}{max(seen):>8.0f}{middle / base:>8.2f}")


if __name__ == "__main__":
    main()
