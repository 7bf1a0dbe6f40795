"""Retry policies seen from outside: real processes, real limits, a Redis that dies in mid-wait."""

import random
from dataclasses import replace
from pathlib import Path

from gigstack_events import Retry
from gigstack_events.embedded import EmbeddedRedis
from tests.stack import eventually
from tests.workers.crew import Crew
from workers.watching import Note, boottime


def test_policy_by_kind_seen_from_outside(crew: Crew) -> None:
    """One handler, four ends: each kind of failure has its own number of tries, the time limit too."""
    crew.handler(
        "act",
        """
        match event.object["n"]:
            case 0: raise ValueError("wrong for good")
            case 1: raise ConnectionError("perhaps later")
            case 2: time.sleep(60)
            case 3: raise RuntimeError("too old by then")
        """,
        options='timeout=0.5, retry=Retry(attempts=9, base=0.1, kinds={"ValueError": None, '
        '"OSError": Retry(attempts=3, base=0.1), "timeout": Retry(attempts=2, base=0.1), '
        '"RuntimeError": Retry(base=3600, cap=3600, age=0.001)})',
    )
    crew.start()
    crew.send("act", 4)
    runs = {run["error"].split(":")[0]: run for run in crew.wait("act", "failed", 4)}
    assert {error: run["failures"] for error, run in runs.items()} == {
        "ValueError": "1",
        "ConnectionError": "3",
        "it ran longer than 0.5 s": "2",
        "RuntimeError": "1",
    }
    assert "later than 0.001 s after the run was made" in runs["RuntimeError"]["reason"]


def test_limit_counts_against_the_runs_age() -> None:
    """A run that its supervisor ends is as old as it was when claimed, and then some."""
    policy = Retry(base=1, cap=1, age=100)
    note = Note("r", "token", "act", 60, boottime() - 60, 0, 30, policy.to_list())
    assert note.failed("too slow", "timeout", random.Random(0)).outcome == "waiting"
    assert replace(note, old=41).failed("too slow", "timeout", random.Random(0)).outcome == "failed"
    assert replace(note, failures=24).failed("too slow", "timeout", random.Random(0)).outcome == "failed"


def test_wait_survives_the_death_of_redis_and_workers(tmp_path: Path) -> None:
    """A run that waits for `Retry-After` comes back when it is due, not before, under another supervisor."""
    with EmbeddedRedis(tmp_path / "redis") as server, Crew(server.url, tmp_path) as crew:
        crew.handler(
            "act",
            """
            if ctx.attempt == 1:
                raise ApiError("busy", status=429, outcome="not_done", transient=True, retry_after=6)
            return ctx.attempt
            """,
            options="retry=Retry(attempts=2, base=0.1)",
        )
        workers = crew.start()
        crew.send("act")
        (waiting,) = crew.wait("act", "waiting")
        assert int(waiting["due"]) - int(waiting["started"]) >= 6000
        workers.kill()
        server.kill()
        server.start()
        eventually(crew.ledger.redis.ping)
        (kept,) = crew.runs("act")
        assert (kept["state"], kept["due"], kept["failures"]) == ("waiting", waiting["due"], "1")
        crew.start()
        (done,) = crew.wait("act", "done")
        assert done["result"] == "2"
        assert int(done["started"]) >= int(waiting["due"])
