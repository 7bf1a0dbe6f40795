"""What a worker has in hand, written where it outlives the worker: which run, and which act of it."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Held:
    """A claim as its worker sees it.

    `act` is what the effect was `on` that had begun at `since` (epoch ms) and has no record of its end, ''
    where none has.
    """

    run: str
    token: str
    act: str = ""
    since: int = 0


class Hands:
    """One process's own note. Each is one write, so that whoever is killed leaves the one before or after."""

    def __init__(self, folder: Path, supervisor: int) -> None:
        self._folder = folder / "hands"
        self._folder.mkdir(exist_ok=True)
        self._supervisor = supervisor
        self._file = (0, -1)
        self.held: Held | None = None

    def take(self, run: str, token: str) -> None:
        """A claim begins."""
        self._note(Held(run, token))

    def begin(self, act: str) -> None:
        """An act begins."""
        if self.held:
            self._note(replace(self.held, act=act[:500], since=time.time_ns() // 1_000_000))

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
            path = self._folder / f"{self._supervisor}.{os.getpid()}"
            self._file = os.getpid(), os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        line = json.dumps(asdict(held)) if held else ""
        os.pwrite(self._file[1], line.ljust(WIDTH).encode(), 0)


def holders(folder: Path, dead: int) -> list[int]:
    """The processes that had something in hand and die with this one: itself, or a supervisor's workers."""
    return [int(path.name.partition(".")[2]) for path in _notes(folder, dead)]


def left(folder: Path, dead: int) -> Iterator[Held]:
    """What a dead process, or a dead supervisor's workers, had in hand; told once."""
    for path in _notes(folder, dead):
        line = path.read_text().strip()
        path.unlink()
        if line:
            yield Held(**json.loads(line))


def _notes(folder: Path, dead: int) -> list[Path]:
    return [path for path in (folder / "hands").iterdir() if str(dead) in path.name.split(".")]
