"""Limits enforced from outside: whatever a handler does, it hurts only its own runs."""

import pytest

from tests.stack import eventually
from tests.workers.crew import Crew
from workers.memory import resident

ONCE = "retry=Retry(attempts=1)"
LIMIT = {"GIGSTACK_LANES": "live=4", "GIGSTACK_MEMORY_LIMIT": "128"}


@pytest.fixture(autouse=True)
def _four_workers(crew: Crew) -> None:
    """Room for the good beside the bad, and little memory."""
    crew.env |= LIMIT
    crew.handler("good", "return 'fine'")


def test_growing_handler_is_killed_at_the_memory_limit(crew: Crew) -> None:
    """Over the limit the worker is killed, its run fails in words, and the others are done."""
    body = "held = []\nwhile True:\n    held.append(b'x' * (8 << 20))\n    time.sleep(0.1)"
    crew.handler("eat", body, options=ONCE)
    crew.start()
    crew.send("eat", 2)
    crew.send("good", 20)
    for run in crew.wait("eat", "failed", 2):
        assert (run["error"], run["reason_code"]) == ("it used more than 128 MiB", "memory")
    crew.wait("good", "done", 20)
    killed = eventually(lambda: len(crew.log("worker.killed")) == 2 and crew.log("worker.killed"))
    assert {(line["rule"], line["reason"]) for line in killed} == {("eat", "it used more than 128 MiB")}


def test_four_gigabytes_at_once_fail_inside_the_handler(crew: Crew) -> None:
    """What no look from outside could stop in time is refused to the process itself."""
    crew.handler("eat", "return len(b'x' * (4 << 30))", options=ONCE)
    crew.start()
    crew.send("eat", 2)
    crew.send("good", 20)
    assert all(run["error"].startswith("MemoryError: (eat.py:") for run in crew.wait("eat", "failed", 2))
    crew.wait("good", "done", 20)
    assert crew.log("worker.killed") == []


def test_memory_of_what_a_handler_starts_counts(crew: Crew) -> None:
    """A child process is part of its worker's memory, and ends with it, also in a session of its own."""
    program = (
        "import os, time; open('{}', 'w').write(str(os.getpid())); x = b'x' * (100 << 20); time.sleep(60)"
    )
    pid = crew.folder / "pid"
    body = f"""
        import subprocess
        subprocess.run([sys.executable, "-c", {program.format(pid)!r}], start_new_session=True)
    """
    crew.handler("breed", body, options=ONCE)
    crew.start()
    crew.send("breed")
    (run,) = crew.wait("breed", "failed")
    assert run["reason_code"] == "memory"
    assert resident(int(pid.read_text())) == 0


def test_idle_worker_over_the_limit_is_replaced(crew: Crew) -> None:
    """What grows between runs costs no run anything."""
    body = """
        import threading
        def grow():
            time.sleep(0.5)
            held = b"x" * (100 << 20)
            time.sleep(60)
        threading.Thread(target=grow, daemon=True).start()
        return os.getpid()
    """
    crew.handler("leave", body, options=ONCE)
    crew.start()
    crew.send("leave")
    (run,) = crew.wait("leave", "done")
    eventually(lambda: len(crew.pids()) == 4 and int(run["result"]) not in crew.pids())
    (line,) = eventually(lambda: crew.log("worker.killed"))
    assert (line["reason"], "run" in line) == ("it used more than 128 MiB", False)


def test_handler_that_hangs_in_c_is_killed_at_its_limit(crew: Crew) -> None:
    """A call that neither returns nor lets a signal through ends at the time limit all the same."""
    body = """
        import ctypes
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        ctypes.PyDLL(None).sleep(60)
    """
    crew.handler("hang", body, options=f"timeout=0.5, {ONCE}")
    crew.start()
    crew.send("hang", 2)
    crew.send("good", 20)
    assert {run["error"] for run in crew.wait("hang", "failed", 2)} == {"it ran longer than 0.5 s"}
    crew.wait("good", "done", 20)
    killed = eventually(lambda: len(crew.log("worker.killed")) == 2 and crew.log("worker.killed"))
    assert {line["rule"] for line in killed} == {"hang"}


def test_worker_that_a_run_has_ended_is_replaced_at_once(crew: Crew) -> None:
    """Crashing runs do not keep a lane's only place empty longer and longer."""
    crew.env |= {"GIGSTACK_LANES": "live=1", "GIGSTACK_CRASH_BOUND": "2"}  # each crash is followed by a pause
    crew.handler("leave", "os._exit(1)")
    crew.start()
    crew.send("leave", 4)
    crew.wait("leave", "parked", 4)
    crew.send("good")
    crew.wait("good", "done")


@pytest.mark.parametrize(
    ("module", "how"),
    [
        ("import ctypes; ctypes.PyDLL(None).sleep(60)", "took longer than 1 s"),
        ("import os; os._exit(7)", "code 7"),
    ],
    ids=["hangs in C", "exits"],
)
def test_module_that_ends_its_importers_is_left_out(crew: Crew, module: str, how: str) -> None:
    """An import that no exception ends costs three workers; then the other handlers run without it."""
    (crew.handlers / "stuck.py").write_text(module)
    crew.start("tests.workers.hasty")
    crew.send("good", 5)
    crew.wait("good", "done", 5)
    (line,) = eventually(lambda: [line for line in crew.log("handler.broken") if "HUP" in str(line["cure"])])
    assert str(line["source"]).endswith("stuck.py")
    assert how in str(line["error"])
