"""No-op events per second of one worker process, beside RQ's own workers on no-op jobs, in one run.

    python -m benchmarks.dispatch [--events 2000] [--rounds 3]

One of our events costs two hints (dispatch and run), a claim, a handler call and a record that survives a
crash; one RQ job costs RQ's own bookkeeping. Redis is embedded, with every write on disk before its answer.
Compare the ratios: seconds differ from machine to machine.
"""

import argparse
import asyncio
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import redis
from rq import Queue, SimpleWorker, Worker
from rq.worker import BaseWorker

from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.events import normalise
from gigstack_events.ledger import AsyncLedger, Ledger
from gigstack_events.logs import configure_logs
from gigstack_events.settings import load_settings
from workers.process import engine_for, load
from workers.watching import PipeWatch
from workers.worker import HintWorker

ROOT = Path(__file__).parent.parent
KINDS = ("ours", "rq SimpleWorker", "rq Worker")
HANDLER = "from gigstack_events import on\n\n@on('*', writes=False)\ndef nothing(event, ctx):\n    pass\n"


def nothing() -> None:
    """The job of RQ's workers."""


def fill(url: str, kind: str, count: int) -> None:
    """Put the work there."""
    if kind == "ours":
        asyncio.run(_accept(url, count))
        return
    queue = Queue("bench", connection=redis.Redis.from_url(url), serializer="json")
    queue.enqueue_many([Queue.prepare_data(nothing) for _ in range(count)])


async def _accept(url: str, count: int) -> None:
    ledger = AsyncLedger(url, timeout=30)
    for n in range(count):
        event = {"id": f"evt_{n}", "type": "payment.updated", "created": time.time_ns() // 1_000_000}
        body = json.dumps({**event, "livemode": True, "data": {"object": {"id": f"payment_{n}"}}}).encode()
        await ledger.accept(normalise(body, {}), body, "signed")
    await ledger.close()


def work(kind: str, url: str) -> float:
    """Carry all of it out in this process; the seconds it took."""
    logging.disable(logging.CRITICAL)
    worker = ours(url) if kind == "ours" else theirs(kind, url)
    began = time.perf_counter()
    worker.work(burst=True, logging_level="CRITICAL")
    return time.perf_counter() - began


def ours(url: str) -> BaseWorker:
    """One of our worker processes, as the supervisor makes it."""
    configure_logs("error")
    settings = load_settings()
    ledger = Ledger.at(url)
    watch = PipeWatch(os.open(os.devnull, os.O_WRONLY))
    worker = HintWorker("live", "bench", ledger)
    worker.engine = engine_for(load(settings), ledger, "bench", "live", watch=watch)
    return worker


def theirs(kind: str, url: str) -> BaseWorker:
    """One of RQ's."""
    made = {"rq SimpleWorker": SimpleWorker, "rq Worker": Worker}[kind]
    return made(["bench"], connection=redis.Redis.from_url(url), serializer="json")


def measure(kind: str, count: int, folder: Path) -> float:
    """Events per second of one round on an empty server."""
    with EmbeddedRedis(folder / f"redis-{time.monotonic_ns()}") as server:
        fill(server.url, kind, count)
        env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": server.url,
            "GIGSTACK_HANDLERS": "*",
            "GIGSTACK_HANDLERS_DIR": str(folder / "handlers"),
        }
        command = [sys.executable, "-m", "benchmarks.dispatch", "--work", kind]
        done = subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - itself
        left = redis.Redis.from_url(server.url).llen("rq:queue:gigstack-live")
        if left:
            raise SystemExit(f"{kind} left {left} hints")
        return count / float(done.stdout.split()[-1])


def main() -> None:
    """Measure each kind in turn, round by round, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=2000, help="events for each round (default: 2000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds (default: 3)")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        print(work(asked.work, os.environ["REDIS_URL"]))
        return
    rates: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "handlers").mkdir()
        (folder / "handlers" / "nothing.py").write_text(HANDLER)
        for _ in range(asked.rounds):
            for kind in KINDS:
                count = asked.events if kind != "rq Worker" else max(asked.events // 10, 50)
                rates[kind].append(measure(kind, count, folder))
    base = statistics.median(rates["rq SimpleWorker"])
    print(f"{'one worker process':<20}{'events/s':>10}{'min':>8}{'max':>8}{'ratio':>8}")
    for kind, seen in rates.items():
        middle = statistics.median(seen)
        print(f"{kind:<20}{middle:>10.0f}{min(seen):>8.0f}{max(seen):>8.0f}{middle / base:>8.2f}")


if __name__ == "__main__":
    main()
