"""What a worker has in hand, written where it outlives the worker: which run, and which act of it."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

WIDTH = 600


@dataclass(frozen=True, slots=True)
class Held:
    """A claim as its worker sees it; `supervisor` and `pid` are processes.

    `act` is what the effect was `on` that had begun at `since` (epoch ms) and has no record of its end, ''
    where none has.
    """

    supervisor: int
    pid: int
    run: str
    token: str
    act: str = ""
    since: int = 0


class Hands:
    """One process's own note. Each is one write, so that whoever is killed leaves the one before or after."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "hands"
        self._folder.mkdir(exist_ok=True)
        self._file = (0, -1)
        self.held: Held | None = None

    def take(self, run: str, token: str, supervisor: int) -> None:
        """A claim begins."""
        self._note(Held(supervisor, os.getpid(), run, token))

    def begin(self, act: str) -> None:
        """An act begins."""
        if self.held:
            self._note(replace(self.held, act=act, since=time.time_ns() // 1_000_000))

    def end(self) -> None:
        """The end of the act is on record."""
        if self.held and self.held.act:
            self._note(replace(self.held, act="", since=0))

    def let_go(self) -> None:
        """The claim is over."""
        if self.held:
            self._note(None)

    def _note(self, held: Held | None) -> None:
        self.held = held
        if self._file[0] != os.getpid():
            path = self._folder / str(os.getpid())
            self._file = os.getpid(), os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        line = json.dumps(asdict(held)) if held else ""
        os.pwrite(self._file[1], line.ljust(WIDTH).encode(), 0)


def holders(folder: Path, dead: int) -> list[int]:
    """The processes that have something in hand and die with this one: itself, or a supervisor's workers."""
    return [held.pid for held, _ in _notes(folder, dead)]


def left(folder: Path, dead: int) -> Iterator[Held]:
    """What a dead process, or a dead supervisor's workers, had in hand; told once."""
    for held, path in _notes(folder, dead):
        path.unlink()
        yield held


def _notes(folder: Path, dead: int) -> Iterator[tuple[Held, Path]]:
    for path in (folder / "hands").glob("*"):
        held = Held(**json.loads(line)) if (line := path.read_text().strip()) else None
        if held and dead in (held.pid, held.supervisor):
            yield held, path
