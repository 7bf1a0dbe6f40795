"""A made-up business moves in: its months pass at once, unseen, and what they leave behind is there.

No call is answered meanwhile, so that none sees the time turned back.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from gigstack_events.sandbox.accounts.teams import ensure_team
from gigstack_events.sandbox.business.plan import Business, Sale, draw_up_business
from gigstack_events.sandbox.invoicing.issuing import issue
from gigstack_events.sandbox.replies import invalid, now_ms
from gigstack_events.sandbox.sales.clients import make_client
from gigstack_events.sandbox.sales.items import priced
from gigstack_events.sandbox.sales.payments import make_payment
from gigstack_events.sandbox.sales.receipts import make_receipt
from gigstack_events.sandbox.sales.services import make_service
from gigstack_events.sandbox.sat.control import make_ready
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.steering import check_names, control_route, wanted_scope
from gigstack_events.sandbox.tables import Row, Scope

MOST_CLIENTS = 500
_MOST_MONTHS = 24
_WISHES = ("clients", "seed", "months", "team", "livemode")
_WEEK = 7 * 86_400


def move_in(sandbox: Sandbox, scope: Scope, business: Business) -> Row:
    """Let a business be there, with all that its sales have left behind; nobody is told. Returns counts."""
    start = max((sale.seconds_ago for sale in business.sales), default=0) + _WEEK
    team = ensure_team(sandbox, scope[1])
    team |= business.team
    sandbox.teams.keep(team)
    with _back_then(sandbox, start):
        services = [make_service(sandbox, scope, fields) for fields in business.services]
        clients = [make_client(sandbox, scope, fields) for fields in business.clients]
    counts: Counter[str] = Counter(services=len(services), clients=len(clients))
    for sale in business.sales:
        counts.update(_happen(sandbox, scope, sale, clients[sale.client], services))
    with sandbox.silently():
        sandbox.clock.advance(0)  # receipts that have expired since
        make_ready(sandbox, scope)
    return {"team": team["id"], **counts}


@contextmanager
def _back_then(sandbox: Sandbox, seconds_ago: float) -> Iterator[None]:
    """Turn the time back while the past is made, and tell nobody."""
    clock, ahead = sandbox.clock, sandbox.clock.ahead_ms
    clock.ahead_ms = ahead - round(seconds_ago * 1000)
    try:
        with sandbox.silently():
            yield
    finally:
        clock.ahead_ms = ahead


def _happen(sandbox: Sandbox, scope: Scope, sale: Sale, client: Row, services: list[Row]) -> Counter[str]:
    items = [{"id": services[place]["id"], "quantity": quantity} for place, quantity in sale.items]
    with _back_then(sandbox, sale.seconds_ago):
        sold: Row = {"items": priced(sandbox, scope, items), "payment_form": sale.payment_form}
        if sale.kind in ("owed", "settled"):
            return _on_credit(sandbox, scope, sale, client, sold)
        return _at_once(sandbox, scope, sale, client, sold)


def _at_once(sandbox: Sandbox, scope: Scope, sale: Sale, client: Row, sold: Row) -> Counter[str]:
    """Let a client pay, or be asked to, and get a receipt and its CFDI."""
    status = "requires_payment_method" if sale.kind == "asked" else "succeeded"
    payment = make_payment(sandbox, scope, client, status, **sold)
    if sale.kind == "asked":
        return Counter(payments=1)
    receipt = make_receipt(sandbox, scope, client, payments=[payment["id"]], **sold)
    payment["receipts"].append(receipt["id"])
    sandbox.payments.keep(payment)
    if sale.kind == "receipt":
        return Counter(payments=1, receipts=1)
    made_from = {"receipts": [receipt["id"]], "payments": [payment["id"]], "from": "receipt"}
    issue(sandbox, scope, {"client": client, **sold, **made_from})
    sandbox.receipts.keep(receipt)
    sandbox.payments.keep(payment)
    return Counter(payments=1, receipts=1, invoices=1)


def _on_credit(sandbox: Sandbox, scope: Scope, sale: Sale, client: Row, sold: Row) -> Counter[str]:
    """Invoice first; what is settled was paid a week later, and has its complement."""
    terms = {"payment_method": "PPD", "payment_form": "99"}
    invoice = issue(sandbox, scope, {"client": client, **sold, **terms})
    if sale.kind == "owed":
        return Counter(invoices=1)
    with _back_then(sandbox, -_WEEK):
        payment = make_payment(sandbox, scope, client, "succeeded", **sold, ppd_invoice_id=invoice["uuid"])
        paid = {"payment_form": sale.payment_form, "currency": "MXN", "exchange_rate": 1}
        paid["related_documents"] = [{"uuid": invoice["uuid"]}]
        complement = {"complements": [{"type": "pago", "data": [paid]}], "payments": [payment["id"]]}
        issue(sandbox, scope, {"client": client, "invoice_type": "P", **complement})
        sandbox.payments.keep(payment)
    return Counter(invoices=1, payments=1, complements=1)


def furnish(sandbox: Sandbox) -> None:
    """Let the business of the options move in, in both modes; not where anything is already."""
    if sandbox.options.business and not len(sandbox.clients):
        business = draw_up_business(sandbox.options.business, sandbox.options.seed)
        for livemode in (True, False):
            move_in(sandbox, wanted_scope({"livemode": livemode}), business)


async def _business(sandbox: Sandbox, body: Row) -> Row:
    """Let a business of so many `clients` move in, with the sales of its last `months`.

    The same `seed` makes the same business, but for ids and the day that it is counted back from.
    """
    check_names(body, _WISHES)
    clients = _whole(body, "clients", 20, 1, MOST_CLIENTS)
    months = _whole(body, "months", 6, 1, _MOST_MONTHS)
    seed = _whole(body, "seed", sandbox.options.seed, 0, 2**53)
    began = now_ms()
    counts = move_in(sandbox, wanted_scope(body), draw_up_business(clients, seed, months))
    return {**counts, "seed": seed, "took_ms": now_ms() - began}


def _whole(body: Row, name: str, default: int, least: int, most: int) -> int:
    value = body.get(name, default)
    if type(value) is not int or not least <= value <= most:
        raise invalid(f"{name} is a whole number from {least} to {most}", name)
    return value


ROUTES = [control_route("POST", "/business", _business)]
