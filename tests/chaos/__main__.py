"""A chaos run: `python -m tests.chaos --seed N --receipts 10000 --workers 8`; ends with a table.

Exit code 1 says that something was lost or made twice, or that the run was not hard enough to tell.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos.conductor import Conductor
from tests.chaos.form import long_form, short_form


def main() -> int:
    """Run and print."""
    asked = _arguments()
    seed = random.SystemRandom().randrange(1_000_000) if asked.seed is None else asked.seed
    folder = asked.folder or Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-"))
    form = (short_form if asked.short else long_form)(asked.receipts, asked.workers)
    print(f"seed {seed}; logs, answers, journal and table in {folder}", flush=True)
    table = Conductor(form, seed, folder).run()
    print(table)
    return 1 if table.failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="fixes every choice (default: a random one, printed)")
    parser.add_argument("--receipts", type=int, default=10_000, help="how many become due (%(default)s)")
    parser.add_argument("--workers", type=int, default=8, help="of both supervisors (%(default)s)")
    parser.add_argument("--short", action="store_true", help="times at a tenth, as in the test suite")
    parser.add_argument("--folder", type=Path, help="where logs and table go (default: a new one)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
