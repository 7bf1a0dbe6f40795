"""The supervisor: long-lived workers, clean ends, a change of configuration."""

import os
import signal
import time
from functools import partial
from pathlib import Path

from admin.fleet import older_programs, workers_alive
from gigstack_events.ledger.schema import SCHEMA
from tests.stack import eventually
from tests.workers.crew import Crew


def test_handlers_run_in_long_lived_processes(crew: Crew) -> None:
    """Many runs, two processes."""
    crew.handler("act", "return os.getpid()")
    crew.start()
    crew.send("act", 40)
    runs = crew.wait("act", "done", 40)
    assert len({run["result"] for run in runs}) <= 2


def test_workers_die_with_their_supervisor(crew: Crew) -> None:
    """SIGKILL of the supervisor leaves no worker behind that nobody watches."""
    crew.handler("slow", "time.sleep(30)")
    workers = crew.start()
    pids = eventually(lambda: len(crew.pids()) == 2 and crew.pids())
    crew.send("slow")
    crew.wait("slow", "running")
    workers.process.kill()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), within=5)


def test_stop_lets_runs_finish(crew: Crew) -> None:
    """SIGTERM ends the workers after their runs, with code 0 and nothing counted twice."""
    crew.handler("slow", "time.sleep(1.5); return ctx.attempt")
    workers = crew.start()
    crew.send("slow")
    crew.wait("slow", "running")
    assert workers.stop() == 0
    (run,) = crew.runs("slow")
    assert (run["state"], run["result"]) == ("done", "1")


def test_stop_hands_back_what_does_not_finish(crew: Crew) -> None:
    """After the grace time a run is handed back uncounted, and the next crew carries it out."""
    crew.env["GIGSTACK_STOP_GRACE"] = "0.5"
    flag = crew.folder / "first"
    crew.handler("slow", f"time.sleep(30 if not os.path.exists({str(flag)!r}) else 0); return ctx.attempt")
    workers = crew.start()
    crew.send("slow")
    crew.wait("slow", "running")
    assert workers.stop() == 0
    (run,) = crew.runs("slow")
    assert (run["state"], run["attempt"]) == ("queued", "0")
    flag.touch()
    crew.start()
    assert crew.wait("slow", "done")[0]["result"] == "1"


def test_idle_workers_stop_at_once(crew: Crew) -> None:
    """An idle crew ends within two seconds."""
    workers = crew.start()
    eventually(lambda: len(crew.pids()) == 2)
    began = time.monotonic()
    assert workers.stop() == 0
    assert time.monotonic() - began < 3


def test_worker_that_is_killed_while_idle_is_replaced(crew: Crew) -> None:
    """The lane keeps its number of workers."""
    crew.start()
    pids = eventually(lambda: len(crew.pids()) == 2 and crew.pids())
    os.kill(pids[0], signal.SIGKILL)
    eventually(lambda: len(crew.pids()) == 2 and pids[0] not in crew.pids())


def test_crew_is_known_while_it_works(crew: Crew) -> None:
    """The ledger knows how many workers each lane has, of which version, and no longer after a clean stop."""
    crew.ledger.redis.set("gs:schema", SCHEMA - 1)
    workers = crew.start()
    (member,) = eventually(lambda: crew.ledger.redis.zrange("gs:crew:live", 0, -1))
    assert member.endswith(b"=2")
    assert f"/{SCHEMA}.".encode() in member
    eventually(lambda: len(workers_alive(crew.ledger.redis)) == 2)
    assert older_programs(crew.ledger, ["live"]) == []
    assert workers.stop() == 0
    assert crew.ledger.redis.get("gs:schema") == str(SCHEMA - 1).encode()
    assert crew.ledger.redis.zcard("gs:crew:live") == 0


def test_sighup_replaces_workers_one_by_one(crew: Crew) -> None:
    """New options reach the workers without a restart; the run under way ends under the old ones."""
    options = crew.folder / "options.json"
    options.write_text('{"colour": "green"}')
    top = "from pydantic import BaseModel\nclass Options(BaseModel):\n    colour: str = 'none'"
    crew.handler("act", "return ctx.options.colour", options="options=Options", top=top)
    crew.handler("slow", "time.sleep(2); return ctx.attempt")
    crew.env["GIGSTACK_HANDLER_ACT_FILE"] = str(options)
    workers = crew.start()
    crew.send("act")
    assert crew.wait("act", "done")[0]["result"] == '"green"'
    crew.send("slow")
    crew.wait("slow", "running")
    before = set(crew.pids())
    options.write_text('{"colour": "red"}')
    workers.process.send_signal(signal.SIGHUP)
    eventually(lambda: len(crew.pids()) == 2 and not before & set(crew.pids()))
    crew.send("act", 2)
    assert {run["result"] for run in crew.wait("act", "done", 2)} == {'"green"', '"red"'}
    assert crew.wait("slow", "done")[0]["result"] == "1"
    assert crew.log("worker.died") == []


def test_sighup_with_a_bad_configuration_keeps_the_old(crew: Crew) -> None:
    """A typo in the options replaces nobody and is said."""
    options = crew.folder / "options.json"
    options.write_text("{}")
    crew.handler("act", "return 'fine'")
    crew.env["GIGSTACK_HANDLER_ACT_FILE"] = str(options)
    workers = crew.start()
    pids = eventually(lambda: len(crew.pids()) == 2 and crew.pids())
    options.write_text('{"colour": "red"}')
    workers.process.send_signal(signal.SIGHUP)
    eventually(lambda: "configuration.kept" in (crew.folder / "workers.log").read_text())
    assert crew.pids() == pids
    crew.send("act")
    crew.wait("act", "done")


def test_stop_right_after_the_start(crew: Crew) -> None:
    """A stop that comes while workers are being forked ends them at once, whatever they are at."""
    crew.env["GIGSTACK_LANES"] = "live=8"
    waits_ms = range(0, 400, 50)
    crew.start("tests.workers.again", str(len(waits_ms)))
    for turn, wait_ms in enumerate(waits_ms, start=1):
        eventually(partial(_have, crew, turn, '"workers.start"'))
        (supervisor,) = crew.pids()
        time.sleep(wait_ms / 1000)
        began = time.monotonic()
        os.kill(supervisor, signal.SIGTERM)
        eventually(partial(_have, crew, turn, "a supervisor has ended with 0"))
        assert time.monotonic() - began < 4


def _have(crew: Crew, times: int, said: str) -> bool:
    return (crew.folder / "workers.log").read_text().count(said) == times
