"""Clients, payments and receipts, as far as the project uses them."""

import pytest

from gigstack_events.api import ApiError, Gigstack, NotFound, Rejected, Unauthorized, ValidationFailed
from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.inbox import Inbox

ITEM = {"description": "Consultoría", "quantity": 2, "unit_price": 500}
TAXED = {**ITEM, "taxes": [{"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False}]}


def test_a_wrong_or_missing_key_is_refused(sandbox: SandboxProcess) -> None:
    """401 in either case."""
    with Gigstack("sk_live_wrong", base_url=sandbox.url) as gigstack, pytest.raises(Unauthorized):
        gigstack.receipts.get("receipt_1")


def test_the_same_is_served_below_v2(sandbox: SandboxProcess) -> None:
    """The API's base address ends in /v2, so both spellings work."""
    with (
        Gigstack("sk_live_sandbox", base_url=sandbox.url + "/v2") as gigstack,
        pytest.raises(NotFound) as caught,
    ):
        gigstack.receipts.get("receipt_1")
    assert "receipt_1 does not exist" in str(caught.value)
    assert sandbox.call("GET", "/v2/_sandbox/summary") == sandbox.summary()


def test_an_operation_that_does_not_exist_is_not_found(sandbox: SandboxProcess) -> None:
    """In the API's own error shape."""
    with pytest.raises(RuntimeError, match=r"404 .*resource_not_found"):
        sandbox.call("GET", "/nonsense")


def test_a_client_is_made_changed_found_and_deleted(gigstack: Gigstack) -> None:
    """Null clears a field; a search looks into names and addresses."""
    made = gigstack.clients.create(name="Ana", email="ana@x.example", phone="1")
    changed = gigstack.clients.update(made.id, phone=None, legal_name="ANA PÉREZ")
    assert (changed.phone, changed.legal_name, changed.email) == (None, "ANA PÉREZ", "ana@x.example")
    assert [client.id for client in gigstack.clients.search("pérez")] == [made.id]
    gigstack.clients.delete(made.id)
    assert list(gigstack.clients.list()) == []


def test_a_client_can_be_updated_or_made_in_one_call(gigstack: Gigstack) -> None:
    """`search` finds by e-mail or tax id."""
    search = {"on_key": "email", "on_value": "ana@x.example", "update": True}
    made = gigstack.clients.create(email="ana@x.example", name="Ana", search=search)
    again = gigstack.clients.create(email="ana@x.example", name="Ana María", search=search)
    assert (again.id, again.name) == (made.id, "Ana María")


def test_a_registered_payment_has_succeeded_and_gets_a_receipt(
    gigstack: Gigstack, inbox: Inbox, sandbox: SandboxProcess
) -> None:
    """At once or late; both events are told."""
    gigstack.webhooks.create(url=inbox.url, events=["payment.succeeded", "receipt.created"])
    client = gigstack.clients.create(name="Ana")
    payment = gigstack.payments.register(client=client.id, items=[TAXED], payment_form="03")
    assert payment.is_succeeded
    assert (payment.subtotal, payment.taxes, payment.total) == (1000, 160, 1160)
    types = {one.event["type"] for one in inbox.wait(2)}
    assert types == {"payment.succeeded", "receipt.created"}
    [receipt] = gigstack.receipts.list(client_id=client.id)
    assert (receipt.payments, receipt.total) == ([payment.id], 1160)


def test_a_requested_payment_is_marked_as_paid(gigstack: Gigstack) -> None:
    """Once only."""
    client = gigstack.clients.create(name="Ana")
    payment = gigstack.payments.request(client=client.id, items=[ITEM])
    assert payment.status == "requires_payment_method"
    assert payment.short_url is not None
    paid = gigstack.payments.mark_as_paid(payment.id, payment_form="03", date=1_700_000_000_000)
    assert (paid.status, paid.succeeded_at) == ("succeeded", 1_700_000_000_000)
    assert [found.id for found in gigstack.payments.list(status="succeeded")] == [payment.id]
    with pytest.raises(Rejected):
        gigstack.payments.mark_as_paid(payment.id, payment_form="03")


def test_the_same_idempotency_key_returns_what_exists(gigstack: Gigstack) -> None:
    """For receipts as for payments."""
    client = gigstack.clients.create(name="Ana")
    receipts = [gigstack.receipts.create(client=client.id, items=[ITEM], idempotency_key="k") for _ in "ab"]
    assert receipts[0].id == receipts[1].id
    payments = [
        gigstack.payments.register(client=client.id, items=[ITEM], payment_form="03", idempotency_key="k")
        for _ in "ab"
    ]
    assert payments[0].id == payments[1].id


def test_a_sale_without_items_or_client_is_refused(gigstack: Gigstack) -> None:
    """What is wrong is told."""
    with pytest.raises(ValidationFailed, match="items"):
        gigstack.receipts.create(client="client_1", items=[])
    client = gigstack.clients.create(name="Ana")
    with pytest.raises(ValidationFailed, match="unit_price"):
        gigstack.receipts.create(client=client.id, items=[{"description": "x"}])
    with pytest.raises(NotFound):
        gigstack.receipts.create(client="client_none", items=[ITEM])


def test_lists_are_paged_and_filtered(sandbox: SandboxProcess, gigstack: Gigstack, team: str) -> None:
    """Every row once, newest first or oldest first, whatever the page size."""
    paid = sandbox.pay(team=team, receipts=23, late=0)
    other = sandbox.pay(team=team, receipts=2, late=0)
    for limit in (1, 7, 100):
        found = [receipt.id for receipt in gigstack.receipts.list(client_id=paid["client"], limit=limit)]
        assert found == paid["receipts"][::-1]
    assert [row.id for row in gigstack.receipts.list(sort="asc", limit=10)] == paid["receipts"] + other[
        "receipts"
    ]
    gigstack.receipts.stamp(other["receipts"][0])
    assert [row.id for row in gigstack.receipts.list(status="completed")] == other["receipts"][:1]
    assert len(list(gigstack.receipts.list(status="open", limit=10))) == 24
    assert list(gigstack.receipts.list(created_gte=4_000_000_000_000)) == []
    with pytest.raises(ApiError, match="limit"):
        list(gigstack.receipts.list(limit=101))


def test_lists_filter_by_metadata_and_searches_by_text(gigstack: Gigstack) -> None:
    """Both are paged by number."""
    client = gigstack.clients.create(name="Ana", email="ana@x.example")
    for number in range(5):
        metadata = {"order": "odd" if number % 2 else "even"}
        gigstack.receipts.create(client=client.id, items=[ITEM], metadata=metadata)
    assert len(list(gigstack.receipts.list(metadata={"order": "even"}, limit=2))) == 3
    assert len(list(gigstack.receipts.search("ana@x"))) == 5
    assert list(gigstack.payments.search("ana@x")) == []


def test_half_of_the_payments_get_their_receipts_late(sandbox: SandboxProcess, team: str) -> None:
    """The sandbox decides, unless it is told."""
    late = [bool(sandbox.pay(team=team, receipts=1, send=False)["late"]) for _ in range(40)]
    assert 10 < sum(late) < 30
    assert sandbox.pay(team=team, receipts=1, late=0)["late"] == 0
