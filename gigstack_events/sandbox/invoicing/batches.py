"""Batches in the sandbox: up to a thousand income invoices, queued at once and made by the clock."""

import re
from functools import partial

from gigstack_events.sandbox.invoicing.invoice_fields import invoice_fields
from gigstack_events.sandbox.invoicing.issuing import issue
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, missing, ok
from gigstack_events.sandbox.schemas import check
from gigstack_events.sandbox.schemas.batches import (
    Batch,
    BatchInput,
    BatchInvoice,
    BatchItems,
    BatchItemsQuery,
)
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

_KEY = re.compile(r"[A-Za-z0-9._:-]{8,128}")
_STEP_SECONDS = 0.2
_PER_STEP = 20


def shown(batch: Row) -> Row:
    """Return what the API shows of a batch: its invoices are listed on their own."""
    return {name: value for name, value in batch.items() if name != "_hidden"}


def get_batch(call: Call) -> Row:
    """Return the batch that the path names."""
    row = call.sandbox.batches.find(call.scope, call.id)
    if row is None:
        raise missing("Batch", call.id)
    return row


async def _create(call: Call) -> Row:
    """Queue a batch; the same key returns the same batch."""
    key = str(call.entry["key"] or "")
    if not _KEY.fullmatch(key):
        raise Problem(
            400, "missing_required_field", "The header Idempotency-Key has 8 to 128 of A-Z a-z 0-9 ._:-"
        )
    known = call.sandbox.known("batches", call.scope, key)
    batch = known or _queue(call, key)
    return ok(shown(batch), "Batch queued")


def _queue(call: Call, key: str) -> Row:
    rejected, items = [], []
    for index, given in enumerate(call.body["invoices"]):
        try:
            check(BatchInvoice, given)
        except Problem as problem:
            rejected.append({"index": index, "idempotency_key": _text(given), "error": _error(problem)})
        else:
            items.append(_item(index, given))
    batch: Row = {
        "id": call.sandbox.batches.new_id(),
        "result": "queued",
        "rejected": rejected,
        "counts": {},
        "idempotency_key": key,
        "created_at": call.sandbox.now_ms(),
        "completed_at": None,
        "livemode": call.livemode,
        "team": call.team,
        "_hidden": {"items": items, "call": _origin(call)},
    }
    _count(batch)
    call.sandbox.batches.add(call.scope, batch)
    call.sandbox.remember("batches", call.scope, batch)
    proceed(call.sandbox, call.scope, batch)
    return batch


def proceed(sandbox: Sandbox, scope: Scope, batch: Row) -> None:
    """Let a batch go on in a while, in this process or after another one's end."""
    if batch["completed_at"] is None:
        sandbox.clock.later(_STEP_SECONDS, partial(_go_on, sandbox, scope, batch))


def _origin(call: Call) -> Row:
    return {name: call.entry[name] for name in ("n", "event_id")}


def _text(given: Row) -> str | None:
    key = given.get("idempotency_key")
    return key[:255] if isinstance(key, str) else None


def _item(index: int, given: Row) -> Row:
    return {"index": index, "idempotency_key": given["idempotency_key"], "status": "queued",
            "invoice_id": None, "error": None, "_given": given}  # fmt: skip


def _go_on(sandbox: Sandbox, scope: Scope, batch: Row) -> None:
    """Make the next invoices, and come back for the rest."""
    queued = [item for item in batch["_hidden"]["items"] if item["status"] == "queued"]
    batch["result"] = "processing"
    for item in queued[:_PER_STEP]:
        _make(sandbox, scope, item, batch["_hidden"]["call"])
    _count(batch)
    if len(queued) <= _PER_STEP:
        _finish(sandbox, scope, batch)
    sandbox.batches.keep(batch)
    proceed(sandbox, scope, batch)


def _make(sandbox: Sandbox, scope: Scope, item: Row, origin: Row) -> None:
    given = item.pop("_given")
    try:
        invoice = issue(sandbox, scope, invoice_fields(sandbox, scope, given, "I"), origin)
    except Problem as problem:
        item |= {"status": "failed", "error": _error(problem)}
    else:
        item |= {"status": "stamped", "invoice_id": invoice["uuid"]}


def _error(problem: Problem) -> Row:
    details = problem.details if isinstance(problem.details, list) else []
    code = details[0].get("code") if details else None
    return {"code": code or problem.code, "message": problem.message}


def _count(batch: Row) -> None:
    statuses = [item["status"] for item in batch["_hidden"]["items"]]
    counts = {name: statuses.count(name) for name in ("queued", "stamped", "failed", "needs_review")}
    total = len(statuses) + len(batch["rejected"])
    batch["counts"] = {"total": total, "rejected": len(batch["rejected"]), **counts}


def _finish(sandbox: Sandbox, scope: Scope, batch: Row) -> None:
    counts = batch["counts"]
    whole = "completed" if counts["stamped"] == counts["total"] else "partially_completed"
    batch["result"] = whole if counts["stamped"] else "failed"
    batch["completed_at"] = sandbox.now_ms()
    sandbox.emit("invoice_batch.completed", shown(batch), scope)


async def _get(call: Call) -> Row:
    return ok(shown(get_batch(call)))


async def _items(call: Call) -> Row:
    wanted, limit = call.query.get("status"), int(call.query.get("limit") or 10)
    start = int(call.query.get("next") or 0)
    items = [item for item in get_batch(call)["_hidden"]["items"] if wanted in (None, "", item["status"])]
    items = [{name: value for name, value in item.items() if name != "_given"} for item in items]
    page, has_more = items[start : start + limit], len(items) > start + limit
    return ok({"data": page, "next": str(start + limit) if has_more else None, "has_more": has_more})


OPERATIONS = (
    Operation("invoices.income.create_batch", "POST", "/invoices/income/batch", _create,
              body=BatchInput, answer=Batch),
    Operation("invoices.income.get_batch", "GET", "/invoices/income/batch/{id}", _get, answer=Batch),
    Operation("invoices.income.list_batch_items", "GET", "/invoices/income/batch/{id}/items", _items,
              query=BatchItemsQuery, answer=BatchItems),
)  # fmt: skip
