"""Is the fire hot enough? `python -m tests.chaos.sabotage [--seed N] [NAME ...]`.

Takes one mechanism at a time out of a copy of the project and runs the short form there: each run must fail,
and the lines with which it does are printed. A run as it is comes first, and must not fail.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.stack import ROOT

SCRIPTS = "gigstack_events/ledger/scripts/"
COPIED = ("gigstack_events", "receiver", "workers", "handlers", "tests", "pyproject.toml")


class Cut(NamedTuple):
    """Text of one file, which stands there once, and what takes its place."""

    path: str
    text: str
    instead: str


AS_IT_IS = "as it is"
CUTS: dict[str, tuple[Cut, ...]] = {
    "claim": (
        Cut(SCRIPTS + "common.lua", "  if current ~= generation then return nil end\n", ""),
        Cut(SCRIPTS + "common.lua", "  if state == 'queued' and claim(", "  if claim("),
    ),
    "key": (
        Cut(SCRIPTS + "common.lua", "if call('EXISTS', 'gs:holder:' .. key) == 1 then", "if false then"),
    ),
    "effect record": (
        Cut(
            SCRIPTS + "effect_start.lua",
            "unpack(call('HMGET', key, 'state',",
            "unpack(call('HMGET', key, '',",
        ),
    ),
    "sweep": (
        Cut(
            SCRIPTS + "sweep.lua",
            "local limit, lost_after, bound = tonumber(ARGV[1])",
            "do return { 0, 0, 0, 0, {}, 0 } end\nlocal limit, lost_after, bound = 0",
        ),
    ),
    "dedupe": (Cut(SCRIPTS + "accept.lua", "if not known[1] then", "if true then"),),
    "end of an act": (
        Cut(
            "gigstack_events/effects.py",
            '        self._end(effect, "done", result)\n',
            "        del self._open[effect.id]\n",
        ),
    ),
    "check of the SAT": (Cut("gigstack_events/sat_requests.py", "row = next(found, None)", "row = None"),),
    "turn": (Cut(SCRIPTS + "turn_ask.lua", "if n < most then return end", "do return end"),),
}
CHAOS = ("tests.chaos", "--receipts", "300", "--workers", "4")
REACTIONS = ("tests.reactions", "--events", "200")
SEEN_BY_REACTIONS = ("end of an act", "check of the SAT", "turn")


def copy(folder: Path) -> None:
    """The project as it stands here."""
    for name in COPIED:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(place, folder / name)


def cut(folder: Path, name: str) -> None:
    """Take a mechanism out of a copy."""
    for path, text, instead in CUTS.get(name, ()):
        file = folder / path
        whole = file.read_text()
        assert whole.count(text) == 1, f"{path} does not have {text!r} once: {name} is made elsewhere by now"
        file.write_text(whole.replace(text, instead))


def run(name: str, seed: int) -> list[str]:
    """The failing lines of a short run without that mechanism."""
    with tempfile.TemporaryDirectory(prefix="sabotage-") as place:
        folder = Path(place)
        copy(folder)
        cut(folder, name)
        kit = REACTIONS if name in SEEN_BY_REACTIONS else CHAOS
        fire = ["-m", *kit, "--short", "--seed", str(seed)]
        done = subprocess.run(
            [sys.executable, *fire, "--folder", str(folder / "out")],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        failing = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
        return failing or ([f"FAIL exit {done.returncode}: {done.stderr[-500:]}"] if done.returncode else [])


def said(name: str) -> str:
    """What is tried."""
    return name if name == AS_IT_IS else f"without the {name}"


def main() -> int:
    """One after the other."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.sabotage",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    names = (AS_IT_IS, *CUTS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(names)}")
    parser.add_argument("--seed", type=int, help="fixes every choice (default: a random one, printed)")
    asked = parser.parse_args()
    if unknown := set(asked.names) - {*names}:
        parser.error(f"nothing is named {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    seed = random.SystemRandom().randrange(1_000_000) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)
    wrong = 0
    for name in asked.names or names:
        failing = run(name, seed)
        print(f"{said(name)}: {'fails' if failing else 'does not fail'}", flush=True)
        print(*(f"    {line[:160]}" for line in failing), sep="\n", end="\n" if failing else "", flush=True)
        wrong += bool(failing) == (name == AS_IT_IS)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
