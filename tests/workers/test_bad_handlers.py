"""Bad handlers hurt only their own runs."""

import time
from pathlib import Path

from gigstack_events.embedded import EmbeddedRedis
from tests.stack import eventually
from tests.workers.crew import Crew


def test_crashing_handler_is_parked_at_the_default_bound(crew: Crew) -> None:
    """Three deaths of the worker in a row: the run waits for a person, the others go on."""
    crew.handler("bad", "os._exit(1)")
    crew.handler("good", "return 'fine'")
    crew.start()
    crew.send("bad")
    crew.send("good", 5)
    (run,) = crew.wait("bad", "parked")
    assert (run["attempt"], run["reason_code"]) == ("3", "poison")
    crew.wait("good", "done", 5)


def test_hanging_handler_is_ended_from_outside(crew: Crew) -> None:
    """One that swallows everything, and ignores signals, still ends at its time limit and is tried again."""
    crew.handler(
        "hang",
        """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            try:
                time.sleep(60)
            except BaseException:
                pass
        """,
        options="timeout=0.5, retry=Retry(attempts=2, base=0.1)",
    )
    crew.handler("good", "return 'fine'")
    crew.start()
    crew.send("hang")
    crew.send("good", 5)
    (run,) = crew.wait("hang", "failed")
    assert "ran longer than 0.5 s" in run["error"]
    assert run["failures"] == "2"
    crew.wait("good", "done", 5)


def test_handler_stuck_in_c_keeps_its_lease_until_its_limit(crew: Crew) -> None:
    """The supervisor renews for a worker that cannot, so that nobody takes its run meanwhile."""
    crew.handler("slow", "import re; time.sleep(6); return ctx.attempt", options="timeout=30")
    crew.start()
    crew.send("slow")
    (run,) = crew.wait("slow", "done")
    assert (run["result"], run.get("lost", "0")) == ("1", "0")


def test_frozen_worker_is_ended_and_its_run_taken_up(crew: Crew) -> None:
    """A worker stopped by SIGSTOP in mid-run is killed at the run's limit; another does the work."""
    top = "marker = os.environ.get('HOME', '/tmp')"
    flag = crew.folder / "frozen"
    crew.handler(
        "freeze",
        f"""
        if not os.path.exists({str(flag)!r}):
            open({str(flag)!r}, "w").close()
            os.kill(os.getpid(), signal.SIGSTOP)
        return "thawed"
        """,
        options="timeout=1, retry=Retry(attempts=3, base=0.1)",
        top=top,
    )
    crew.start()
    crew.send("freeze")
    (run,) = crew.wait("freeze", "done")
    assert run["attempt"] == "2"


def test_exiting_and_broken_handlers(crew: Crew) -> None:
    """`sys.exit`, an import error and an unbounded recursion hurt only their own runs."""
    (crew.handlers / "broken.py").write_text("raise RuntimeError('at import')")
    crew.handler("leave", "sys.exit(3)", options="retry=Retry(attempts=1)")
    crew.handler("deep", "f = lambda n: f(n + 1)\nreturn f(0)", options="retry=Retry(attempts=1)")
    crew.handler("good", "return 'fine'")
    crew.start()
    for name in ("leave", "deep", "good"):
        crew.send(name, 3)
    crew.wait("good", "done", 3)
    assert all(run["error"].startswith("SystemExit: 3 (leave.py:") for run in crew.wait("leave", "failed", 3))
    assert all(run["error"].startswith("RecursionError") for run in crew.wait("deep", "failed", 3))
    assert str(eventually(lambda: crew.log("handler.broken"))[0]["source"]).endswith("broken.py")


def test_missing_handler_parks_instead_of_passing(crew: Crew) -> None:
    """An enabled handler whose module does not load any more: its events make runs that wait."""
    crew.env["GIGSTACK_HANDLERS"] = "act"
    crew.handler("act", "return 'fine'")
    crew.start()
    crew.send("act")
    crew.wait("act", "done")
    assert crew.workers
    crew.workers.stop()
    (crew.handlers / "act.py").write_text("import nowhere")
    crew.start()
    crew.send("act", 2)  # the first is a duplicate
    (run,) = crew.wait("act", "parked")
    assert "enable it, then retry" in run["reason"]


def test_personal_data_stays_out_of_the_log(crew: Crew) -> None:
    """What an exception quotes stands in the ledger, not in the log; the log has its type and place."""
    crew.handler("leak", "raise ValueError('ana@example.mx')", options="retry=Retry(attempts=1)")
    crew.start()
    crew.send("leak")
    (run,) = crew.wait("leak", "failed")
    assert "ana@example.mx" in run["error"]
    eventually(lambda: crew.log("run.failed"))
    assert "ana@example.mx" not in (crew.folder / "workers.log").read_text()
    (line,) = eventually(lambda: crew.log("handler.raised"))
    assert (line["error"], line["at"]) == ("ValueError", "leak.py:6")
    assert crew.log("run.failed")[0]["event"] == run["event"]


def test_what_a_handler_started_ends_with_it(crew: Crew) -> None:
    """A child process of a killed run does not act on behind its back."""
    acts = crew.folder / "acts"
    crew.handler(
        "leave",
        f"""
        import subprocess
        subprocess.Popen(["sh", "-c", "while sleep 0.1; do echo x >> {acts}; done"])
        time.sleep(60)
        """,
        options="timeout=1, retry=Retry(attempts=1)",
    )
    crew.start()
    crew.send("leave")
    crew.wait("leave", "failed")
    size = acts.stat().st_size
    time.sleep(0.5)
    assert acts.stat().st_size == size


def test_broken_module_under_a_star_parks_its_events(crew: Crew) -> None:
    """With `*` too, an event for a handler that does not load any more is kept, not unmatched."""
    crew.handler("act", "return 'fine'")
    workers = crew.start()
    crew.send("act")
    crew.wait("act", "done")
    workers.stop()
    (crew.handlers / "act.py").write_text("import nowhere")
    crew.start()
    crew.send("act", 2)
    crew.wait("act", "parked")


def test_interrupting_handler_leaks_nothing(crew: Crew) -> None:
    """A KeyboardInterrupt out of a handler is a failure like any other, and its text stays out of the log."""
    crew.handler("leak", "raise KeyboardInterrupt('ana@example.mx')", options="retry=Retry(attempts=1)")
    crew.start()
    crew.send("leak")
    crew.wait("leak", "failed")
    assert "ana@example.mx" not in (crew.folder / "workers.log").read_text()


def test_handler_that_never_loaded_parks_what_it_might_want(crew: Crew) -> None:
    """Enabled, never seen, perhaps in the broken module: no event passes unmatched meanwhile."""
    crew.env["GIGSTACK_HANDLERS"] = "late"
    (crew.handlers / "broken.py").write_text("import nowhere")
    workers = crew.start()
    crew.send("late")
    (run,) = crew.wait("late", "parked")
    assert run["reason_code"] == "handler"
    eventually(lambda: crew.log("handler.missing"))
    assert workers.stop() == 0


def test_start_without_redis_waits(tmp_path: Path) -> None:
    """Workers that start before Redis wait for it quietly, and then work."""
    with EmbeddedRedis(tmp_path / "redis") as server, Crew(server.url, tmp_path) as crew:
        crew.handler("act", "return 'fine'")
        crew.send("act")
        server.stop()
        crew.start()
        eventually(lambda: len(crew.pids()) == 2)
        time.sleep(1)
        server.start()
        crew.wait("act", "done")
        assert crew.log("worker.died") == []
