"""Faults of reads, of deliveries and of the number of calls."""

from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook as StandardWebhook
from standardwebhooks.webhooks import WebhookVerificationError

from gigstack_events.api import Gigstack
from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.inbox import Inbox

IDENTITY = ("id", "livemode", "team")


def _switch_on(sandbox: SandboxProcess, **fault: Any) -> None:
    sandbox.call("POST", "/_sandbox/faults", fault)


def _get(sandbox: SandboxProcess, path: str) -> httpx.Response:
    headers = {"Authorization": "Bearer sk_live_sandbox"}
    return httpx.get(f"{sandbox.url}{path}", headers=headers, trust_env=False)


@pytest.mark.parametrize("shape", ["extra", "missing", "null"])
def test_a_read_drifts_and_still_tells_what_it_is_of(sandbox: SandboxProcess, team: str, shape: str) -> None:
    """Fields appear, go or are null in the answer alone: the next read is whole again."""
    id = sandbox.pay(team=team, receipts=1, late=0)["receipts"][0]
    path = f"/receipts/{id}?team={team}"
    whole = sandbox.call("GET", path)["data"]
    _switch_on(sandbox, kind="drift", op="receipts.get", shape=shape, times=1)
    drifted = sandbox.call("GET", path)["data"]
    assert {name: drifted[name] for name in IDENTITY} == {name: whole[name] for name in IDENTITY}
    extra, gone = drifted.keys() - whole.keys(), whole.keys() - drifted.keys()
    nulls = {name for name, value in drifted.items() if value is None and whole.get(name) is not None}
    assert [bool(extra), bool(gone), bool(nulls)] == [shape == name for name in ("extra", "missing", "null")]
    assert sandbox.call("GET", path)["data"] == whole


def test_drift_leaves_writes_alone(sandbox: SandboxProcess, team: str) -> None:
    """Whoever creates an object gets all of it."""
    _switch_on(sandbox, kind="drift", op="clients.*")
    made = sandbox.call("POST", f"/clients?team={team}", {"name": "Ana", "email": "ana@example.mx"})["data"]
    assert (made["name"], made["email"], made["tax_id"]) == ("Ana", "ana@example.mx", None)
    assert sandbox.journal("calls")["calls"][-1]["fault"] is None


def test_lists_drift_with_null_rows_and_can_be_paged(sandbox: SandboxProcess, team: str) -> None:
    """Every object comes once, beside null rows."""
    ids = set(sandbox.pay(team=team, receipts=9, late=0)["receipts"])
    _switch_on(sandbox, kind="drift", op="receipts.list", shape="null")
    rows: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = sandbox.call("GET", f"/receipts?team={team}&limit=3{cursor and f'&next={cursor}'}")
        rows, cursor = [*rows, *page["data"]], page["next"]
    assert None in rows
    assert sorted(row["id"] for row in rows if row) == sorted(ids)


def test_a_429_comes_with_and_without_retry_after(sandbox: SandboxProcess) -> None:
    """Both kinds occur, and a number is always the same."""
    _switch_on(sandbox, kind="429", op="receipts.list", retry_after="either", seconds=3)
    waits = {_get(sandbox, "/receipts").headers.get("retry-after") for _ in range(20)}
    assert waits == {None, "3"}


@pytest.mark.parametrize(("status", "code"), [(503, "service_unavailable"), (500, "internal_server_error")])
def test_a_failure_has_the_status_that_was_asked_for(sandbox: SandboxProcess, status: int, code: str) -> None:
    """As JSON with the API's code."""
    _switch_on(sandbox, kind="500", op="receipts.list", status=status, body="json")
    reply = _get(sandbox, "/receipts")
    assert reply.status_code == status
    assert code in reply.text


def test_a_delivery_comes_twice(sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox) -> None:
    """The same event with the same id; only the kind that was named."""
    gigstack.webhooks.create(url=inbox.url, events=["payment.succeeded", "receipt.created"])
    _switch_on(sandbox, kind="webhook_duplicate", op="payment.*")
    sandbox.pay(team=team, receipts=1, late=0, receipt_events=True)
    sandbox.wait_until_quiet()
    came = sorted(one.event["type"] for one in inbox.delivered)
    assert came == ["payment.succeeded", "payment.succeeded", "receipt.created"]
    assert len({one.event["id"] for one in inbox.delivered}) == 2


def test_a_late_delivery_is_overtaken(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """What happened first is told last."""
    gigstack.webhooks.create(url=inbox.url, events=["payment.succeeded"])
    _switch_on(sandbox, kind="webhook_late", op="payment.succeeded", seconds=0.4, times=1)
    paid = [sandbox.pay(team=team, receipts=1, late=0)["event"] for _ in range(2)]
    assert [one.event["id"] for one in inbox.wait(2)] == paid[::-1]


def test_deliveries_come_in_another_order(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, inbox: Inbox
) -> None:
    """Each once, but not as it happened."""
    gigstack.webhooks.create(url=inbox.url, events=["payment.succeeded"])
    _switch_on(sandbox, kind="webhook_reorder", op="payment.*", seconds=0.5)
    paid = [sandbox.pay(team=team, receipts=1, late=0)["event"] for _ in range(8)]
    came = [one.event["id"] for one in inbox.wait(8)]
    assert sorted(came) == sorted(paid)
    assert came != paid


def test_a_wrong_signature_is_right_at_the_next_attempt(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str
) -> None:
    """So that what a receiver refuses is not lost for ever."""
    with Inbox(401) as inbox:
        secret = gigstack.webhooks.create(url=inbox.url, events=["payment.succeeded"]).signing_secret
        assert secret is not None
        _switch_on(sandbox, kind="webhook_signature", op="payment.*", times=1)
        sandbox.pay(team=team, receipts=1, late=0)
        wrong, right = inbox.wait(2)
    verifier = StandardWebhook(secret.get_secret_value())
    with pytest.raises(WebhookVerificationError):
        verifier.verify(wrong.body, wrong.headers)
    verifier.verify(right.body, right.headers)


def test_a_key_has_a_limit_of_its_own() -> None:
    """Too many calls get a 429, every second one says when to come again, and other keys go on."""
    with SandboxProcess(rate_limit=2) as sandbox, httpx.Client(trust_env=False) as client:
        url, key = f"{sandbox.url}/receipts", {"Authorization": "Bearer sk_live_sandbox"}
        replies = [client.get(url, headers=key) for _ in range(9)]
        refused = [reply for reply in replies if reply.status_code == 429]
        assert replies[0].status_code == 200
        assert len(refused) >= 4
        assert all("rate_limit_exceeded" in reply.text for reply in refused)
        assert {reply.headers.get("retry-after") for reply in refused} == {None, "1"}
        assert client.get(url, headers={"Authorization": "Bearer sk_test_sandbox"}).status_code == 200


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "webhook_duplicates"}, "did you mean webhook_duplicate"),
        ({"kind": "drift", "op": "receipts.gett"}, "did you mean receipts.get"),
        ({"kind": "webhook_late", "op": "payment.suceeded"}, "did you mean payment.succeeded"),
        ({"kind": "429", "retry": 3}, "did you mean retry_after"),
        ({"kind": "429", "retry_after": "maybe"}, "null or either"),
        ({"kind": "slow", "seconds": "1"}, "seconds is a number"),
        ({"kind": "slow", "when": "befor"}, "did you mean before"),
        ({"kind": "500", "body": "xml"}, "there are html, json"),
        ({"kind": "500", "status": 200}, "from 500 to 599"),
        ({"kind": "500", "probability": 5}, "from 0 to 1"),
        ({"kind": "500", "times": -1}, "whole number"),
        ({"op": "*"}, "kind is required"),
        ({"kind": 7}, "kind is a word"),
    ],
)
def test_a_slip_in_a_fault_is_told(sandbox: SandboxProcess, fault: dict[str, Any], said: str) -> None:
    """With the nearest word that there is, and nothing is switched on."""
    with pytest.raises(RuntimeError, match=said):
        sandbox.call("POST", "/_sandbox/faults", fault)
    assert sandbox.call("GET", "/_sandbox/faults")["faults"] == []
