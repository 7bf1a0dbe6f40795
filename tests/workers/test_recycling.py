"""Workers that have done enough make room for fresh ones, and nobody notices."""

import collections

from tests.workers.crew import Crew


def test_worker_is_replaced_after_some_runs(crew: Crew) -> None:
    """Each process carries out so many runs; nothing is counted, lost or complained about."""
    crew.env |= {"GIGSTACK_RECYCLE_AFTER": "5", "GIGSTACK_LANES": "live=1"}
    crew.handler("act", "return os.getpid()")
    crew.start()
    crew.send("act", 20)
    runs = crew.wait("act", "done", 20)
    assert list(collections.Counter(run["result"] for run in runs).values()) == [5, 5, 5, 5]
    assert {run["attempt"] for run in runs} == {"1"}
    assert crew.log("worker.died") == []


def test_worker_that_has_grown_is_replaced(crew: Crew) -> None:
    """What a handler leaves behind in memory ends with the process, before the limit is reached."""
    crew.env |= {"GIGSTACK_MEMORY_LIMIT": "256", "GIGSTACK_LANES": "live=1"}
    crew.handler("leak", "held.append(b'x' * (80 << 20)); return os.getpid()", top="held = []")
    crew.start()
    crew.send("leak", 4)
    runs = crew.wait("leak", "done", 4)
    assert list(collections.Counter(run["result"] for run in runs).values()) == [2, 2]
    assert crew.log("worker.died") == crew.log("worker.killed") == []
