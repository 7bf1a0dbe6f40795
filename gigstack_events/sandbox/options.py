"""How this sandbox behaves; given once at its start."""

import argparse
from dataclasses import dataclass, fields, replace
from typing import Literal

Range = tuple[float, float]
"""From and to, in seconds; the choice between is seeded."""


@dataclass(frozen=True, slots=True)
class Options:
    """Delays are in seconds. `seed` fixes every choice that the sandbox makes, but not ids."""

    seed: int = 0
    stamp_delay: Range = (0.05, 0.3)
    late: Range = (0.5, 3.0)
    late_share: float = 0.5
    sat_delay: Range = (60.0, 300.0)
    null_rows: float = 0.0
    envelope: Literal["both", "documented", "newer"] = "both"
    rate_limit: float = 0.0
    business: int = 0
    delivery_timeout: float = 5.0
    delivery_attempts: int = 10
    delivery_backoff: float = 0.5
    delivery_concurrency: int = 16


_HELP = {
    "seed": "fixes every choice that the sandbox makes",
    "stamp_delay": "how long a stamp takes, as FROM-TO seconds",
    "late": "how late a late receipt comes, as FROM-TO seconds",
    "late_share": "the share of payments whose receipts come late",
    "sat_delay": "how long the SAT takes for a download, as FROM-TO seconds of the sandbox's time",
    "null_rows": "the share of list pages that carry a null row",
    "envelope": "the shape of errors: both, documented or newer",
    "business": "how many clients the made-up business has that the sandbox begins with, 0 for none",
    "rate_limit": "calls per second that a key may make before it gets a 429, 0 for any number",
    "delivery_timeout": "how long an endpoint may take to answer, in seconds",
    "delivery_attempts": "how often one delivery is tried",
    "delivery_backoff": "the pause before the second attempt in seconds; it doubles up to 30",
    "delivery_concurrency": "how many deliveries run at once",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Offer every option on the command line."""
    for field in fields(Options):
        default = getattr(Options(), field.name)
        kind = _range if isinstance(default, tuple) else type(default)
        shown = "-".join(map(str, default)) if isinstance(default, tuple) else default
        flag = "--" + field.name.replace("_", "-")
        parser.add_argument(flag, type=kind, default=default, help=f"{_HELP[field.name]} ({shown})")


def from_arguments(arguments: argparse.Namespace) -> Options:
    """Read the options back from a parsed command line."""
    return replace(Options(), **{field.name: getattr(arguments, field.name) for field in fields(Options)})


def _range(text: str) -> Range:
    start, _, end = text.partition("-")
    try:
        first, last = float(start), float(end or start)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not FROM-TO in seconds, such as 1-2") from None
    if last < first:
        raise argparse.ArgumentTypeError(f"{text} ends before it starts")
    return first, last
