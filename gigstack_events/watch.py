"""What whoever enforces limits from outside is told of a worker."""

from typing import Protocol

from gigstack_events.ledger.records import Claim
from gigstack_events.routing import Rule


class Watch(Protocol):
    """Whoever enforces limits from outside is told what this process does."""

    def asking(self) -> None:
        """Work is about to be asked for; a claim is as old as this."""

    def claimed(self, claim: Claim, rule: Rule) -> None:
        """A run begins."""

    def ended(self) -> None:
        """It is over, whatever came of it."""


class Unwatched:
    """Nobody enforces limits on this process."""

    def asking(self) -> None:
        """Nothing to note."""

    def claimed(self, claim: Claim, rule: Rule) -> None:
        """Nothing to tell."""

    def ended(self) -> None:
        """Nothing to tell."""
