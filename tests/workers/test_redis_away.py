"""Redis goes away and comes back: workers wait, and come back by themselves."""

from pathlib import Path

from gigstack_events.embedded import EmbeddedRedis
from tests.workers.crew import Crew


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
