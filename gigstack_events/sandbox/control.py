"""The control routes under `/_sandbox`: what only a stand-in has. No key is asked for."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gigstack_events.sandbox.clients import make_client
from gigstack_events.sandbox.events import Event, new_event, raw_event
from gigstack_events.sandbox.operations import problem_response, read_body
from gigstack_events.sandbox.payments import Aftermath, collect, make_payment
from gigstack_events.sandbox.replies import Problem, invalid, missing
from gigstack_events.sandbox.sender import Manner
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import TEAM, Row, Scope
from gigstack_events.sandbox.wishes import check_wishes

Control = Callable[[Sandbox, Row], Awaitable[Row]]

_FISCAL = {
    "legal_name": "PERSONA DE PRUEBA",
    "tax_id": "PEGJ800101ABC",
    "tax_system": "612",
    "use": "G03",
    "address": {"zip": "03100", "country": "MEX"},
}


async def _pay(sandbox: Sandbox, body: Row) -> Row:
    """Let a client pay: a succeeded payment with its receipts, now or late, and the signed event."""
    check_wishes(body)
    scope = _scope(body)
    client = _payer(sandbox, scope, body.get("client"))
    amounts = sandbox.choices("amounts")
    groups = [_item(amounts.randrange(100, 5000)) for _ in range(body.get("receipts", 3))]
    payment = make_payment(sandbox, scope, client, "succeeded", items=[item for [item] in groups])
    after = Aftermath(
        groups,
        late=body.get("late"),
        send=body.get("send", True),
        receipt_events=body.get("receipt_events", False),
        manner=_manner(body),
    )
    return {
        "client": client["id"],
        "payment": payment["id"],
        **collect(sandbox, scope, payment, after),
    }


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


def _scope(body: Row) -> Scope:
    return bool(body.get("livemode", True)), str(body.get("team") or TEAM)


def _manner(body: Row) -> Manner:
    signature = body.get("signature", "good")
    if signature not in ("good", "bad", "none"):
        raise invalid("signature is good, bad or none")
    return Manner(float(body.get("duplicates", 0)), float(body.get("reorder", 0)), signature)


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
        return raw_event(body["body"], _scope(body))
    object = body.get("object") or sandbox.resource(str(body.get("resource")))
    if not body.get("type") or not isinstance(object, dict):
        raise invalid("give event, or type and object, or type and resource, or body")
    return new_event(body["type"], object, _scope({**object, **body}))


async def _journal(sandbox: Sandbox, body: Row) -> Row:
    journal = sandbox.journal
    return {"cfdis": journal.cfdis, "calls": journal.calls, "deliveries": journal.deliveries}


async def _summary(sandbox: Sandbox, body: Row) -> Row:
    """Count; `*_to_come` and `deliveries_waiting` at zero mean that nothing more happens by itself."""
    stamps = sandbox.journal.stamps
    pending = sum(row["status"] in ("pending", "open") for row in sandbox.receipts)
    return {
        "clients": len(sandbox.clients),
        "payments": len(sandbox.payments),
        "receipts": len(sandbox.receipts),
        "receipts_pending": pending,
        "receipts_to_come": sandbox.coming,
        "stamped_once": sum(count == 1 for count in stamps.values()),
        "stamped_more_than_once": sum(count > 1 for count in stamps.values()),
        "cfdis": len(sandbox.journal.cfdis),
        "calls": len(sandbox.journal.calls),
        "deliveries": len(sandbox.journal.deliveries),
        "deliveries_waiting": sandbox.sender.waiting,
        "seed": sandbox.options.seed,
    }


async def _add_fault(sandbox: Sandbox, body: Row) -> Row:
    return asdict(sandbox.faults.add(body))


async def _list_faults(sandbox: Sandbox, body: Row) -> Row:
    return {"faults": [asdict(fault) for fault in sandbox.faults.active]}


async def _clear_faults(sandbox: Sandbox, body: Row) -> Row:
    sandbox.faults.clear()
    return {"faults": []}


def _route(method: str, path: str, act: Control) -> Route:
    async def endpoint(request: Request) -> Response:
        sandbox: Sandbox = request.app.state.sandbox
        try:
            reply: Any = await act(sandbox, await read_body(request))
        except Problem as problem:
            return problem_response(sandbox, problem)
        except (TypeError, ValueError) as error:
            return problem_response(sandbox, invalid(f"not understood: {error}"))
        return JSONResponse(reply)

    return Route(f"/_sandbox{path}", endpoint, methods=[method])


ROUTES = [
    _route("POST", "/pay", _pay),
    _route("POST", "/send", _send),
    _route("GET", "/journal", _journal),
    _route("GET", "/summary", _summary),
    _route("GET", "/faults", _list_faults),
    _route("POST", "/faults", _add_fault),
    _route("DELETE", "/faults", _clear_faults),
]
