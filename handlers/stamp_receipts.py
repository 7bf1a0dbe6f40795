"""Stamps the receipts of a payment once it has succeeded: every receipt becomes one CFDI, once."""

import contextlib
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any

from gigstack_events import (
    ApiError,
    Context,
    DidNotHappen,
    Event,
    GiveUp,
    Happened,
    Park,
    RetryLater,
    on,
)
from gigstack_events.api import Client, NotFound, Payment, Receipt, UnexpectedAnswer
from gigstack_events.cfdi_refusals import Done
from gigstack_events.events import FISCAL_DATA
from gigstack_events.stamp_options import TO_BE_PAID, Lack, LeftOut, NotPending, StampOptions, why_left_out

_STAMP = "receipt:stamp"
_EVENTS = ("payment.succeeded", "receipt.created")


@on(*_EVENTS, options=StampOptions, trust="signed", key="object.client", timeout=300)
def stamp_receipts(event: Event, ctx: Context) -> dict[str, Any]:
    """Stamp the pending receipts of a succeeded payment."""
    doubtful = ctx.in_doubt(_STAMP)
    try:
        payment = _payment(event, ctx)
    except LeftOut as why:
        ours = {"stamped": _settled(doubtful, str(why), ctx)}
        return {"skipped": str(why), **(ours if doubtful else {})}
    receipts, absent = _receipts(payment, event, doubtful, ctx)
    if not receipts and (later := ctx.options.next_look(ctx.age)) is not None:
        raise RetryLater(later, "no receipts yet")
    lacks = _lacks(receipts, ctx)
    held = {id for lack in lacks for id in lack.receipts}
    if ctx.options.dry_run:
        ready = [receipt.id for receipt in receipts if receipt.is_pending and receipt.id not in held]
        return {"payment": payment.id, "would_stamp": ready, **_left(absent, lacks)}
    for lack in lacks:
        _tell(lack, payment, ctx)
    # Those that have their CFDI too, for it may be ours, and its outcome not on record yet.
    ids = [receipt.id for receipt in sorted(receipts, key=lambda r: not r.is_pending)]
    done = _stamp_each([id for id in ids if id not in held], ctx)
    done.stamped += _settled([id for id in doubtful if id in held], "its client lacks data", ctx)
    _judge(done, lacks, ctx)
    if absent and (later := ctx.options.next_look(ctx.age)) is not None:
        raise RetryLater(later, absent[0])
    done.left += absent
    return {"payment": payment.id, **done.told, **_left(done.left, lacks)}


def _left(left: list[str], lacks: list[Lack]) -> dict[str, Any]:
    told = [*left, *(f"{lack}, for {', '.join(lack.receipts)}" for lack in lacks)]
    return {"left": told} if told else {}


def _settled(doubtful: list[str], why: str, ctx: Context) -> list[str]:
    """Those that an earlier attempt has stamped, of receipts that are not to be stamped any more."""

    def left_out() -> None:
        raise NotPending(why)

    stamped = []
    for id in doubtful:
        with contextlib.suppress(NotPending):
            stamped += [id] if _stamp(id, left_out, ctx) else []
    return stamped


def _payment(event: Event, ctx: Context) -> Payment:
    """The payment as the API has it now: it may have been given back since. Raises LeftOut."""
    match event.type.partition(".")[0]:
        case "payment":
            told = Payment.model_validate(event.object)
            if not told.is_succeeded:
                raise LeftOut(why_left_out(told, ctx.options))
            paid_by, known = [told.id], event.object
        case "receipt":
            paid_by, known = Receipt.model_validate(event.object).payments, {}
        case _:
            raise LeftOut(f"{event.type} is about neither a payment nor a receipt")
    reasons = []
    for id in paid_by:
        now = ctx.gigstack.payments.get(id).model_dump(exclude_unset=True)
        payment = Payment.model_validate({**known, **now})  # an answer may lack what the event had
        if not payment.status:
            raise _without_status("payment", id)
        if not (why := why_left_out(payment, ctx.options)):
            return payment
        if known and payment.status in TO_BE_PAID:  # the API may lag behind its own event
            raise ctx.options.once_more(ctx.age, f"{why}, though its event says that it succeeded")
        reasons.append(why)
    raise LeftOut("; ".join(reasons) or "the receipt belongs to no payment")


def _without_status(noun: str, id: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"{noun} {id} came without its status", outcome="not_done", transient=True)


def _receipts(
    payment: Payment, event: Event, doubtful: list[str], ctx: Context
) -> tuple[list[Receipt], list[str]]:
    """The receipts concerned, not all named by the payment, and a sentence on each that is not shown."""
    whole, most = ctx.options.scope == "client", ctx.options.most
    client = payment.client.id if payment.client else ""
    listed = ctx.gigstack.receipts.list(client_id=client, status="pending") if client else iter(())
    wanted = (receipt for receipt in listed if whole or payment.id in receipt.payments)
    found = {receipt.id: receipt for receipt in islice(wanted, most + 1 if whole else None)}
    own = event.object.get("receipts") if event.type.startswith("payment.") else [event.object.get("id")]
    named = {*payment.receipts, *Payment.model_validate({"receipts": own}).receipts, *doubtful}
    receipts = [*found.values(), *filter(None, (_find(id, ctx) for id in sorted(named - found.keys())))]
    if whole and sum(receipt.is_pending for receipt in receipts) > most:
        raise Park(
            f"client {client} has more than `most` ({most}) pending receipts: look at them,"
            " then raise `most` and replay the event"
        )
    unseen = sorted(named - {receipt.id for receipt in receipts})
    return receipts, [f"gigstack shows no receipt {id}" for id in unseen]


def _find(id: str, ctx: Context) -> Receipt | None:
    with contextlib.suppress(NotFound):  # deleted since, or not shown yet: the others shall not wait for it
        return ctx.gigstack.receipts.get(id)
    return None


def _lacks(receipts: list[Receipt], ctx: Context) -> list[Lack]:
    """The clients of these receipts who cannot get a CFDI as they are."""
    owned: dict[str, list[str]] = {}
    for receipt in receipts:
        if receipt.is_pending and receipt.client and receipt.client.id:
            owned.setdefault(receipt.client.id, []).append(receipt.id)
    looked_at = [Lack(*_look_at(id, ctx), owned[id]) for id in sorted(owned)]
    return [lack for lack in looked_at if lack.missing]


def _look_at(id: str, ctx: Context) -> tuple[Client, list[str]]:
    """The client, and what it lacks in two answers: one that leaves something out once proves nothing."""
    try:
        client = ctx.gigstack.clients.get(id)
        missing = client.missing_fiscal_data and ctx.gigstack.clients.get(id).missing_fiscal_data
        return client, [name for name in client.missing_fiscal_data if name in missing]
    except NotFound:
        return Client(id=id), ["client"]


def _tell(lack: Lack, payment: Payment, ctx: Context) -> None:
    """Let the rule that the operator named hear of it; again where something else is missing."""
    if not ctx.options.tell:
        return
    client = {name: getattr(lack.client, name) for name in ("id", "name", "legal_name")}
    facts = {
        "client": {name: value for name, value in client.items() if value},
        "lacks": lack.missing,
        "payment": payment.id,
        "receipts": lack.receipts,
        "lacking": ctx.options.lacking,
    }
    ctx.tell(FISCAL_DATA, ctx.options.tell, " ".join((payment.id, lack.client.id, *lack.missing)), facts)


def _stamp_each(ids: list[str], ctx: Context) -> Done:
    """Each by its own effect; each attempt begins with another one, so that a failure holds up no other."""
    done = Done()
    waiting: list[RetryLater] = []
    parked: list[Park] = []
    acted: list[str] = []
    began = time.time()
    last = began + 0.9 * (ctx.deadline - began)  # rather come again than be ended in the middle of a stamp
    first = (ctx.attempt - 1) % max(len(ids), 1)
    for number, id in enumerate([*ids[first:], *ids[:first]]):
        if number and time.time() > last:
            done.untried = len(ids) - number
            break
        try:
            first_time = _stamp(id, partial(_make, id, acted, ctx), ctx)
            (done.stamped if first_time else done.already).append(id)
        except NotPending as other:
            done.left.append(str(other))
        except RetryLater as later:
            waiting.append(later)
        except Park as park:
            parked.append(park)
        except ApiError as refusal:
            if not refusal.final:
                raise
            done.refused.add(id, refusal)
    if done.untried and acted:  # else it would try the same ones for ever
        raise RetryLater(0, "there are more receipts than one run has time for: it goes on")
    if waiting:
        raise min(waiting, key=lambda later: later.after)
    if parked:
        raise parked[0]
    return done


def _judge(done: Done, lacks: list[Lack], ctx: Context) -> None:
    """Whether the run is done, fails, or waits for its clients: what is refused needs a person at once."""
    held = [] if ctx.options.lacking == "skip" else [str(lack) for lack in lacks]
    late = [f"{done.untried} more receipts had no turn in the time of the run"] if done.untried else []
    if not (done.refused or late) and held and (pause := ctx.options.patience(ctx.age)):
        days = ctx.options.wait_days
        raise RetryLater(pause, f"{'; '.join(held)}: looked at again for {days:g} days at most")
    if held:
        held[-1] += ": complete it in gigstack, then retry this run"
    if problems := [*done.refused.sentences(ctx.gigstack, ctx.deadline), *late, *held]:
        raise GiveUp("; ".join(problems))


def _stamp(id: str, make: Callable[[], Any], ctx: Context) -> bool:
    """Make a receipt's CFDI, once; False where somebody else had."""

    def check() -> Happened | DidNotHappen:
        receipt = _look(id, ctx)
        if receipt.is_stamped or receipt.invoices:
            return Happened({"receipt": id, "invoices": receipt.invoices})
        return DidNotHappen()

    # The API takes no idempotency key for stamps, so `key` cannot help: the ledger and `check` do.
    told = ctx.effect(_STAMP, lambda key: make(), on=id, check=check)
    return not (isinstance(told, dict) and "note" in told)


def _make(id: str, acted: list[str], ctx: Context) -> dict[str, Any]:
    receipt = _look(id, ctx)  # the list is some moments old, and people stamp by hand too
    if receipt.is_stamped or receipt.invoices:
        acted.append(id)
        return {"receipt": id, "invoices": receipt.invoices, "note": f"it was {receipt.status} already"}
    if not receipt.is_pending:  # not on record as done: it may be opened again, and then be stamped
        raise NotPending(f"receipt {id} is {receipt.status}")
    answer = ctx.gigstack.receipts.stamp(id)
    acted.append(id)
    return {"receipt": id, "answer": answer.id, "invoices": answer.invoices}


def _look(id: str, ctx: Context) -> Receipt:
    receipt = ctx.gigstack.receipts.get(id)
    if not (receipt.status or receipt.invoices):
        raise _without_status("receipt", id)
    return receipt
