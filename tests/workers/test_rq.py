"""RQ as transport: our hints are plain RQ jobs, and our workers run nothing but hints."""

import collections
import os
import subprocess
import sys
from pathlib import Path

from rq import Queue, Worker
from rq.job import Job

from tests.stack import ROOT, eventually
from tests.workers.crew import Crew


def rq_worker(crew: Crew, *args: str) -> str:
    """Run a stock RQ worker until the queue is empty; what it printed."""
    command = [sys.executable, "-m", "rq.cli", "worker", "--burst", "--serializer", "json", "-u", crew.url]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **crew.env}
    done = subprocess.run(
        [*command, *args, "gigstack-live"], env=env, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    return done.stdout + done.stderr


def test_stock_worker_carries_out_our_hints(crew: Crew) -> None:
    """The contract with RQ's layout: its own worker can run the job that our script wrote."""
    crew.handler("act", "return 'fine'")
    crew.send("act")
    printed = rq_worker(crew)  # dispatches, then runs what that queued
    (run,) = crew.runs("act")
    assert (run["state"], run["result"]) == ("done", '"fine"'), printed


def test_rq_can_read_our_hints(crew: Crew) -> None:
    """A job fetched by RQ names the function and holds ids only."""
    crew.send("act")
    (id,) = Queue("gigstack-live", connection=crew.ledger.redis, serializer="json").job_ids
    job = Job.fetch(id, connection=crew.ledger.redis, serializer="json")
    assert job.func_name == "workers.hints.take"
    kind, event, generation = job.args
    assert (kind, generation) == ("event", 1)
    assert id.startswith(f"{event}-1-")


def test_our_workers_are_seen_by_rq(crew: Crew) -> None:
    """`rq info` and dashboards know the workers of each lane."""
    crew.start()
    found = eventually(lambda: len(Worker.all(connection=crew.ledger.redis)) == 2)
    assert found
    assert {worker.queue_names()[0] for worker in Worker.all(connection=crew.ledger.redis)} == {
        "gigstack-live"
    }


def test_foreign_jobs_are_refused(crew: Crew, tmp_path: Path) -> None:
    """A job that somebody else puts into our queue is removed, logged and never run."""
    target = tmp_path / "owned"
    queue = Queue("gigstack-live", connection=crew.ledger.redis, serializer="json")
    queue.enqueue("os.mkdir", str(target))
    crew.handler("act", "return 'fine'")
    crew.start()
    crew.send("act")
    crew.wait("act", "done")
    eventually(lambda: crew.log("hint.foreign"))
    assert not target.exists()


def test_repeated_hints_run_nothing_twice(crew: Crew) -> None:
    """Every hint comes three times, while its run is queued, under way or over: each run happens once."""
    crew.handler("act", f"open({str(crew.folder)!r} + '/ran', 'a').write('x'); time.sleep(0.1)")
    crew.send("act", 30)
    redis, queue = crew.ledger.redis, "rq:queue:gigstack-live"
    copies: collections.Counter[object] = collections.Counter()
    crew.start()
    while len([run for run in crew.runs("act") if run["state"] == "done"]) < 30:
        for hint in redis.lrange(queue, 0, -1):
            copies[hint] += 1
            if copies[hint] <= 2:
                redis.rpush(queue, hint)
    assert len(copies) >= 30
    eventually(lambda: not redis.llen(queue))
    assert (crew.folder / "ran").read_text() == "x" * 30


def test_dead_workers_are_forgotten(crew: Crew) -> None:
    """A worker that was killed does not stay in RQ's registry for ever."""
    crew.ledger.redis.sadd("rq:workers", "rq:worker:gone")
    crew.ledger.redis.sadd("rq:workers:gigstack-live", "rq:worker:gone")
    crew.start()
    eventually(lambda: not crew.ledger.redis.sismember("rq:workers", "rq:worker:gone"))
