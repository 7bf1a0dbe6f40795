"""Crash points: before and after every write to the ledger and every `do`.

They are derived from the folder of scripts, so that a new script is a point that was not hit until the
scenario reaches it. A point is armed by a file of its name; whoever unlinks that dies there.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gigstack_events.ledger

SCRIPTS = Path(gigstack_events.ledger.__file__).parent / "scripts"

# Only an operator calls these, by hand.
OPERATOR = frozenset({"retry", "resolve", "cancel", "replay", "rebuild", "judge", "migrate", "recount"})
# Only `notify` with a limit calls these; tests/handlers/test_notify_digest.py lets it die at each point.
NOTICES = frozenset({"turn_ask", "turn_end"})
# Who runs a script, where it is not a worker alone. Workers and supervisors accept events of our own too;
# no run fails and none is timed in the scenario, so tests/workers/test_internal_events.py has those points.
ELSEWHERE = {
    "accept": ("receiver",),
    "renew": ("supervisor",),
    "sweep": ("supervisor",),
    "finish": ("worker", "supervisor"),
    "epoch": ("worker", "supervisor"),
}
# Writes without a script, and the act itself.
PLAIN = ("blmove", "do")
# What a worker does within a run, under the name of a handler; so are all scripts about effects.
WITHIN = ("finish", "confirm", "do")


def name(process: str, step: str, side: str, handler: str = "") -> str:
    """The name of a point, such as `worker.effect_end.before@stamp_receipts`."""
    return f"{process}.{step}.{side}" + (f"@{handler}" if handler else "")


def expected(handlers: Iterable[str], scripts: Path = SCRIPTS) -> list[str]:
    """Every point that a run must reach, for each handler where it is within a run."""
    steps = {path.stem for path in scripts.glob("*.lua")} - {"common"} - OPERATOR - NOTICES
    places = {(process, step) for step in steps for process in ELSEWHERE.get(step, ("worker",))}
    places |= {("worker", step) for step in PLAIN}
    return sorted(
        name(process, step, side, handler)
        for process, step in places
        for side in ("before", "after")
        for handler in (handlers if process == "worker" and _within(step) else ("",))
    )


def _within(step: str) -> bool:
    return step in WITHIN or step.startswith("effect_")


class Points:
    """The points of one run: which are armed, which were hit."""

    def __init__(self, folder: Path, handlers: Iterable[str]) -> None:
        self.folder = folder
        self.expected = expected(handlers)
        self.hits: Counter[str] = Counter()
        (folder / "armed").mkdir(parents=True)
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


def take(folder: Path, point: str) -> bool:
    """Whether the point was armed, and this process is the one that has to die there."""
    try:
        os.unlink(folder / "armed" / point)
    except FileNotFoundError:
        return False
    return True
