"""What a team's settings say about its payments and receipts."""

from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

_DAYS_TO_PAY = 5
_DAYS_OF_WARNING = 1


def avoids_receipts(sandbox: Sandbox, scope: Scope) -> bool:
    """Tell whether payments are to have no receipts (`avoid_receipts`)."""
    return bool(_settings(sandbox, scope).get("avoid_receipts"))


def cancels_receipts_on_refunds(sandbox: Sandbox, scope: Scope) -> bool:
    """Tell whether a refunded payment takes its open receipts with it (`cancel_receipts_on_refunds`)."""
    return bool(_settings(sandbox, scope).get("cancel_receipts_on_refunds"))


def usual_periodicity(sandbox: Sandbox, scope: Scope) -> str:
    """Return how long receipts live where they do not say it (`periodicity`)."""
    return str((_settings(sandbox, scope).get("periodicity") or {}).get("value") or "month")


def days_to_pay(sandbox: Sandbox, scope: Scope) -> int:
    """Return after how many days a requested payment is due (`limit_days_to_pay`)."""
    days = _settings(sandbox, scope).get("limit_days_to_pay")
    return _DAYS_TO_PAY if days is None else int(days)


def days_of_warning(sandbox: Sandbox, scope: Scope) -> int | None:
    """Return how many days before that a payer is reminded (`payment_reminders`); None: not at all."""
    wanted = _settings(sandbox, scope).get("payment_reminders") or {}
    days = wanted.get("days")
    return None if wanted.get("enabled") is False else _DAYS_OF_WARNING if days is None else int(days)


def _settings(sandbox: Sandbox, scope: Scope) -> Row:
    return (sandbox.teams.anywhere(scope[1]) or {}).get("settings") or {}
