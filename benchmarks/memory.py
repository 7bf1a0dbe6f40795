"""What an event at rest costs in Redis's memory, and what is left of it: `python -m benchmarks.memory`.

Payments as the sandbox sends them go through accept, dispatch, claim, effect and finish, one run and one
effect each; the embedded server's `used_memory` before and after tells what they cost, shared structures
included. Then time passes (every key's time to live is lowered, what has run out is deleted, the sweep
goes on): bodies go after 30 days, the rest after 400, but never what is open or waits for a person.
"""

import argparse
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import redis

from benchmarks.exempt import keys_of, leave
from benchmarks.history import accept_all, pass_days, payments, sweep_up, use_jemalloc, work_off
from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.ledger import Ledger
from gigstack_events.logs import configure_logs

KINDS = {
    "event": "its facts",
    "body": "its body",
    "run": "its run",
    "effect": "its effect",
    "alias": "its alias",
}


def used(client: "redis.Redis") -> int:
    """Bytes that the server's data and its structures take."""
    return int(client.info("memory")["used_memory"])


def row(what: str, bytes_each: float, raw: float) -> str:
    """One line of the table."""
    return f"{what:<36}{bytes_each:>14.0f}{bytes_each / raw:>8.2f}"


def kinds(client: "redis.Redis", raw: float, sample: int = 500) -> Iterator[str]:
    """What each kind of key takes by itself, without its share of the server's own tables."""
    for kind, what in KINDS.items():
        keys = list(islice(client.scan_iter(f"gs:{kind}:*", count=1000), sample))
        if keys:
            yield row(f"  {what}", sum(size(client, key) for key in keys) / len(keys), raw)
    yield row("  its place in time", size(client, "gs:events") / client.zcard("gs:events"), raw)


def size(client: "redis.Redis", key: str | bytes) -> int:
    """Bytes that a key takes."""
    return int(client.memory_usage(key, samples=0) or 0)


def count(client: "redis.Redis", pattern: str) -> int:
    """How many keys there are."""
    return sum(1 for _ in client.scan_iter(pattern, count=5000))


def measure(url: str, events: int) -> None:
    """Fill, measure, let time pass and look again."""
    ledger = Ledger.at(url, timeout=60)
    ledger.check_schema()
    client, bodies = ledger.redis, list(payments(events))
    raw = sum(map(len, bodies)) / events
    empty = used(client)
    # In slices, as they come: the open work's indexes are small then, as they are in life.
    for start in range(0, events, 1000):
        accept_all(url, bodies[start : start + 1000])
        work_off(ledger)
    at_rest = used(client)
    print(f"{'at rest: one run, one effect':<36}{'bytes/event':>14}{'ratio':>8}")
    print(row("raw body as delivered", raw, raw))
    print(row("in Redis, all in all", (at_rest - empty) / events, raw))
    print(*kinds(client, raw), sep="\n")
    exempt = {kind: set(keys_of(ledger, id)) for kind, id in leave(url, ledger).items()}
    empty += used(client) - at_rest
    pass_days(client, 31)
    sweep_up(ledger, 2)
    print(row("after 31 days", (used(client) - empty) / events, raw))
    bodies_left = count(client, "gs:body:*") - len(exempt)
    pass_days(client, 370)
    sweep_up(ledger, 2 + events // 50)
    print(row("after 401 days", (used(client) - empty) / events, raw))
    entries_left = client.zcard("gs:events") - len(exempt)
    print(f"left: {bodies_left} bodies then, {entries_left} events in the index")
    whole = {kind: sum(map(client.exists, keys)) == len(keys) for kind, keys in exempt.items()}
    for kind, kept in whole.items():
        print(f"exempt, {kind + ':':<28}{'whole' if kept else 'NOT WHOLE'}")
    if bodies_left or entries_left or not all(whole.values()):
        raise SystemExit("retention does not hold")


def main() -> None:
    """Measure on an embedded server of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=50_000)
    asked = parser.parse_args()
    configure_logs("critical")
    print(f"allocator: {use_jemalloc()}")
    # When a write reaches the disk changes no byte of memory.
    lazily = ("--appendfsync", "no")
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis(Path(folder), extra=lazily) as server:
        measure(server.url, asked.events)


if __name__ == "__main__":
    main()
