"""Redis comes back without its last writes, as after a failover or from a backup."""

import shutil
import time
from pathlib import Path

from gigstack_events.embedded import EmbeddedRedis
from tests.making import accept, body_of
from tests.workers.crew import Crew

ACT = """
def look():
    lines = []
    if os.path.exists({file!r}):
        with open({file!r}) as file:
            lines = file.read().split()
    return Happened("found") if event.object["n"] in map(int, lines) else DidNotHappen()
def act(key):
    with open({file!r}, "a") as file:
        print(event.object["n"], file=file)
    return "acted"
return ctx.effect("once", act, on=event.id, check=look)
"""


def sent(n: int) -> bytes:
    """An event as its sender makes it, now."""
    return body_of(f"evt_{n}", type="act.happened", created=time.time_ns() // 1_000_000, n=n)


def test_what_a_lost_ledger_did_is_not_repeated(tmp_path: Path) -> None:
    """All is lost, the sender repeats its events: what was done is found, what was not is done."""
    with EmbeddedRedis(tmp_path / "redis") as server, Crew(server.url, tmp_path) as crew:
        done = tmp_path / "done"
        crew.handler("act", ACT.format(file=str(done)))
        crew.start()
        bodies = [sent(n) for n in range(4)]
        accept(server.url, *bodies[:3])
        crew.wait("act", "done", 3)
        server.kill()
        shutil.rmtree(tmp_path / "redis" / "appendonlydir")
        server.start()
        crew.ledger.redis.connection_pool.disconnect()
        assert crew.runs("act") == []
        accept(server.url, *bodies)
        runs = crew.wait("act", "done", 4)
        assert sorted(run["result"] for run in runs) == ['"acted"', '"found"', '"found"', '"found"']
        assert sorted(done.read_text().split()) == ["0", "1", "2", "3"]
