"""Redis is there but takes no writes: workers wait in good order, and go on by themselves."""

import time
from contextlib import closing
from pathlib import Path

import pytest
import redis

from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.errors import LedgerUnavailable
from tests.stack import eventually
from tests.workers.crew import Crew

MARK = """
def mark(name):
    with open(os.path.join({folder!r}, name), "a") as file:
        file.write("x")
"""
ACT = "return ctx.effect('once', lambda key: mark('acts'), on=event.id)"
CHECKED = """
time.sleep(event.object["n"] * 3)
def look():
    mark("looks")
    return DidNotHappen()
return ctx.effect("once", lambda key: mark("acts"), on=event.id, check=look)
"""


GATE = """
while not os.path.exists({gate!r}):
    time.sleep(0.02)
"""


def gate(crew: Crew) -> str:
    """A handler's lines that wait until the test opens the gate: no clock decides who comes first."""
    return GATE.format(gate=str(crew.folder / "gate"))


def handler(crew: Crew, body: str) -> None:
    """Enable the handler `act`, which leaves a mark for each act."""
    crew.handler("act", body, top=MARK.format(folder=str(crew.folder)))


def marks(crew: Crew, name: str = "acts") -> int:
    """How many marks were left."""
    path = crew.folder / name
    return len(path.read_text()) if path.exists() else 0


def promote(server: EmbeddedRedis) -> None:
    """Make a replica the primary."""
    with closing(redis.Redis.from_url(server.url)) as client:
        client.replicaof("NO", "ONE")


def spins(crew: Crew, message: str) -> int:
    """How often something was logged in a second."""
    before = len(crew.log(message))
    time.sleep(1.0)
    return len(crew.log(message)) - before


@pytest.mark.parametrize("trouble", ["MISCONF", "NOREPLICAS", "BUSY"])
def test_refused_writes_are_waited_for(tmp_path: Path, trouble: str) -> None:
    """A full disk, too few replicas, a script that runs on and on: said with its cure, and outlived."""
    full = tmp_path / "redis" / "dump"  # a folder in the place of the file that a snapshot becomes
    full.mkdir(parents=True)
    options = ("--save", "3600 1000000", "--dbfilename", "dump", "--busy-reply-threshold", "100")
    with EmbeddedRedis(tmp_path / "redis", extra=options) as server, Crew(server.url, tmp_path) as crew:
        handler(crew, ACT)
        crew.start()
        crew.send("act")
        crew.wait("act", "done")
        pids = crew.pids()
        with redis.Redis.from_url(server.url) as client:
            if trouble == "MISCONF":
                client.bgsave()
            elif trouble == "NOREPLICAS":
                client.config_set("min-replicas-to-write", 1)
            else:
                with (
                    pytest.raises(redis.TimeoutError),
                    redis.Redis.from_url(server.url, socket_timeout=0.1) as other,
                ):
                    other.eval("while true do end", 0)
            lines = eventually(lambda: crew.log("redis.refused"))
            assert any(trouble == "BUSY" or word in str(lines[0]["cure"]) for word in ("disk", "replicas"))
            assert spins(crew, "redis.refused") < 15
            if trouble == "BUSY":
                client.script_kill()
                eventually(lambda: answers(client))
            client.config_set("min-replicas-to-write", 0)
            full.rmdir()
            client.bgsave()
        eventually(lambda: taken(crew, 3), within=20)
        crew.wait("act", "done", 3)
        assert marks(crew) == 3
        assert crew.pids() == pids


def answers(client: redis.Redis) -> bool:
    """Whether a server does as it is told."""
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def taken(crew: Crew, count: int) -> bool:
    """Send events, if the ledger takes any by now."""
    try:
        crew.send("act", count)
    except LedgerUnavailable:
        return False
    return True


def test_full_redis_is_waited_for(redis_url: str, tmp_path: Path) -> None:
    """Out of memory: what has begun is recorded, nothing else begins, and the log says what to do."""
    with Crew(redis_url, tmp_path) as crew:
        handler(crew, ACT)
        crew.handler("slow", gate(crew) + "return 'fine'")
        crew.send("slow", 2)
        crew.start()
        crew.wait("slow", "running", 2)
        crew.send("act", 3)
        pids = crew.pids()
        crew.ledger.redis.config_set("maxmemory", "1")
        (crew.folder / "gate").touch()
        try:
            crew.wait("slow", "done", 2)
            (said, *_) = eventually(lambda: crew.log("redis.refused"))
            assert "raise maxmemory" in str(said["cure"])
            assert spins(crew, "redis.refused") < 15
            assert marks(crew) == 0
        finally:
            crew.ledger.redis.config_set("maxmemory", "0")
        crew.wait("act", "done", 3)
        assert marks(crew) == 3
        assert crew.pids() == pids


def test_full_redis_stops_an_act_that_has_not_begun(redis_url: str, tmp_path: Path) -> None:
    """No room for `started`: no act, the run waits, and no other is begun until there is room."""
    with Crew(redis_url, tmp_path) as crew:
        handler(crew, gate(crew) + ACT)
        crew.send("act", 20)
        crew.start()
        crew.wait("act", "running", 2)
        crew.ledger.redis.config_set("maxmemory", "1")
        (crew.folder / "gate").touch()
        try:
            runs = crew.wait("act", "waiting", 2)
            assert {run["reason_code"] for run in runs} == {"redis"}
            assert marks(crew) == 0
            eventually(lambda: len(crew.log("redis.refused")) > 5)
            attempts = sorted(run["attempt"] for run in crew.runs("act"))
            assert attempts == ["0"] * 18 + ["1"] * 2
        finally:
            crew.ledger.redis.config_set("maxmemory", "0")
        crew.wait("act", "done", 20, within=60)
        assert marks(crew) == 20


def test_demoted_server_is_waited_for(tmp_path: Path) -> None:
    """Our server is a replica for a while: the epoch moves, and older effects are looked at once."""
    with (
        EmbeddedRedis(tmp_path / "one") as one,
        EmbeddedRedis(tmp_path / "two", extra=("--replicaof", f"127.0.0.1 {one.port}")) as two,
        Crew(one.url, tmp_path) as crew,
    ):
        handler(crew, CHECKED)
        crew.start()
        crew.send("act", 1)
        crew.wait("act", "done")
        assert marks(crew, "looks") == 0
        crew.send("act", 2)  # the first is known; the second takes its time
        crew.wait("act", "running")
        before = int(crew.ledger.redis.get("gs:epoch") or 0)
        crew.ledger.redis.replicaof("127.0.0.1", str(two.port))
        promote(two)
        eventually(lambda: any("read-only" in str(line["cure"]) for line in crew.log("redis.refused")))
        time.sleep(2)
        assert spins(crew, "redis.refused") < 15
        promote(one)
        crew.wait("act", "done", 2, within=40)
        assert (marks(crew), marks(crew, "looks")) == (2, 1)
        assert int(crew.ledger.redis.get("gs:epoch") or 0) > before
