"""`run` and `demo` as processes of their own, and the processes that they start."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.stack import ROOT, eventually


class Story:
    """`python -m admin …` with its output in a file; whatever is left of it ends with the context."""

    def __init__(self, folder: Path, *arguments: str, **env: str) -> None:
        self._out = folder / "story.txt"
        self._temporary = folder / "tmp"
        self._temporary.mkdir()
        surroundings = {"PATH": os.environ["PATH"], "TMPDIR": str(self._temporary), **env}
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "admin", *arguments],
                cwd=ROOT,
                env=surroundings,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.family: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.look()
        self.process.kill()
        self.process.wait()
        for pid in self.alive():
            os.kill(pid, signal.SIGKILL)

    @property
    def text(self) -> str:
        """What it has said so far."""
        return self._out.read_text()

    @property
    def leftovers(self) -> list[str]:
        """What it left in the folder for temporary files."""
        return [path.name for path in self._temporary.iterdir()]

    def wait_for(self, words: str, within: float = 40) -> str:
        """Wait until it has said that; returns everything it said."""

        def said() -> bool:
            assert self.process.poll() is None or words in self.text, self.text
            return words in self.text

        eventually(said, within, f"it did not say {words!r}")
        return self.text

    def end(self, signum: int, within: float = 15) -> int:
        """Send a signal and return the exit code."""
        self.look()
        os.kill(self.process.pid, signum)
        return self.process.wait(within)

    def look(self) -> set[int]:
        """Note who its children and their children are."""
        parents = {int(stat.parent.name): _parent(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        self.family |= found - {self.process.pid}
        return self.family

    def child(self, words: str) -> int:
        """The pid of the one direct child whose command holds the words."""
        found = [pid for pid in self.look() if words in _command(pid) and _parent_of(pid) == self.process.pid]
        (pid,) = found
        return pid

    def alive(self) -> set[int]:
        """Of those noted, who still lives (a zombie does not)."""
        return {pid for pid in self.family if _state(pid) not in ("", "Z", "X")}


def _fields(stat: Path) -> list[str]:
    try:
        return stat.read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _parent(stat: Path) -> int:
    fields = _fields(stat)
    return int(fields[1]) if fields else 0


def _parent_of(pid: int) -> int:
    return _parent(Path(f"/proc/{pid}/stat"))


def _state(pid: int) -> str:
    fields = _fields(Path(f"/proc/{pid}/stat"))
    return fields[0] if fields else ""


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def url_of(text: str, name: str) -> str:
    """An address that `run` printed."""
    found = re.search(rf"{name} +(http\S+)", text)
    assert found, text
    return found[1]
