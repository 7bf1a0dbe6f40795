"""A run of the reactions: `python -m tests.reactions --seed N --events 5000`; ends with a table.

Exit code 1 says that a promise of a reaction was broken, or that the run was not hard enough to tell.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.reactions.conductor import Conductor
from tests.reactions.form import long_form, short_form


def main() -> int:
    """Run and print."""
    asked = _arguments()
    seed = random.SystemRandom().randrange(1_000_000) if asked.seed is None else asked.seed
    folder = asked.folder or Path(tempfile.mkdtemp(prefix=f"reactions-{seed}-"))
    folder.mkdir(parents=True, exist_ok=True)
    form = (short_form if asked.short else long_form)(asked.events)
    print(f"seed {seed}; logs, what the sink and the sandbox saw, and the table in {folder}", flush=True)
    table = Conductor(form, seed, folder).run()
    print(table)
    return 1 if table.failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.reactions", description=__doc__)
    parser.add_argument("--seed", type=int, help="fixes every choice (default: a random one, printed)")
    parser.add_argument("--events", type=int, default=5000, help="how many are sent (%(default)s)")
    parser.add_argument("--short", action="store_true", help="all in half a minute, as in the test suite")
    parser.add_argument("--folder", type=Path, help="where logs and table go (default: a new one)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
