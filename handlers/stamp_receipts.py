"""Stamps the receipts of a payment once it has succeeded: every receipt becomes one CFDI, once."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gigstack_events import (
    ApiError,
    Context,
    DidNotHappen,
    Event,
    GiveUp,
    Happened,
    NotDone,
    Park,
    RetryLater,
    on,
)
from gigstack_events.api import CfdiRefused, NotFound, Payment, Receipt


class NotPending(NotDone):
    """The receipt is not to be stamped as it is now."""


class StampOptions(BaseModel):
    """What an operator may choose, as JSON in `GIGSTACK_HANDLER_STAMP_RECEIPTS`."""

    model_config = ConfigDict(extra="forbid")

    scope: Literal["payment", "client"] = "payment"
    """Which receipts: those of the payment, or all that the client has pending."""
    most: int = Field(default=50, gt=0)
    """With scope `client`: park rather than stamp more than this; first use shall not stamp old backlogs."""
    dry_run: bool = False
    """Only say what would be stamped."""
    look_again: tuple[float, ...] = (60, 300, 900, 3600)
    """Receipts may appear late: when to look again, in seconds after the event."""


@on(
    "payment.succeeded",
    "receipt.created",
    options=StampOptions,
    trust="signed",
    key="object.client",
    timeout=300,
)
def stamp_receipts(event: Event, ctx: Context) -> dict[str, Any]:
    """Stamp the pending receipts of a succeeded payment."""
    payment = _payment(event, ctx)
    if payment is None or not payment.is_succeeded:
        return {
            "skipped": f"the payment is {payment.status}" if payment else "the receipt belongs to no payment"
        }
    receipts = _receipts(payment, ctx)
    pending = [receipt for receipt in receipts if receipt.is_pending]
    if not receipts and (later := _next_look(ctx)) is not None:
        raise RetryLater(later, "no receipts yet")
    if not pending or ctx.options.dry_run:
        return (
            {"payment": payment.id, "would_stamp": [r.id for r in pending]} if pending else _nothing(payment)
        )
    _require_fiscal_data(pending, ctx)
    return {"payment": payment.id, **_stamp_each(pending, ctx)}


def _payment(event: Event, ctx: Context) -> Payment | None:
    if event.type == "payment.succeeded":
        return Payment.model_validate(event.object)
    paid_by = Receipt.model_validate(event.object).payments
    return ctx.gigstack.payments.get(paid_by[0]) if paid_by else None


def _receipts(payment: Payment, ctx: Context) -> list[Receipt]:
    """The receipts concerned; the client's too, for the payment may not name a late one yet."""
    whole_client = ctx.options.scope == "client"
    client = payment.client.id if payment.client else ""
    listed = ctx.gigstack.receipts.list(client_id=client, status="pending") if client else iter(())
    found = {r.id: r for r in listed if whole_client or payment.id in r.payments}
    if whole_client and len(found) > ctx.options.most:
        most = ctx.options.most
        raise Park(
            f"client {client} has {len(found)} pending receipts, more than `most` ({most}): look first"
        )
    named = {*payment.receipts, *ctx.gigstack.payments.get(payment.id).receipts}
    others = (_find(id, ctx) for id in sorted(named - found.keys()))
    return [*found.values(), *(receipt for receipt in others if receipt)]


def _find(id: str, ctx: Context) -> Receipt | None:
    try:
        return ctx.gigstack.receipts.get(id)
    except NotFound:  # deleted since: the others shall not wait for it
        return None


def _next_look(ctx: Context) -> float | None:
    return next((when - ctx.age for when in ctx.options.look_again if when > ctx.age), None)


def _nothing(payment: Payment) -> dict[str, Any]:
    return {"payment": payment.id, "stamped": [], "note": "nothing to stamp"}


def _require_fiscal_data(receipts: list[Receipt], ctx: Context) -> None:
    for id in sorted({receipt.client.id for receipt in receipts if receipt.client and receipt.client.id}):
        if missing := ctx.gigstack.clients.get(id).missing_fiscal_data:
            raise GiveUp(
                f"client {id} lacks {', '.join(missing)}: complete it in gigstack, then retry this run"
            )


def _stamp_each(receipts: list[Receipt], ctx: Context) -> dict[str, list[str]]:
    """One effect for each receipt, so that one that fails holds up no other."""
    stamped: list[str] = []
    left: list[str] = []
    waiting: list[RetryLater] = []
    stuck: list[Park | GiveUp] = []
    for receipt in receipts:
        try:
            _stamp(receipt.id, ctx)
            stamped.append(receipt.id)
        except NotPending as other:
            left.append(str(other))
        except RetryLater as later:
            waiting.append(later)
        except Park as parked:
            stuck.append(parked)
        except ApiError as refusal:
            if refusal.transient or refusal.status in (401, 403):
                raise
            what = "cannot become a CFDI" if isinstance(refusal, CfdiRefused) else "was refused"
            stuck.append(GiveUp(f"receipt {receipt.id} {what}: {refusal}"))
    if waiting:
        raise min(waiting, key=lambda later: later.after)
    if stuck:
        raise stuck[0]
    return {"stamped": stamped, "left": left} if left else {"stamped": stamped}


def _stamp(id: str, ctx: Context) -> None:
    def do(key: str) -> dict[str, Any]:
        # The list is some moments old, and people stamp by hand too.
        receipt = ctx.gigstack.receipts.get(id)
        if receipt.is_stamped or receipt.invoices:
            return {"receipt": id, "invoices": receipt.invoices, "note": f"it was {receipt.status} already"}
        if not receipt.is_pending:  # not on record as done: it may be opened again, and then be stamped
            raise NotPending(f"receipt {id} is {receipt.status}")
        answer = ctx.gigstack.receipts.stamp(id)
        return {"receipt": id, "answer": answer.id, "invoices": answer.invoices}

    def check() -> Happened | DidNotHappen:
        receipt = ctx.gigstack.receipts.get(id)
        if receipt.is_stamped or receipt.invoices:
            return Happened({"receipt": id, "invoices": receipt.invoices})
        return DidNotHappen()

    # The API takes no idempotency key for stamps, so `key` cannot help: the ledger and `check` do.
    ctx.effect("receipt:stamp", do, on=id, check=check)
