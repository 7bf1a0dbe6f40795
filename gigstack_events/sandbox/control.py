"""The control routes under `/_sandbox`: what only a stand-in has. No key is asked for."""

from dataclasses import asdict

from gigstack_events.sandbox.business import moving_in as business
from gigstack_events.sandbox.replies import invalid, missing
from gigstack_events.sandbox.sales.clients import make_client
from gigstack_events.sandbox.sales.payments import Aftermath, collect, make_payment
from gigstack_events.sandbox.sat.control import steer
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.steering import control_route, wanted_scope
from gigstack_events.sandbox.tables import Row, Scope
from gigstack_events.sandbox.webhooks import triggers
from gigstack_events.sandbox.webhooks.events import Event, new_event, raw_event
from gigstack_events.sandbox.webhooks.sender import Manner
from gigstack_events.sandbox.wishes import LONGEST, MOST_COPIES, MOST_RECEIPTS, check_wishes

_FISCAL = {
    "legal_name": "PERSONA DE PRUEBA",
    "tax_id": "PEGJ800101ABC",
    "tax_system": "612",
    "use": "G03",
    "address": {"zip": "03100", "country": "MEX"},
}

_FARTHEST = 100 * 366 * 86_400


async def _pay(sandbox: Sandbox, body: Row) -> Row:
    """Let a client pay: a succeeded payment with its receipts, now or late, and the signed event.

    With `paid` false it is only asked for: its receipts wait, and there is no event.
    """
    check_wishes(body)
    scope = wanted_scope(body)
    client = _payer(sandbox, scope, body.get("client"))
    groups = _groups(sandbox, body.get("receipts", 3))
    paid = body.get("paid", True)
    status = "succeeded" if paid else "requires_payment_method"
    payment = make_payment(sandbox, scope, client, status, items=[item for [item] in groups])
    after = Aftermath(
        groups,
        late=body.get("late"),
        send=paid and body.get("send", True),
        receipt_events=body.get("receipt_events", False),
        manner=_manner(body),
    )
    return {
        "client": client["id"],
        "payment": payment["id"],
        **collect(sandbox, scope, payment, after),
    }


async def _add_receipts(sandbox: Sandbox, body: Row) -> Row:
    """Add receipts to a payment, as they come late in life; tells nobody. Returns their ids."""
    payment = sandbox.payments.anywhere(str(body.get("payment")))
    if payment is None:
        raise missing("Payment", str(body.get("payment")))
    count = int(body.get("receipts", 1))
    if not 0 <= count <= MOST_RECEIPTS:
        raise invalid(f"receipts is a whole number from 0 to {MOST_RECEIPTS}", "receipts")
    groups = _groups(sandbox, count)
    after = Aftermath(groups, late=0, send=False)
    return collect(sandbox, (payment["livemode"], payment["team"]), payment, after)


def _groups(sandbox: Sandbox, count: int) -> list[list[Row]]:
    amounts = sandbox.choices("amounts")
    return [_item(amounts.randrange(100, 5000)) for _ in range(count)]


def _item(price: int) -> list[Row]:
    tax = {"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False}
    return [{"description": "Servicio", "quantity": 1, "unit_price": price, "taxes": [tax]}]


def _payer(sandbox: Sandbox, scope: Scope, wanted: object) -> Row:
    if isinstance(wanted, str):
        client = sandbox.clients.find(scope, wanted)
        if client is None:
            raise missing("Client", wanted)
        return client
    fields = (
        wanted if isinstance(wanted, dict) else {"name": f"Cliente {len(sandbox.clients) + 1}", **_FISCAL}
    )
    return make_client(sandbox, scope, fields)


def _manner(body: Row) -> Manner:
    signature = body.get("signature", "good")
    if signature not in ("good", "bad", "none"):
        raise invalid("signature is good, bad or none")
    duplicates, reorder = float(body.get("duplicates", 0)), float(body.get("reorder", 0))
    if not 0 <= duplicates <= MOST_COPIES:
        raise invalid(f"duplicates is a number from 0 to {MOST_COPIES}", "duplicates")
    if not 0 <= reorder <= LONGEST:
        raise invalid(f"reorder is a number of seconds from 0 to {LONGEST}", "reorder")
    return Manner(duplicates, reorder, signature)


async def _send(sandbox: Sandbox, body: Row) -> Row:
    """Send an event: one that was sent before, a new one, or any body at all.

    `event` is the id of an earlier one; `type` with `object` or `resource` (an id) makes a new one; `body`
    is signed and sent as it is. `webhook` sends to that endpoint only.
    """
    event = _event(sandbox, body)
    copies = sandbox.sender.send(event, _manner(body), only=body.get("webhook"))
    return {"event": event.id, "copies": copies}


def _event(sandbox: Sandbox, body: Row) -> Event:
    if id := body.get("event"):
        if id not in sandbox.sender.events:
            raise missing("Event", str(id))
        return sandbox.sender.events[id]
    if isinstance(body.get("body"), dict):
        return raw_event(body["body"], wanted_scope(body))
    object = body.get("object") or sandbox.resource(str(body.get("resource")))
    if not body.get("type") or not isinstance(object, dict):
        raise invalid("give event, or type and object, or type and resource, or body")
    return new_event(body["type"], object, wanted_scope({**object, **body}))


async def _journal(sandbox: Sandbox, body: Row) -> Row:
    """Tell everything, or `only` some of the books and receipts; `since` is a time in ms."""
    journal, since = sandbox.journal, int(body.get("since", 0))
    books = {
        "cfdis": journal.cfdis,
        "calls": journal.calls,
        "deliveries": journal.deliveries,
        "charges": journal.charges,
    }
    only = str(body.get("only") or ",".join(books)).split(",")
    if unknown := {*only} - {*books, "receipts"}:
        raise invalid(f"there is no {', '.join(sorted(unknown))} in the journal", "only")
    books["receipts"] = [_in_short(row) for row in sandbox.receipts] if "receipts" in only else []
    return {name: [row for row in books[name] if row["at"] >= since] for name in only}


def _in_short(receipt: Row) -> Row:
    shown = {name: receipt[name] for name in ("id", "status", "payments", "invoices")}
    return {**shown, "client": receipt["client"]["id"], "at": receipt["created_at"] * 1000}


async def _summary(sandbox: Sandbox, body: Row) -> Row:
    """Count; `*_to_come` and `deliveries_waiting` at zero mean that nothing more happens by itself."""
    stamps = sandbox.journal.stamps
    pending = sum(row["status"] in ("pending", "open") for row in sandbox.receipts)
    return {
        "clients": len(sandbox.clients),
        "payments": len(sandbox.payments),
        "receipts": len(sandbox.receipts),
        "receipts_pending": pending,
        "receipts_to_come": sandbox.clock.coming,
        "stamped_once": sum(count == 1 for count in stamps.values()),
        "stamped_more_than_once": sum(count > 1 for count in stamps.values()),
        "cfdis": len(sandbox.journal.cfdis),
        "charges": len(sandbox.journal.charges),
        "charged_more_than_once": sum(count > 1 for count in sandbox.journal.paid.values()),
        "calls": len(sandbox.journal.calls),
        "deliveries": len(sandbox.journal.deliveries),
        "deliveries_waiting": sandbox.sender.waiting,
        "seed": sandbox.options.seed,
    }


async def _clock(sandbox: Sandbox, body: Row) -> Row:
    """Tell the sandbox's time in epoch ms; with `advance`, put it forward by so many seconds first."""
    seconds = float(body.get("advance", 0))
    if seconds + sandbox.clock.ahead_ms / 1000 > _FARTHEST:
        raise invalid("advance: the sandbox is a hundred years ahead of the real time at most", "advance")
    if not 0 <= seconds <= 10 * 366 * 86_400:
        raise invalid("advance is a number of seconds, 0 or more and at most ten years", "advance")
    if seconds:
        sandbox.clock.advance(seconds)
    return {"now": sandbox.now_ms(), "ahead": sandbox.clock.ahead_ms}


async def _add_fault(sandbox: Sandbox, body: Row) -> Row:
    return asdict(sandbox.faults.add(body))


async def _list_faults(sandbox: Sandbox, body: Row) -> Row:
    return {"faults": [asdict(fault) for fault in sandbox.faults.active]}


async def _clear_faults(sandbox: Sandbox, body: Row) -> Row:
    sandbox.faults.clear()
    return {"faults": []}


ROUTES = [
    control_route("POST", "/pay", _pay),
    control_route("POST", "/receipts", _add_receipts),
    control_route("POST", "/send", _send),
    control_route("POST", "/sat", steer),
    control_route("GET", "/journal", _journal),
    control_route("GET", "/summary", _summary),
    control_route("GET", "/clock", _clock),
    control_route("POST", "/clock", _clock),
    control_route("GET", "/faults", _list_faults),
    control_route("POST", "/faults", _add_fault),
    control_route("DELETE", "/faults", _clear_faults),
    *triggers.ROUTES,
    *business.ROUTES,
]
