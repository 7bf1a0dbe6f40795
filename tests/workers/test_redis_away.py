"""Redis goes away and comes back: workers wait, and come back by themselves."""

import random
import time
from pathlib import Path

import pytest
import redis

from gigstack_events.embedded import EmbeddedRedis
from tests.stack import eventually
from tests.workers.crew import Crew

ACT = """
time.sleep(event.object["n"] % 5 / 20)
def act(key):
    with open({file!r}, "a") as file:
        file.write(event.id + "\\n")
ctx.effect("once", act, on=event.id)
return "fine"
"""


def test_workers_outlive_a_restart_of_redis(tmp_path: Path) -> None:
    """What was accepted before is carried out after, by the same supervisor."""
    with EmbeddedRedis(tmp_path / "redis") as server, Crew(server.url, tmp_path) as crew:
        crew.handler("act", "return 'fine'")
        crew.handler("slow", "time.sleep(4); return ctx.effect('once', lambda key: 'done', on='x')")
        crew.send("act", 3)
        crew.start()
        crew.wait("act", "done", 3)
        crew.send("slow")
        crew.wait("slow", "running")
        server.kill()
        server.start()
        crew.wait("slow", "done", within=40)
        crew.send("act", 6)
        crew.wait("act", "done", 6)


def test_script_cache_flushed_under_way(redis_url: str, tmp_path: Path) -> None:
    """Scripts that the server has forgotten are told again."""
    with Crew(redis_url, tmp_path) as crew:
        crew.handler("act", "return 'fine'")
        crew.start()
        crew.send("act", 3)
        crew.wait("act", "done", 3)
        crew.ledger.redis.script_flush()
        crew.send("act", 6)
        crew.wait("act", "done", 6)


def acts(crew: Crew) -> list[str]:
    """Whatever was done, in order."""
    file = crew.folder / "acts"
    return file.read_text().split() if file.exists() else []


def stand_still(client: redis.Redis, seconds: float) -> None:
    """Keep the server busy, without an answer to anybody."""
    client.eval(
        "local function now() local t = redis.call('TIME') return t[1] + t[2] / 1e6 end "
        "local e = now() + ARGV[1] while now() < e do end", 0, seconds,
    )  # fmt: skip


def acting(crew: Crew) -> None:
    """Enable a handler that notes each act, and that cannot look whether it took place."""
    crew.handler("act", ACT.format(file=str(crew.folder / "acts")))


def test_connections_cut_again_and_again(redis_url: str, tmp_path: Path) -> None:
    """Wherever in a run the connection breaks: everything is done, nothing twice, and by the same workers."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    with Crew(redis_url, tmp_path) as crew:
        acting(crew)
        crew.start()
        crew.send("act", 60)
        eventually(lambda: len(acts(crew)) > 3)
        pids = crew.pids()
        for _ in range(25):
            time.sleep(rng.uniform(0.01, 0.2))
            crew.ledger.redis.client_kill_filter(_type="normal", skipme=True)
        crew.wait("act", "done", 60, within=40)
        assert len(acts(crew)) == len(set(acts(crew))) == 60
        assert crew.pids() == pids
        assert crew.log("worker.broken") == []


@pytest.mark.parametrize("seconds", [3.5, 6])
def test_slow_redis(redis_url: str, tmp_path: Path, seconds: float) -> None:
    """Redis stands still for longer than any time-out, and than three quarters of a lease: all goes on."""
    with Crew(redis_url, tmp_path) as crew:
        acting(crew)
        crew.handler("slow", "time.sleep(2); return 'fine'")
        crew.start()
        crew.send("slow")
        crew.wait("slow", "running")
        supervisor = crew.workers.process if crew.workers else None
        with redis.Redis.from_url(redis_url, socket_timeout=20) as client:
            stand_still(client, seconds)
        crew.send("act", 20)
        crew.wait("act", "done", 20, within=30)
        crew.wait("slow", "done", within=30)
        assert len(acts(crew)) == len(set(acts(crew))) == 20
        assert supervisor
        assert supervisor.poll() is None
