"""What importing the library costs: `python -m benchmarks.imports [--rounds 10]`.

Each import is a process of its own, in turns; the best of all rounds counts, in milliseconds of processor
time over an empty interpreter's. The ratio is to httpx and pydantic alone, which the library stands on: at
most 1.5 is promised for the library and its client.
"""

import argparse
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
EMPTY = "pass"
LEAST_S = 0.001
GROUND = "import httpx; from pydantic import BaseModel"
PROGRAMS = {
    "httpx and pydantic": GROUND,
    "import gigstack_events": "import gigstack_events",
    "the API client": "from gigstack_events.api import Gigstack",
    "and one of its resources": "from gigstack_events.api import Gigstack; Gigstack('sk_test_x').receipts",
    "the receiver": "import receiver.__main__",
}


def cost(program: str) -> float:
    """Processor time of one process, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)  # noqa: S603 - ours
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(rounds: int) -> dict[str, float]:
    """The best of some rounds for each program, without what the interpreter itself costs."""
    texts = [EMPTY, *PROGRAMS.values()]
    for text in texts:  # compiles what is not compiled yet
        cost(text)
    best = {
        text: min(costs) for text, costs in zip(texts, zip(*_rounds(texts, rounds), strict=True), strict=True)
    }
    return {name: max(best[text] - best[EMPTY], LEAST_S) for name, text in PROGRAMS.items()}


def _rounds(texts: list[str], rounds: int) -> list[list[float]]:
    return [[cost(text) for text in texts] for _ in range(rounds)]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=10, help="processes for each (default: 10)")
    found = measure(parser.parse_args().rounds)
    print(f"{'to import':<32}{'ms':>10}{'ratio':>8}")
    for name, seconds in found.items():
        ratio = seconds / found["httpx and pydantic"]
        print(f"{name:<32}{seconds * 1000:>10.0f}{ratio:>8.2f}")


if __name__ == "__main__":
    main()
