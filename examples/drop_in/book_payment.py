"""book_payment: each payment that succeeds becomes one entry in the accounting system."""

from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from gigstack_events import Context, Event, NotDone, Park, RetryLater, on
from gigstack_events.api.models import Payment

MEXICO_CITY = timezone(timedelta(hours=-6))  # no daylight saving time since 2022


class Options(BaseModel):
    """What an operator may choose, as JSON in GIGSTACK_HANDLER_BOOK_PAYMENT."""

    model_config = ConfigDict(extra="forbid")

    url: HttpUrl
    """Where the accounting system takes entries."""
    account: str = Field(default="102.01", pattern=r"^\d{3}\.\d{2}$")
    """The account that is debited, in the SAT's code list; 102.01 is national banks."""


class Busy(NotDone):
    """The accounting system wants to be asked again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__("the accounting system is busy")
        self.seconds = seconds


class Refused(NotDone):
    """The accounting system does not take this entry."""


@on("payment.succeeded", options=Options, writes=False)
def book_payment(event: Event, ctx: Context) -> dict[str, Any]:
    """Enter a payment into the accounts, once."""
    entry = _entry(event, ctx.options.account)

    def enter(key: str) -> Any:
        # The same key again is the same entry: this is what makes the act repeatable.
        headers = {"idempotency-key": key}
        reply = httpx.post(str(ctx.options.url), json=entry, headers=headers, timeout=10)
        if reply.status_code == 503:
            wait = reply.headers.get("retry-after", "")
            raise Busy(float(wait) if wait.isdecimal() else 60)
        if reply.status_code in (400, 422):
            raise Refused(f"the accounting system refuses the entry with {reply.status_code}")
        reply.raise_for_status()  # nobody knows: it is done again, with the same key
        return reply.json()["number"]

    try:
        number = ctx.effect("entry", enter, on=entry["reference"], repeatable=True)
    except Busy as busy:
        raise RetryLater(busy.seconds, str(busy)) from None
    except Refused as refusal:
        raise Park(f"{refusal}: correct that there, then `runs retry`") from None
    return {"entry": number}


def _entry(event: Event, account: str) -> dict[str, Any]:
    payment = Payment.model_validate(event.object)
    if payment.succeeded_at is None:
        raise Park("the payment does not say when it was made: enter it by hand, then `runs cancel`")
    paid_at = datetime.fromtimestamp(payment.succeeded_at / 1000, MEXICO_CITY)
    return {
        "reference": payment.id,
        "account": account,
        "date": paid_at.date().isoformat(),
        "amount": payment.total,
        "currency": payment.currency or "MXN",
        "rfc": payment.client.tax_id if payment.client else None,
    }
