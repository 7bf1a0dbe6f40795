"""A Redis that is away, hangs or refuses: the door says so in time and in words."""

import asyncio
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
import redis

from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.errors import LedgerUnavailable
from gigstack_events.events import normalise
from gigstack_events.ledger import AsyncLedger, Ledger
from gigstack_events.ledger.operator import Operator
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
    ledger.redis.config_set("maxmemory", "1")
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


def test_what_is_no_redis_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """An address that leads to something else is named as the cause, and nothing is logged on the way."""

    def talk() -> None:
        with listener.accept()[0] as line:
            line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            line.recv(65536)

    async def scenario() -> None:
        door = AsyncLedger("redis://127.0.0.1:{1}".format(*listener.getsockname()))
        with pytest.raises(LedgerUnavailable, match="does not speak as Redis does: mend REDIS_URL"):
            await door.probe()
        await door.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talk)
        thread.start()
        asyncio.run(scenario())
        thread.join()
    assert caplog.records == []


def test_connection_to_a_demoted_server_is_given_up(tmp_path: Path) -> None:
    """Its address may lead to another server by now; one that is a replica is refused until it is not."""
    with EmbeddedRedis(tmp_path) as server:
        ledger, other = Ledger.at(server.url), Ledger.at(server.url)
        before = ledger.redis.client_id()
        other.redis.replicaof("127.0.0.1", "1")
        with pytest.raises(redis.exceptions.ReadOnlyError):
            Operator(ledger.redis).pause("act")
        with pytest.raises(redis.exceptions.ReadOnlyError, match="is a replica"):
            Operator(ledger.redis).paused()  # a new connection refuses to read as well
        epoch = int(other.redis.get("gs:epoch") or 0)
        other.redis.replicaof("NO", "ONE")
        Operator(ledger.redis).pause("act")
        assert ledger.redis.client_id() != before
        assert int(other.redis.get("gs:epoch") or 0) > epoch
        ledger.redis.close()
        other.redis.close()


@pytest.mark.parametrize("trouble", ["full", "demoted"])
def test_refusing_redis_leaves_no_half_a_record(tmp_path: Path, trouble: str) -> None:
    """Each delivery is refused with its reason, nothing of it is stored, and the same door takes it later."""

    async def outcome(door: AsyncLedger) -> str:
        body = body_of()
        try:
            return (await door.accept(normalise(body, {}), body, "signed")).outcome
        except LedgerUnavailable as error:
            return str(error)

    async def scenario(client: redis.Redis, url: str) -> tuple[str, str]:
        door = AsyncLedger(url)
        await door.probe()
        change = (lambda on: client.config_set("maxmemory", "1" if on else "0")) if trouble == "full" else (
            lambda on: client.replicaof(*(("127.0.0.1", "1") if on else ("NO", "ONE")))
        )  # fmt: skip
        change(True)
        refused = await outcome(door)
        assert [key for key in client.scan_iter("*") if key != b"gs:probe"] == []
        change(False)
        taken = await outcome(door)
        await door.close()
        return refused, taken

    with EmbeddedRedis(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        refused, taken = asyncio.run(scenario(client, server.url))
    assert (
        refused
        == {
            "full": "Redis is out of memory: raise maxmemory or free some",
            "demoted": "this Redis is a read-only replica: point REDIS_URL at the primary",
        }[trouble]
    )
    assert taken == "new"


def test_door_leaves_a_demoted_server(tmp_path: Path) -> None:
    """The next delivery goes over a new connection, to wherever the address leads then."""

    async def scenario(client: redis.Redis, url: str) -> int:
        door = AsyncLedger(url)
        body = body_of()
        await door.probe()
        client.replicaof("127.0.0.1", "1")
        for _ in range(3):
            with pytest.raises(LedgerUnavailable):
                await door.accept(normalise(body, {}), body, "signed")
        client.replicaof("NO", "ONE")
        await door.accept(normalise(body, {}), body, "signed")
        await door.close()
        return int(client.info("stats")["total_connections_received"])

    with EmbeddedRedis(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        before = int(client.info("stats")["total_connections_received"])
        assert asyncio.run(scenario(client, server.url)) - before == 4
