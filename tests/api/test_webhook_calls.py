"""Webhooks: endpoints, their revisions, deliveries by hand, and the two logs."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from gigstack_events.api import Conflict, Gigstack, InvalidInput, Webhook
from tests.api.asked import Asked, asked
from tests.api.stand_in import Api, newer, ok

ID = "0d0a7e0c-7f58-4a3e-9f5e-0a6d6d3f1c11"
URL = "https://x.mx/hook"
_HAND = {"operation_id": ID, "expected_livemode": True, "confirmed": True}
_ABOUT = {"event": "payment.succeeded", "resource_id": "payment_1"}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            lambda g: g.webhooks.create(url=URL, events=["of.tomorrow"], version="v2", operation_id=ID),
            Asked(
                "POST",
                "/webhooks",
                {"url": URL, "events": ["of.tomorrow"], "version": "v2", "operation_id": ID},
            ),
        ),
        (
            lambda g: g.webhooks.create(url=URL, events=[], status="inactive"),
            Asked("POST", "/webhooks", {"url": URL, "events": [], "status": "inactive"}),
        ),
        (
            lambda g: g.webhooks.update("wh_1", description=None, expected_revision="ab"),
            Asked("PUT", "/webhooks/wh_1", {"description": None, "expected_revision": "ab"}),
        ),
        (lambda g: g.webhooks.delete("wh_1"), Asked("DELETE", "/webhooks/wh_1")),
        (
            lambda g: g.webhooks.delete("wh_1", expected_revision="ab"),
            Asked("DELETE", "/webhooks/wh_1", {"expected_revision": "ab"}),
        ),
        (
            lambda g: g.webhooks.test("wh_1", **_ABOUT, expected_livemode=True, operation_id=ID),
            Asked("POST", "/webhooks/wh_1/test", {**_HAND, **_ABOUT}),
        ),
        (
            lambda g: g.webhooks.resend_current(
                "wh_1", **_ABOUT, expected_livemode=True, operation_id=ID, log_id="log_1", source_team_id="t2"
            ),
            Asked(
                "POST",
                "/webhooks/wh_1/resend-current",
                {
                    **_HAND,
                    **_ABOUT,
                    "log_id": "log_1",
                    "source_team_id": "t2",
                    "acknowledge_duplicate_delivery": True,
                },
            ),
        ),
        (
            lambda g: g.webhooks.retry_delivery("log_1", team="t1", expected_livemode=True, operation_id=ID),
            Asked(
                "POST",
                "/teams/t1/webhook-deliveries/log_1/retry",
                {**_HAND, "acknowledge_duplicate_delivery": True},
            ),
        ),
        (
            lambda g: g.webhooks.get_delivery("log_1", team="t1"),
            Asked("GET", "/teams/t1/webhook-deliveries/log_1"),
        ),
        (
            lambda g: g.webhooks.get_operation(ID, expected_livemode=False, team="t1"),
            Asked("GET", f"/teams/t1/webhook-operations/{ID}", None, {"expected_livemode": "false"}),
        ),
        (
            lambda g: g.webhooks.get_configuration_operation(ID),
            Asked("GET", f"/webhooks/configuration-operations/{ID}"),
        ),
        (lambda g: g.api_logs.get("log_1", team="t1"), Asked("GET", "/teams/t1/api-logs/log_1")),
        (
            lambda g: g.bound(team="t2").api_logs.get("log_1"),
            Asked("GET", "/teams/t2/api-logs/log_1", None, {"team": "t2"}),
        ),
    ],
)
def test_each_call_asks_for_what_its_name_says(call: Callable[[Gigstack], Any], expected: Asked) -> None:
    """Method, path, body and query, as the contract lists them."""
    api = Api(ok({}))
    call(api.gigstack())
    assert asked(api.last) == expected


@pytest.mark.parametrize(
    ("path", "list_of"),
    [
        ("webhook-deliveries", lambda g, **filters: g.webhooks.list_deliveries(**filters)),
        ("api-logs", lambda g, **filters: g.api_logs.list(**filters)),
    ],
)
def test_logs_are_walked_through_empty_pages(path: str, list_of: Callable[..., Any]) -> None:
    """A page counts the rows that were looked at, so it may be empty and not the last."""
    api = Api(
        ok([{"id": "log_1", "status": "succeeded"}], has_more=True, next_cursor="c1", scanned_count=50),
        ok([], has_more=True, next_cursor="c2"),
        ok([{"id": "log_2", "status": "failed"}], has_more=False, next_cursor=None),
    )
    found = list_of(api.gigstack(team="t1"), since=1_767_225_600_000, until=1_767_312_000_000)
    assert [row.id for row in found] == ["log_1", "log_2"]
    query = {"from": "1767225600000", "to": "1767312000000", "limit": "100", "team": "t1", "cursor": "c2"}
    assert asked(api.last) == Asked("GET", f"/teams/t1/{path}", None, query)


def test_filters_of_the_logs_are_passed_on() -> None:
    """By the names that the API uses."""
    api = Api(ok([]))
    gigstack = api.gigstack()
    list(gigstack.webhooks.list_deliveries(team="t1", status="failed", event="invoice.created", limit=10))
    assert dict(api.last.url.params) == {"limit": "10", "status": "failed", "event": "invoice.created"}
    list(gigstack.api_logs.list(team="t1", status="5xx", method="POST", endpoint="/invoices/:id"))
    assert dict(api.last.url.params) == {
        "limit": "100", "status": "5xx", "method": "POST", "endpoint": "/invoices/:id",
    }  # fmt: skip


def test_a_log_is_some_teams() -> None:
    """Without a team there is no path; the message says how to name it."""
    api = Api(ok([]))
    with pytest.raises(InvalidInput, match="bind the client"):
        api.gigstack().webhooks.list_deliveries()
    assert api.requests == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "ftp://x.mx/hook"}, "url"),
        ({"url": "https://user@x.mx/hook"}, "url"),
        ({"url": "https://x.mx/hook#part"}, "url"),
        ({"url": "https:///hook"}, "url"),
        ({"url": "https://[x/hook"}, "url"),
        ({"url": f"https://x.mx/{'h' * 4096}"}, "url"),
        ({"url": None}, "url"),
        ({"events": []}, "events"),
        ({"events": "payment.succeeded"}, "events"),
        ({"operation_id": "first try"}, "operation_id"),
    ],
)
def test_an_endpoint_that_cannot_work_is_not_sent(fields: dict[str, Any], field: str) -> None:
    """The message names the field."""
    api = Api(ok({}))
    with pytest.raises(InvalidInput, match=f"^{field}: "):
        api.gigstack().webhooks.create(**{"url": URL, "events": ["payment.succeeded"], **fields})
    assert api.requests == []


def test_events_may_be_emptied_with_the_endpoint_switched_off() -> None:
    """An update that does not say the status leaves it to the API; one that says active cannot be right."""
    api = Api(ok({}))
    api.gigstack().webhooks.update("wh_1", events=[])
    with pytest.raises(InvalidInput, match=r"^events: "):
        api.gigstack().webhooks.update("wh_1", events=[], status="active")
    assert len(api.requests) == 1


def test_somebody_elses_change_is_not_overwritten() -> None:
    """The API's optimistic lock comes out as Conflict with its code."""
    api = Api(newer(409, "webhook_revision_conflict"))
    with pytest.raises(Conflict) as caught:
        api.gigstack().webhooks.update("wh_1", status="inactive", expected_revision="ab")
    assert caught.value.code == "webhook_revision_conflict"


def test_a_newer_reply_brings_its_operation_along() -> None:
    """It stands beside the endpoint, as the new secret does, which no log shows."""
    operation = {
        "operation_id": ID,
        "status": "processing",
        "action": "create",
        "created_at": 1_709_090_576_567,
    }
    data = {"id": "wh_1", "revision": "ab", "version": "v2", "type": None, "events": ["payment.succeeded"]}
    reply = ok(data, operation=operation, signing_secret="whsec_abc")
    webhook = Api(reply).gigstack().webhooks.create(url=URL, events=["payment.succeeded"])
    assert webhook.operation is not None
    assert (webhook.operation.operation_id, webhook.operation.status) == (ID, "processing")
    assert (webhook.revision, webhook.version, webhook.type) == ("ab", "v2", None)
    assert "whsec_abc" not in f"{webhook!r} {webhook.model_dump()}"


def test_a_delivery_by_hand_gets_a_name_of_its_own() -> None:
    """Where none is given; the receipt tells it, for asking later what became of it."""

    def receipt(request: httpx.Request) -> httpx.Response:
        operation = asked(request).body["operation_id"]
        return ok(
            {"operation_id": operation, "submission": "submitted", "delivery": "pending", "attempts": 0}
        )

    gigstack = Gigstack(
        "sk_live_x", base_url="https://api.example/v2", transport=httpx.MockTransport(receipt)
    )
    made = [gigstack.webhooks.test("wh_1", **_ABOUT, expected_livemode=True) for _ in range(2)]
    assert len({UUID(delivery.operation_id) for delivery in made}) == 2
    assert (made[0].submission, made[0].delivery) == ("submitted", "pending")


def test_a_reply_of_older_endpoints_is_read_as_well() -> None:
    """Without version, type, revision and signing."""
    webhook = Webhook.model_validate(
        {"id": "wh_1", "url": URL, "events": [], "status": "active", "owner": "u"}
    )
    assert (webhook.version, webhook.revision, webhook.signing, webhook.operation) == (None, None, {}, None)
