"""What handlers say: bounded, without people's data, and nobody waits for a reader."""

import os
import threading
from pathlib import Path

from tests.stack import eventually
from tests.workers.crew import Crew
from workers.output import MOST_WAITING, LogPipe, Outlet


def test_hundred_megabytes_of_log_hurt_nobody(crew: Crew) -> None:
    """A flood of lines slows itself until its time is up, and fills nothing; the others go on."""
    crew.env["GIGSTACK_LANES"] = "live=4"
    flood = "for n in range(100_000): ctx.log.info('x' * 1000)"
    crew.handler("shout", flood, options="timeout=3, retry=Retry(attempts=1)")
    crew.handler("good", "return 'fine'")
    crew.start()
    crew.send("shout")
    crew.send("good", 20)
    crew.wait("good", "done", 20)
    (run,) = crew.wait("shout", "failed")
    assert "ran longer than 3 s" in run["error"]
    assert (crew.folder / "workers.log").stat().st_size < 3 << 20


def test_log_of_a_run_ends_at_its_budget(crew: Crew) -> None:
    """One line says how much is missing; the run itself is done."""
    crew.handler("shout", "for n in range(3_000): ctx.log.info('x' * 1000)")
    crew.start()
    crew.send("shout")
    crew.wait("shout", "done")
    (cut,) = eventually(lambda: crew.log("handler.log_cut"))
    assert 2_000 <= int(str(cut["left_out"])) < 2_500


def test_what_is_printed_is_counted_and_not_kept(crew: Crew) -> None:
    """Printed text may be anybody's data: its size is told, and what to use instead."""
    body = """
        print("ana@example.mx")
        sys.stderr.write("ana@example.mx")
        os.write(1, b"ana@example.mx")
        os.system("echo ana@example.mx >&2")
    """
    crew.handler("talk", body)
    crew.start()
    crew.send("talk")
    crew.wait("talk", "done")
    (line,) = eventually(lambda: crew.log("handler.printed"))
    assert (line["bytes"], line["cure"]) == (29, "use ctx.log; what is printed is not kept")
    assert "ana@example.mx" not in (crew.folder / "workers.log").read_text()


def test_log_that_nobody_reads_stops_nobody(crew: Crew) -> None:
    """With a full pipe behind standard error, runs go on and the supervisor still stops at once."""
    os.mkfifo(crew.folder / "workers.log")
    reader = os.open(crew.folder / "workers.log", os.O_RDONLY | os.O_NONBLOCK)
    crew.handler("talk", "for n in range(900): ctx.log.info('x' * 1000)")
    workers = crew.start()
    crew.send("talk", 4)
    crew.wait("talk", "done", 4)
    got = b""

    def is_told() -> bool:
        nonlocal got
        got += _read(reader)
        return b'"log.dropped"' in got

    eventually(is_told)
    crew.send("talk", 5)
    crew.wait("talk", "done", 5)
    assert workers.stop() == 0
    os.close(reader)


def test_outlet_keeps_a_bounded_number_of_lines() -> None:
    """Whole lines come out in order; those that found no room are lost."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    outlet = Outlet(write_end)
    line = b"x" * 999 + b"\n"
    for _ in range(2 * MOST_WAITING // len(line)):
        outlet.take_in(line)
    outlet.pump()
    got = b""
    while chunk := _read(read_end):
        got += chunk
        outlet.pump()
    assert set(got.splitlines(keepends=True)) == {line}
    assert MOST_WAITING * 0.9 < len(got) < MOST_WAITING + 70_000


def test_terminal_that_nobody_reads_stops_nobody() -> None:
    """A stalled terminal says that it has room for a letter, and would keep who writes a line to it."""
    master, terminal = os.openpty()
    outlet = Outlet(terminal)
    done = threading.Event()

    def tell() -> None:
        for _ in range(400):
            outlet.take_in(b"x" * 799 + b"\n")
            outlet.pump()
        done.set()

    threading.Thread(target=tell, daemon=True).start()
    assert done.wait(10)
    assert os.get_blocking(terminal), "the terminal is shared with others"
    os.close(master)
    os.close(terminal)


def test_handler_that_closes_its_streams_hurts_no_other(crew: Crew) -> None:
    """The next run of the same process may print."""
    crew.env["GIGSTACK_LANES"] = "live=1"
    crew.handler("closes", "sys.stdout.close(); sys.stderr.close()")
    crew.handler(
        "prints", "print('hello'); print('there', file=sys.stderr)", options="retry=Retry(attempts=1)"
    )
    crew.start()
    crew.send("closes")
    crew.wait("closes", "done")
    crew.send("prints")
    crew.wait("prints", "done")


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, 1 << 20)
    except BlockingIOError:
        return b""


def test_log_pipe_takes_a_line_whole_or_not_at_all() -> None:
    """A worker never waits for its supervisor, and no line is torn."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    pipe = LogPipe(write_end, terminal=False, patience_ms=10)
    for _ in range(200):
        pipe.write("é" * 3000)
    lines = _read(read_end).splitlines()
    assert 0 < len(lines) < 200
    assert {len(line) for line in lines} == {4095}


def test_reader_that_has_gone_is_no_error(tmp_path: Path) -> None:
    """Nobody will ever read it: what waits is given up."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    outlet = Outlet(write_end)
    outlet.write("a line\n")
    outlet.drain(5)
