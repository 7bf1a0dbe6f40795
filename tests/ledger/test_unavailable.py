"""A Redis that is away, hangs or refuses: the door says so in time and in words."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.errors import LedgerUnavailable
from gigstack_events.events import normalise
from gigstack_events.ledger import AsyncLedger, Ledger
from tests.making import accept, body_of


def test_unreachable_redis_is_said_in_time() -> None:
    """Without Redis the door answers within its time-out, in words."""

    async def deliver() -> None:
        door = AsyncLedger("redis://127.0.0.1:1", timeout=1.0)
        body = body_of()
        with pytest.raises(LedgerUnavailable, match="cannot be reached"):
            await door.accept(normalise(body, {}), body, "signed")
        await door.close()

    started = time.monotonic()
    asyncio.run(deliver())
    assert time.monotonic() - started < 2


def test_probe_names_the_cause(ledger: Ledger, redis_url: str) -> None:
    """A ledger that cannot be written says why."""

    async def probe() -> str:
        door = AsyncLedger(redis_url)
        try:
            await door.probe()
        except LedgerUnavailable as error:
            return str(error)
        finally:
            await door.close()
        return ""

    assert asyncio.run(probe()) == ""
    ledger.redis.config_set("maxmemory", "1mb")
    try:
        assert "out of memory" in asyncio.run(probe())
    finally:
        ledger.redis.config_set("maxmemory", "0")


def test_receiver_and_workers_mean_one_database(redis_url: str) -> None:
    """Every way to name a database in REDIS_URL is read as redis-py reads it."""
    url = redis_url.removesuffix("/0") + "?db=3"
    accept(url, body_of())
    there = Ledger.at(url)
    assert there.redis.zcard("gs:events") == 1
    there.redis.close()


def test_hung_redis_is_given_up_in_time(tmp_path: Path) -> None:
    """A server that accepts connections and never answers: the sender hears of it within two seconds."""

    async def deliver(door: AsyncLedger) -> None:
        body = body_of()
        await door.accept(normalise(body, {}), body, "signed")

    async def scenario(server: EmbeddedRedis) -> list[float]:
        assert server.process
        waits = []
        warm, cold = AsyncLedger(server.url), AsyncLedger(server.url)
        await deliver(warm)
        os.kill(server.process.pid, signal.SIGSTOP)
        for door in (warm, cold):
            began = time.monotonic()
            with pytest.raises(LedgerUnavailable, match="did not answer"):
                await deliver(door)
            waits.append(time.monotonic() - began)
        os.kill(server.process.pid, signal.SIGCONT)
        await deliver(warm)
        await warm.close()
        await cold.close()
        return waits

    with EmbeddedRedis(tmp_path) as server:
        assert max(asyncio.run(scenario(server))) < 2
