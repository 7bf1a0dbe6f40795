"""Do costs grow with the ledger? `python -m benchmarks.scale`: small against large, in ratios.

Two embedded servers side by side: one ledger holds few events, the other many, with their keys and
indexes as real ones have them. Batches of accepts and of dispatches alternate between the two, so that a
noisy moment of the machine hits both; a sweep pass is timed with few and with many queued runs. `in Redis`
is the server's own count of the time its scripts took. What counts are the ratios, with the allocator that
servers in production have: jemalloc, if this machine has it.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks.history import accept_all, payments, stamp_receipts, sweep_up, use_jemalloc, work_off
from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.records import Ask, DispatchWork
from gigstack_events.logs import configure_logs
from gigstack_events.plans import plan_runs, read_event
from gigstack_events.routing import rule_of

RULE = rule_of(stamp_receipts, {})
ASK = Ask("live", "scale", "bench/live-1", 600_000)

# Copies the keys of settled events under new ids, with new places in time, as fast as Redis writes.
# ARGV: 1 first number, 2 copies, then events' ids to copy in turn.
_COPY = """
local t = redis.call('TIME')[1] * 1000
local function copy(kind, id, name)
  if redis.call('COPY', 'gs:' .. kind .. ':' .. id, 'gs:' .. kind .. ':' .. name) == 1 then return name end
end
for n = tonumber(ARGV[1]), ARGV[1] + ARGV[2] - 1 do
  local id = ARGV[3 + n % (#ARGV - 2)]
  local tail = string.format('%025d', n)
  copy('event', id, 'e' .. tail)
  copy('body', id, 'e' .. tail)
  local run = redis.call('HGET', 'gs:event:' .. id, 'runs')
  copy('run', run, 'r' .. tail)
  copy('effect', redis.call('HGET', 'gs:run:' .. run, 'effects'), 'f' .. tail)
  redis.call('SET', 'gs:alias:a' .. tail, 'e' .. tail, 'EX', 34560000)
  redis.call('ZADD', 'gs:events', t - n, 'e' .. tail)
end
"""

# Puts runs into the queue, with their hints, as dispatching does.
# ARGV: 1 first number, 2 copies, 3 a queued run.
_QUEUE = """
for n = tonumber(ARGV[1]), ARGV[1] + ARGV[2] - 1 do
  local run = 'r' .. string.format('%025d', n)
  local ticket = redis.call('INCR', 'gs:ticket')
  redis.call('COPY', 'gs:run:' .. ARGV[3], 'gs:run:' .. run)
  redis.call('HSET', 'gs:run:' .. run, 'ticket', ticket)
  redis.call('ZADD', 'gs:queued:live', ticket, run)
  redis.call('RPUSH', 'rq:queue:gigstack-live', run .. '-1-' .. ticket)
end
"""


Cost = tuple[float, float]
"""Seconds by the clock, and those of the server's scripts."""


class Side:
    """One server with its ledger."""

    def __init__(self, server: EmbeddedRedis, label: str) -> None:
        self.url = server.url
        self.label = label
        self.ledger = Ledger.at(server.url, timeout=60)

    def fill(self, events: int) -> None:
        """Hold so many events at rest: some carried out for real, the others copied from them."""
        some = accept_all(self.url, list(payments(min(events, 500))))
        work_off(self.ledger)
        for first in range(0, events - len(some), 2000):
            count = min(2000, events - len(some) - first)
            self.ledger.redis.eval(_COPY, 0, first, count, *some)

    def queue(self, runs: int) -> None:
        """Have so many runs queued, each with its hint."""
        accept_all(self.url, list(payments(1, seed=9)))
        self.dispatch(1)
        (run,) = self.ledger.redis.zrange("gs:queued:live", 0, -1)
        for first in range(0, runs, 2000):
            self.ledger.redis.eval(_QUEUE, 0, first, min(2000, runs - first), run)  # type: ignore[arg-type]  # a member

    def cost(self, act: Callable[[], object], units: int) -> Cost:
        """What something took, for each of so many units."""
        before, began = self.in_scripts(), time.perf_counter()
        act()
        took = time.perf_counter() - began
        return took / units, (self.in_scripts() - before) / units

    def in_scripts(self) -> float:
        """Seconds that the server has spent in scripts."""
        stats = self.ledger.redis.info("commandstats")
        spent = [stats.get(f"cmdstat_{name}", {}).get("usec", 0) for name in ("eval", "evalsha")]
        return float(sum(spent)) / 1e6

    def dispatch(self, events: int) -> None:
        """Take events and make their runs."""
        for _ in range(events):
            work = self.ledger.take(ASK).work
            if not isinstance(work, DispatchWork):
                raise SystemExit("what came was not an event to dispatch")
            plans = plan_runs([RULE], work.event, read_event(work.event, work.body))
            self.ledger.dispatch(work.event, plans, body=work.body)

    def clear(self) -> None:
        """Work off what was dispatched, so that the next batch finds the same queue."""
        work_off(self.ledger)


def rounds(sides: tuple[Side, Side], count: int, batch: int) -> Iterator[tuple[str, Side, Cost]]:
    """Alternate between the two; who goes first alternates too."""
    for turn in range(count):
        for side in sides if turn % 2 else sides[::-1]:
            bodies = list(payments(batch, seed=100 + turn))
            yield "accept", side, side.cost(partial(accept_all, side.url, bodies), batch)
            yield "dispatch", side, side.cost(partial(side.dispatch, batch), batch)
            side.clear()


def compare(what: str, small: list[Cost], large: list[Cost]) -> None:
    """Two lines, in microseconds: the least of the rounds, for what others add is no cost of ours."""
    for place, name in enumerate((what, "  in Redis")):
        few, many = (min(cost[place] for cost in side) * 1e6 for side in (small, large))
        print(f"{name:<44}{few:>8.1f}{many:>8.1f}{many / few:>8.2f}")


def measure(start: Callable[[str], EmbeddedRedis], events: int, queued: int, count: int, batch: int) -> None:
    """Fill both sides and compare them."""
    sides = (Side(start("few"), "few"), Side(start("many"), "many"))
    sides[0].fill(max(events // 100, 10))
    sides[1].fill(events)
    print(f"{'µs for each':<44}{'few':>8}{'many':>8}{'ratio':>8}")
    times: dict[tuple[str, str], list[Cost]] = {}
    for what, side, seconds in rounds(sides, count, batch):
        times.setdefault((what, side.label), []).append(seconds)
    for what in ("accept", "dispatch"):
        name = f"{what}, {max(events // 100, 10):,} / {events:,} events"
        compare(name, times[what, "few"], times[what, "many"])
    sides[0].queue(max(queued // 1000, 10))
    sides[1].queue(queued)
    for _ in range(count):
        for side in sides:
            acts = {"sweep": partial(sweep_up, side.ledger, 20), "ping": partial(ping, side.ledger, 20)}
            for what, act in acts.items():
                times.setdefault((what, side.label), []).append(side.cost(act, 20))
    name = f"sweep pass, {max(queued // 1000, 10):,} / {queued:,} queued"
    compare(name, times["sweep", "few"], times["sweep", "many"])
    few, many = (min(times["ping", label])[0] * 1e6 for label in ("few", "many"))
    print(f"{'  of that a round trip (PING)':<44}{few:>8.1f}{many:>8.1f}")


def ping(ledger: Ledger, count: int) -> None:
    """What any call costs by the clock, which differs with the processor that a server has come to sit on."""
    for _ in range(count):
        ledger.redis.ping()


def main() -> None:
    """Compare on embedded servers of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=500_000, help="in the large ledger; 1 % in the small")
    parser.add_argument("--queued", type=int, default=100_000, help="in the large queue; 0.1 % in the small")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--batch", type=int, default=400, help="events for each measurement")
    asked = parser.parse_args()
    configure_logs("critical")
    print(f"allocator: {use_jemalloc()}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))

        def start(name: str) -> EmbeddedRedis:
            # What is on disk, and when, is the same for both: no part of the question.
            extra = ("--appendfsync", "no", "--auto-aof-rewrite-percentage", "0")
            return stack.enter_context(EmbeddedRedis(folder / name, extra=extra))

        measure(start, asked.events, asked.queued, asked.rounds, asked.batch)


if __name__ == "__main__":
    main()
