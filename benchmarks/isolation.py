"""What a bad handler costs the good ones: `python -m benchmarks.isolation [--seconds 5] [KIND ...]`.

Four workers; a good rule whose handler waits 20 ms, as for an API, with a steady backlog. Its runs per second
beside each of six bad handlers, which get every fourth event, and, just before that, alone. Each measurement
has a Redis and a supervisor of its own, with the default settings but for memory (256 MiB) and the lanes.
Compare the ratios; at least 0.7 is promised for each.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import redis

from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.events import normalise
from gigstack_events.ledger import AsyncLedger

ROOT = Path(__file__).parent.parent
HEAD = """
import ctypes, os, signal, time
from gigstack_events import on

"""
GOOD = """
tally = os.open(os.path.dirname(__file__) + "/../tally", os.O_WRONLY | os.O_APPEND)

@on("good.*", writes=False)
def good(event, ctx):
    time.sleep(0.02)
    os.write(tally, b".")
"""
OPTIONS = """
@on("bad.*", writes=False, timeout=2)
def bad(event, ctx):
"""
SWALLOW = """
    while True:
        try:
            time.sleep(9)
        except BaseException:
            pass
"""
EAT = """
    held = []
    while len(held) < 512:
        held.append(b"x" * (8 << 20))
        time.sleep(0.01)
"""
HANG = """
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    ctypes.PyDLL(None).sleep(600)
"""
LOG = """
    for _ in range(100_000):
        ctx.log.info("x" * 1000)
"""
ALONE = ""
BAD = {
    "hangs in C code": OPTIONS + HANG,
    "catches BaseException": OPTIONS + SWALLOW,
    "calls os._exit": OPTIONS + "    os._exit(1)\n",
    "eats 4 GB": OPTIONS + EAT,
    "raises on import": "raise RuntimeError('at import')\n",
    "logs 100 MB": OPTIONS + LOG,
}
BACKLOG = 400
ONE_BAD_IN = 4


async def feed(url: str, seconds: float) -> None:
    """Keep the good rule's backlog up, with bad events among the good."""
    ledger, client = AsyncLedger(url, timeout=30), redis.Redis.from_url(url)
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        if client.zcard("gs:queued:live") > BACKLOG:
            await asyncio.sleep(0.05)
            continue
        for _ in range(40):
            number += 1
            kind = "bad" if number % ONE_BAD_IN == 0 else "good"
            event = {"id": f"evt_{number}", "type": f"{kind}.happened", "created": int(time.time() * 1000)}
            body = json.dumps({**event, "livemode": True, "data": {"object": {"id": str(number)}}}).encode()
            await ledger.accept(normalise(body, {}), body, "signed")
    await ledger.close()
    client.close()


def measure(bad: str, seconds: float, folder: Path) -> float:
    """Runs of the good rule per second, once the workers have warmed up."""
    handlers, tally = folder / "handlers", folder / "tally"
    handlers.mkdir(parents=True)
    tally.touch()
    (handlers / "good.py").write_text(HEAD + GOOD)
    (handlers / "bad.py").write_text(HEAD + bad)
    with EmbeddedRedis(folder / "redis") as server, (folder / "log").open("wb") as log:
        env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": server.url,
            "GIGSTACK_HANDLERS": "*",
            "GIGSTACK_HANDLERS_DIR": str(handlers),
            "GIGSTACK_LANES": "live=4",
            "GIGSTACK_MEMORY_LIMIT": "256",
        }
        asyncio.run(feed(server.url, 0.5))
        command = [sys.executable, "-m", "workers"]
        workers = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log)  # noqa: S603 - ours
        try:
            while not tally.stat().st_size:
                asyncio.run(feed(server.url, 0.1))
            asyncio.run(feed(server.url, min(3.0, seconds)))
            before, began = tally.stat().st_size, time.monotonic()
            asyncio.run(feed(server.url, seconds))
            return (tally.stat().st_size - before) / (time.monotonic() - began)
        finally:
            workers.send_signal(signal.SIGKILL)
            workers.wait()


def main() -> None:
    """Measure alone, then beside each, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="for each measurement (default: 5)")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"some of them: {'; '.join(BAD)}")
    asked = parser.parse_args()
    print(f"{'the good rule beside one that':<32}{'alone/s':>10}{'beside/s':>10}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as name:
        for kind, bad in BAD.items():
            if asked.kinds and kind not in asked.kinds:
                continue
            alone = measure(ALONE, asked.seconds, Path(name) / kind / "alone")
            beside = measure(bad, asked.seconds, Path(name) / kind / "beside")
            print(f"{kind:<32}{alone:>10.1f}{beside:>10.1f}{beside / max(alone, 0.1):>8.2f}", flush=True)


if __name__ == "__main__":
    main()
