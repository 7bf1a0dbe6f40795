"""Handlers that reach beyond their run: for file descriptors, processes, threads and signals of ours."""

import os
import resource
import signal
import time
from pathlib import Path

from gigstack_events.settings import load_settings
from tests.stack import eventually
from tests.workers.crew import Crew
from workers.child import Child
from workers.output import Outlet
from workers.watching import LONGEST_LINE, Inbox

NOTE = b'{"run":"r","token":"t","rule":"a","timeout":1,"at":2.0,"failures":0,"old":0,"retry":[3,1,9]}\n'


def told(*said: bytes) -> Inbox:
    """What a supervisor makes of what a worker says."""
    read_end, write_end = os.pipe()
    for each in (read_end, write_end):
        os.set_blocking(each, False)
    inbox = Inbox(read_end)
    for piece in said:
        os.write(write_end, piece)
        inbox.read()
    os.close(write_end)
    inbox.close()
    return inbox


def opened(pid: int, kind: str) -> set[str]:
    """The sockets or pipes that a process has open, by the kernel's names."""
    links = [os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()]
    return {link for link in links if link.startswith(f"{kind}:")}


def test_pipe_to_the_supervisor_may_say_anything() -> None:
    """Nonsense is noticed and ends nobody but its worker; the claim that was told before stands."""
    good = told(b"loading a\nloading \nasking\n", NOTE[:50], NOTE[50:], b"asking\n")
    assert (good.note and good.note.run, good.loading, good.garbled) == ("r", "", False)
    wrong = (b"hello\n", b"{}\n", b'{"x": 1}\n', b"{\n", b"\xff\n", NOTE.replace(b"2.0", b'"x"'))
    for said in (*wrong, NOTE.replace(b"[3,1,9]", b'["a",1,9]'), NOTE.replace(b"[3,1,9]", b"[1]")):
        inbox = told(b"\n" + NOTE + said)
        assert inbox.garbled, said
        assert inbox.note == good.note
    assert told(NOTE, *[b"x" * 60_000] * (LONGEST_LINE // 60_000 + 1)).garbled


def test_handler_that_forks_or_scribbles_hurts_no_other(crew: Crew) -> None:
    """The child of a fork takes no work, and writing to every file descriptor ends one worker at most."""
    crew.env["GIGSTACK_LANES"] = "live=1"
    crew.handler("fork", "os.fork(); return os.getpid()")
    crew.handler("good", "time.sleep(0.02); return os.getpid()")
    scribble = "for fd in range(3, 64):\n    try: os.write(fd, b'{\"x\": 1}\\n')\n    except OSError: pass"
    crew.handler("scribble", f"{scribble}\ntime.sleep(30)")
    crew.env["GIGSTACK_CRASH_BOUND"] = "1"
    crew.start()
    crew.send("fork")
    crew.wait("fork", "done")
    crew.send("good", 10)
    assert {int(run["result"]) for run in crew.wait("good", "done", 10)} == set(crew.pids())
    crew.send("scribble")
    assert crew.wait("scribble", "parked")[0]["reason_code"] == "poison"
    crew.send("good", 11)
    crew.wait("good", "done", 11)
    assert crew.workers
    ours, (theirs,) = crew.workers.process.pid, crew.pids()
    eventually(lambda: opened(ours, "socket"))
    assert not opened(ours, "socket") & opened(theirs, "socket")
    assert len(opened(theirs, "pipe")) == 2


def test_worker_that_hangs_without_a_run_is_replaced(crew: Crew) -> None:
    """What a handler leaves behind may stop its process for ever: the lane gets a fresh one, and can stop."""
    crew.env |= {"GIGSTACK_LANES": "live=1", "GIGSTACK_HINT_LOST_AFTER": "0.2"}  # it may hang with a hint
    body = """
        import ctypes, threading
        threading.Thread(target=lambda: (time.sleep(0.1), ctypes.PyDLL(None).sleep(600)), daemon=True).start()
    """
    crew.handler("hang", body)
    crew.handler("good", "return 'fine'")
    workers = crew.start("tests.workers.hasty")
    for turn in (1, 2):
        crew.send("hang", turn)
        crew.wait("hang", "done", turn)
        time.sleep(0.3)
        if turn == 1:
            crew.send("good")
            crew.wait("good", "done")
    assert workers.stop() == 0
    reasons = [str(line["reason"]) for line in crew.log("worker.killed")]
    assert ["said nothing" in reasons[0], "was to end" in reasons[-1]] == [True, True], reasons


def test_no_room_for_a_process_is_waited_for(crew: Crew) -> None:
    """Whoever used up files or processes: the supervisor goes on, and fills its places when there is room."""
    workers = crew.start()
    pids = eventually(lambda: len(crew.pids()) == 2 and crew.log("workers.start") and crew.pids())
    supervisor = workers.process.pid
    soft, hard = resource.prlimit(supervisor, resource.RLIMIT_NOFILE)
    used = len(list(Path(f"/proc/{supervisor}/fd").iterdir()))
    resource.prlimit(supervisor, resource.RLIMIT_NOFILE, (used - 2, hard))
    workers.process.send_signal(signal.SIGHUP)
    eventually(lambda: crew.log("configuration.kept"))
    os.kill(pids[0], signal.SIGKILL)
    eventually(lambda: crew.log("worker.not_started"))
    resource.prlimit(supervisor, resource.RLIMIT_NOFILE, (soft, hard))
    eventually(lambda: len(crew.pids()) == 2 and pids[0] not in crew.pids())


def test_worker_that_never_worked_comes_back_later_and_later(tmp_path: Path) -> None:
    """However long its start took: one that ends before it asks for work does not keep a processor busy."""
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(1.05)")
    names = {"GIGSTACK_HANDLERS": "nobody", "GIGSTACK_HANDLERS_DIR": str(tmp_path)}
    place = Child("live", 0, Outlet(os.open(os.devnull, os.O_WRONLY)))
    place.fork(load_settings(names), "host", [place], lambda: None, {}, None)
    eventually(place.has_died)
    place.bury()
    assert not place.due
