"""Which sales to the general public a global invoice is for."""

from datetime import datetime

from gigstack_events.sandbox.invoicing.seals import MEXICO
from gigstack_events.sandbox.tables import Row

_CODES = {"day": "01", "week": "02", "two_weeks": "03", "month": "04", "two_months": "05"}


def period(periodicity: str, now_ms: int) -> Row:
    """Return the `global` of an invoice of now; two months have numbers of their own, from 13 on."""
    now, code = datetime.fromtimestamp(now_ms / 1000, MEXICO), _CODES.get(periodicity, "04")
    month = 12 + (now.month + 1) // 2 if code == "05" else now.month
    return {"periodicity": code, "months": f"{month:02}", "year": now.year}
