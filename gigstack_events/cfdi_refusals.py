"""What came of receipts; refused CFDI put into words, with what gigstack's catalogue says of their code."""

import time
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from gigstack_events.api import Gigstack
from gigstack_events.api.errors import CfdiRefused
from gigstack_events.errors import ApiError

MOST_NAMED = 5
ONE_PAGE = 100
TIME_S = 15.0
"""A reading of the catalogue is not begun later than this before the run's end."""


class Refusals:
    """The receipts of one run that were refused, by what was said of them."""

    def __init__(self) -> None:
        self._matters: dict[str, tuple[ApiError, str, list[str]]] = {}

    def __bool__(self) -> bool:
        return bool(self._matters)

    def add(self, receipt: str, error: ApiError) -> None:
        """Note one; the same code, or the same words, about several receipts are one matter."""
        told = str(error).removeprefix(f"POST /receipts/{receipt}/stamp: ")
        matter = getattr(error, "cfdi_code", "") or told
        self._matters.setdefault(matter, (error, told, []))[2].append(receipt)

    def sentences(self, gigstack: Gigstack, deadline: float) -> list[str]:
        """What to tell of each. The catalogue is only read, and where it cannot be, the refusal stands alone.

        `deadline` is the run's, in epoch seconds.
        """
        return [
            f"{_named(receipts, error)}: {told}{self._explained(error, gigstack, deadline)}"
            for error, told, receipts in self._matters.values()
        ]

    def _explained(self, error: ApiError, gigstack: Gigstack, deadline: float) -> str:
        code = error.cfdi_code if isinstance(error, CfdiRefused) else ""
        if not code or deadline - time.time() < TIME_S:
            return ""
        try:
            listed = gigstack.bound(timeout=TIME_S / 3).invoices.list_cfdi_errors(code=code)
            row = next((row for row in islice(listed, ONE_PAGE) if row.code == code), None)
        except ApiError:
            return ""
        if row is None:
            return ""
        news = row.description if (row.description or "").casefold() not in str(error).casefold() else ""
        parts = (news, row.explanation, row.solution and f"Qué hacer: {row.solution}")
        return "".join(f". {part.rstrip('.')}" for part in parts if part)


@dataclass(slots=True)
class Done:
    """What came of the receipts of one run."""

    stamped: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    refused: Refusals = field(default_factory=Refusals)
    untried: int = 0

    @property
    def told(self) -> dict[str, Any]:
        """For the result."""
        already = {"already": self.already} if self.already else {}
        return {"stamped": self.stamped, **already} | ({} if self.stamped else {"note": "nothing to stamp"})


def _named(receipts: list[str], error: ApiError) -> str:
    shown = ", ".join(receipts[:MOST_NAMED])
    more = f" and {len(receipts) - MOST_NAMED} more" if len(receipts) > MOST_NAMED else ""
    one = len(receipts) == 1
    if isinstance(error, CfdiRefused):
        return (
            f"receipt {shown} cannot become a CFDI" if one else f"receipts {shown}{more} cannot become CFDI"
        )
    return f"receipt {shown} was refused" if one else f"receipts {shown}{more} were refused"
