"""Crash points: before and after every write to the ledger and every `do`.

They are derived from the folder of scripts, so that a new script is a point that was not hit until the
scenario reaches it. A point is armed by a file of its name; whoever unlinks that dies there.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gigstack_events.ledger
from tests.chaos.table import Table

SCRIPTS = Path(gigstack_events.ledger.__file__).parent / "scripts"

# Only an operator calls these, by hand.
OPERATOR = frozenset({"retry", "resolve", "cancel", "replay", "rebuild", "judge", "migrate", "recount"})
# Who runs a script, where it is not a worker alone.
ELSEWHERE = {
    "accept": ("receiver",),
    "renew": ("supervisor",),
    "sweep": ("supervisor",),
    "finish": ("worker", "supervisor"),
    "epoch": ("worker", "supervisor"),
}
# Writes without a script, and the act itself.
PLAIN = ("blmove", "do")
# Where rules listen to how runs end, workers and supervisors accept such events and take them off their list.
OUTBOX = ("accept", "outbox")
TURNS = ("turn_ask", "turn_end")


@dataclass(frozen=True, slots=True)
class Acting:
    """A handler, and which points its runs come by. What is wrong in it shows as `Points.unforeseen`.

    `doubts`: it asks for more trust than a delivery may have, so that events are confirmed for it. `checks`:
    one of its acts is not repeatable and has a `check`. `turns`: it limits how often it tells.
    """

    name: str
    doubts: bool = True
    checks: bool = True
    turns: bool = False

    def comes_by(self, step: str) -> bool:
        """Whether a step is one of its runs'."""
        some = {"confirm": self.doubts, "effect_answer": self.checks, **dict.fromkeys(TURNS, self.turns)}
        return some.get(step, step in ("finish", "do") or step.startswith("effect_"))


ANY = Acting("", turns=True)


def name(process: str, step: str, side: str, handler: str = "") -> str:
    """The name of a point, such as `worker.effect_end.before@stamp_receipts`."""
    return f"{process}.{step}.{side}" + (f"@{handler}" if handler else "")


def expected(handlers: Iterable[Acting], scripts: Path = SCRIPTS, *, listening: bool = False) -> list[str]:
    """Every point that a run must reach, for each handler where it is within a run.

    `listening` says that rules listen to how runs end.
    """
    steps = {path.stem for path in scripts.glob("*.lua")} - {"common"} - OPERATOR
    places = {(process, step) for step in steps for process in ELSEWHERE.get(step, ("worker",))}
    places |= {("worker", step) for step in PLAIN}
    if listening:
        places |= {(process, step) for process in ("worker", "supervisor") for step in OUTBOX}
    handlers = list(handlers)
    points = []
    for process, step in places:
        within = process == "worker" and ANY.comes_by(step)
        names = [one.name for one in handlers if one.comes_by(step)] if within else [""]
        points += [name(process, step, side, each) for side in ("before", "after") for each in names]
    return sorted(points)


def _is_special(point: str) -> bool:
    process, step, _ = point.split(".")
    return "@" in point or (step in OUTBOX and process != "receiver")


class Points:
    """The points of one run: which are armed, which were hit."""

    def __init__(
        self, folder: Path, handlers: Iterable[Acting], *, listening: bool = False, general: bool = True
    ) -> None:
        """Without the `general` ones, only the points of handlers and of events of our own."""
        self.folder = folder
        self._known = expected(handlers, listening=listening)
        self.expected = [point for point in self._known if general or _is_special(point)]
        self.hits: Counter[str] = Counter()
        for name in ("armed", "passed"):
            (folder / name).mkdir(parents=True)
        self._hits = folder / "hits.jsonl"
        self._hits.touch()
        self._read = 0

    def arm(self, point: str) -> None:
        """Let the next process die that comes by."""
        (self.folder / "armed" / point).touch()

    def disarm(self) -> None:
        """Let nobody die any more."""
        for armed in (self.folder / "armed").iterdir():
            armed.unlink(missing_ok=True)

    def fresh(self) -> list[dict[str, Any]]:
        """The hits since the last look."""
        with self._hits.open("rb") as file:
            file.seek(self._read)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        rows = [json.loads(line) for line in whole.splitlines()]
        self.hits.update(row["point"] for row in rows)
        return rows

    @property
    def missing(self) -> list[str]:
        """The points that nobody has come by yet."""
        return [point for point in self.expected if not self.hits[point]]

    @property
    def unforeseen(self) -> list[str]:
        """The points that somebody came by though nobody was expected to."""
        passed = {path.name for path in (self.folder / "passed").iterdir()}
        return sorted(point for point in passed if not {point, point.partition("@")[0]} & {*self._known})

    def judge(self, table: Table) -> None:
        """Say how many were hit; each that was not, or that was forgotten, is a broken promise."""
        hit = len(self.expected) - len(self.missing)
        table.row("crash points hit", f"{hit} of {len(self.expected)}")
        table.promise("crash points missing", self.missing)
        table.promise("crash points unforeseen", self.unforeseen)


def take(folder: Path, point: str) -> bool:
    """Whether the point was armed, and this process is the one that has to die there."""
    try:
        os.unlink(folder / "armed" / point)
    except FileNotFoundError:
        return False
    return True


def passed(folder: Path, point: str) -> None:
    """Write down that somebody came by."""
    (folder / "passed" / point).touch()
