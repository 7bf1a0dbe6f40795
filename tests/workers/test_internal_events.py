"""Real workers: a failed run makes an event, a rule reacts, and a death on the way changes nothing."""

import os
import signal

from gigstack_events.ledger.views import Views
from gigstack_events.schedules import next_due
from tests.chaos.points import Acting, Points
from tests.stack import Program, eventually
from tests.workers.crew import Crew

REACTION = """
from gigstack_events import on

@on("run.failed", writes=False)
def tell(event, ctx):
    return ctx.effect("tell", lambda key: event.object["reason"], on=event.object["run"], repeatable=True)
"""
CLOCKWORK = """
from gigstack_events import on

@on("schedule.due", schedule="0 6 1 1 *", writes=False)
def yearly(event, ctx):
    return event.object["rule"]
"""


def armed(crew: Crew, *points: str) -> None:
    """Start the workers so that the first who comes by one of these points dies there."""
    kit = Points(crew.folder, [Acting("act")])
    for point in points:
        kit.arm(point)
    start_armed(crew)


def start_armed(crew: Crew) -> None:
    """Start the workers; what is armed still kills."""
    env = {**crew.env, "PYTHONPATH": os.getcwd()}
    crew.workers = Program(
        "tests.chaos.armed", str(crew.folder), "workers", env=env, log=crew.folder / "workers.log"
    )


def test_failures_are_reacted_to_once_whoever_dies(crew: Crew) -> None:
    """One worker that sends an event dies before it is kept, another one before its entry is removed."""
    crew.handler("act", 'raise GiveUp("no luck")')
    (crew.handlers / "tell.py").write_text(REACTION)
    points = ("worker.accept.before", "worker.accept.after")
    armed(crew, *points)
    crew.send("act")
    crew.wait("tell", "done", within=40)
    crew.send("act", 2)  # the first one again, and another one
    reactions = crew.wait("tell", "done", 2, within=40)
    assert [run["result"] for run in reactions] == ['"no luck"'] * 2
    hits = (crew.folder / "hits.jsonl").read_text()
    assert all(point in hits for point in points)
    assert (len(crew.runs("tell")), len(crew.runs("act"))) == (2, 2)
    eventually(lambda: not crew.ledger.redis.exists("gs:outbox"))


def test_due_times_make_runs_until_the_rule_is_gone(crew: Crew) -> None:
    """Supervisors die before the event is kept, and after: it is made once. A rule that is gone is over."""
    (crew.handlers / "yearly.py").write_text(CLOCKWORK)
    (crew.handlers / "other.py").write_text(REACTION)
    crew.env["GIGSTACK_HINT_LOST_AFTER"] = "1"  # a worker dies with the hint in its hand
    redis = crew.ledger.redis
    armed(crew, "supervisor.accept.before", "supervisor.accept.after")
    eventually(lambda: redis.hexists("gs:considered", "yearly"))
    now = crew.ledger.now()
    redis.incrby("gs:clock:offset", (next_due("0 6 1 1 *", now) or 0) - now)
    for kept in (0, 1):
        assert crew.workers
        assert crew.workers.process.wait(20) == -signal.SIGKILL
        crew.workers.close_log()
        assert len(Views(redis).events(type="schedule.due").rows) == kept
        (start_armed if kept == 0 else Crew.start)(crew)
    crew.wait("yearly", "done", within=40)
    assert len(Views(redis).events(type="schedule.due").rows) == 1
    (crew.handlers / "yearly.py").unlink()
    assert crew.workers
    crew.workers.process.send_signal(signal.SIGHUP)
    eventually(lambda: not redis.exists("gs:schedules"), within=40)
    assert b"yearly" not in redis.hkeys("gs:rules")
