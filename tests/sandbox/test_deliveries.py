"""The sandbox delivers signed events to the endpoints that asked for them."""

import hashlib
import hmac
import time
from collections import Counter
from typing import Any

import pytest
from standardwebhooks import Webhook as StandardWebhook
from standardwebhooks.webhooks import WebhookVerificationError
from svix.webhooks import Webhook as SvixWebhook

from gigstack_events.api import Gigstack, Webhook
from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.inbox import Inbox

EVENTS = ["payment.succeeded", "receipt.created"]


def _register(gigstack: Gigstack, inbox: Inbox, **fields: Any) -> Webhook:
    return gigstack.webhooks.create(**{"url": inbox.url, "events": EVENTS, **fields})


def _secret(webhook: Webhook) -> str:
    assert webhook.signing_secret is not None
    return webhook.signing_secret.get_secret_value()


def _journalled(sandbox: SandboxProcess, event: str, count: int) -> list[dict[str, Any]]:
    """A delivery is written down when its answer came, a moment after the endpoint saw it."""
    until = time.monotonic() + 10
    while True:
        rows = [row for row in sandbox.journal()["deliveries"] if row["event"] == event]
        if len(rows) >= count:
            return rows
        assert time.monotonic() < until, rows


def test_a_payment_is_told_signed_by_standard_webhooks(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """The official verifiers accept it, in the documented envelope."""
    secret = _secret(_register(gigstack, inbox))
    paid = sandbox.pay(team=team, receipts=2, late=0)
    [delivered] = inbox.wait(1)
    StandardWebhook(secret).verify(delivered.body, delivered.headers)
    SvixWebhook(secret).verify(delivered.body, delivered.headers)
    event = delivered.event
    assert (event["id"], event["type"], event["livemode"]) == (paid["event"], "payment.succeeded", True)
    assert delivered.headers["webhook-id"] == paid["event"]
    payment = event["data"]["object"]
    assert (payment["id"], payment["status"], payment["team"]) == (paid["payment"], "succeeded", team)
    assert payment["receipts"] == paid["receipts"]
    receipts = [gigstack.receipts.get(id) for id in paid["receipts"]]
    assert payment["total"] == pytest.approx(sum(receipt.total or 0 for receipt in receipts))
    assert {tuple(receipt.payments) for receipt in receipts} == {(paid["payment"],)}


@pytest.mark.parametrize("signature", ["bad", "none"])
def test_a_wrong_or_missing_signature_can_be_asked_for(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox, signature: str
) -> None:
    """To see that a receiver refuses it."""
    secret = _secret(_register(gigstack, inbox))
    sandbox.pay(team=team, receipts=1, late=0, signature=signature)
    [delivered] = inbox.wait(1)
    assert ("webhook-signature" in delivered.headers) == (signature == "bad")
    with pytest.raises(WebhookVerificationError):
        StandardWebhook(secret).verify(delivered.body, delivered.headers)


def test_a_legacy_endpoint_gets_the_legacy_signature_too(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """HMAC-SHA256 in hex over the body, under the secret as it is written."""
    secret = _secret(_register(gigstack, inbox, version="v1"))
    sandbox.pay(team=team, receipts=1, late=0)
    [delivered] = inbox.wait(1)
    expected = hmac.new(secret.encode(), delivered.body, hashlib.sha256).hexdigest()
    assert delivered.headers["x-gigstack-signature"] == expected
    assert "webhook-signature" in delivered.headers


def test_static_headers_go_along_and_are_never_shown(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """An endpoint may be guarded by a header with a secret value."""
    headers = {"headers": {"X-Door": "open sesame"}}
    webhook = _register(gigstack, inbox, security=headers, signing={"enabled": False})
    sandbox.pay(team=team, receipts=1, late=0)
    [delivered] = inbox.wait(1)
    assert delivered.headers["x-door"] == "open sesame"
    assert "webhook-signature" not in delivered.headers
    assert webhook.signing_secret is None
    assert webhook.security == {"header_names": ["X-Door"], "configured": True, "status": "configured"}


def test_a_failed_delivery_is_tried_again_with_the_same_id(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str
) -> None:
    """Whatever is no 2xx, a redirect included, counts as not delivered."""
    with Inbox(500, 302, 401) as inbox:
        _register(gigstack, inbox)
        paid = sandbox.pay(team=team, receipts=1, late=0)
        delivered = inbox.wait(4)
    assert {one.event["id"] for one in delivered} == {paid["event"]}
    attempts = _journalled(sandbox, paid["event"], 4)
    assert [row["status"] for row in attempts] == [500, 302, 401, 202]
    assert [row["attempt"] for row in attempts] == [1, 2, 3, 4]
    assert attempts[3]["at"] - attempts[0]["at"] >= 20 + 40 + 80, "each pause is twice the one before"


def test_an_endpoint_that_is_away_gets_its_events_when_it_is_back(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """Nobody listening is one more reason to try again."""
    webhook = _register(gigstack, inbox, url="http://127.0.0.1:9/nobody")
    paid = sandbox.pay(team=team, receipts=1, late=0)
    gigstack.webhooks.update(webhook.id, url=inbox.url)
    assert inbox.wait(1)[0].event["id"] == paid["event"]


def test_duplicates_and_another_order_on_request(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """Every event comes three times, and not in the order in which things happened."""
    _register(gigstack, inbox)
    paid = [sandbox.pay(team=team, receipts=1, late=0, duplicates=2, reorder=0.5)["event"] for _ in range(10)]
    came = [one.event["id"] for one in inbox.wait(30)]
    assert Counter(came) == dict.fromkeys(paid, 3)
    assert list(dict.fromkeys(came)) != paid


def test_only_subscribed_and_active_endpoints_hear(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """One that is inactive, wants other events or belongs to another team hears nothing."""
    with Inbox() as deaf:
        _register(gigstack, deaf, status="inactive")
        _register(gigstack, deaf, events=["invoice.failed"])
        _register(gigstack.bound(team="team_elsewhere"), deaf)
        removed = _register(gigstack, deaf)
        gigstack.webhooks.delete(removed.id)
        _register(gigstack, inbox)
        paid = sandbox.pay(team=team, receipts=1, late=0, receipt_events=True)
        types = sorted(one.event["type"] for one in inbox.wait(2))
        assert types == ["payment.succeeded", "receipt.created"]
        assert [row["event"] for row in _journalled(sandbox, paid["event"], 1)] == [paid["event"]]
        assert deaf.delivered == []


def test_late_receipts_come_after_the_payment_and_are_told(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """The event of a payment with late receipts names none; each tells of itself when it comes."""
    _register(gigstack, inbox)
    paid = sandbox.pay(team=team, receipts=2, late=0.3)
    payment, *receipts = (one.event for one in inbox.wait(3))
    assert (payment["type"], payment["data"]["object"]["receipts"]) == ("payment.succeeded", [])
    assert {receipt["type"] for receipt in receipts} == {"receipt.created"}
    assert {receipt["data"]["object"]["id"] for receipt in receipts} == set(paid["receipts"])
    assert gigstack.payments.get(paid["payment"]).receipts == paid["receipts"]


def test_stamping_tells_of_receipt_and_invoice(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """Whoever wants to know that a CFDI exists hears it twice."""
    _register(gigstack, inbox, events=["receipt.completed", "invoice.created"])
    [id] = sandbox.pay(team=team, receipts=1, late=0)["receipts"]
    uuid = gigstack.receipts.stamp(id).uuid
    told = {one.event["type"]: one.event["data"]["object"] for one in inbox.wait(2)}
    assert told["receipt.completed"]["invoices"] == [uuid] == [told["invoice.created"]["uuid"]]


def test_a_v2_endpoint_sees_the_object_as_it_is_now(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """Newer endpoints get the current state even in an old event, others the moment it happened."""
    with Inbox() as newer:
        _register(gigstack, newer, version="v2")
        _register(gigstack, inbox)
        [id] = sandbox.pay(team=team, receipts=1, late=0, receipt_events=True)["receipts"]
        gigstack.receipts.stamp(id)
        event = next(one.event["id"] for one in inbox.wait(2) if one.event["type"] == "receipt.created")
        sandbox.call("POST", "/_sandbox/send", {"event": event})
        assert inbox.wait(3)[2].event["data"]["object"]["status"] == "pending"
        assert newer.wait(3)[2].event["data"]["object"]["status"] == "completed"


def test_any_body_can_be_sent(sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox) -> None:
    """Other envelopes that the vendor has shown, signed like the rest; and a new event about anything."""
    _register(gigstack, inbox)
    body = {"event": "payment.succeeded", "data": {"id": "payment_1"}}
    sandbox.call("POST", "/_sandbox/send", {"body": body, "team": team})
    assert inbox.wait(1)[0].event == body
    object = {"id": "payment_2", "status": "succeeded", "team": team, "livemode": False}
    sandbox.call("POST", "/_sandbox/send", {"type": "payment.succeeded", "object": object})
    event = inbox.wait(2)[1].event
    assert (event["data"]["object"], event["livemode"]) == (object, False)
