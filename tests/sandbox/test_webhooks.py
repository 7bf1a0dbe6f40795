"""Endpoints are managed as the API does it."""

from typing import Any

import pytest

from gigstack_events.api import Conflict, Gigstack, NotFound, ValidationFailed
from gigstack_events.sandbox.process import SandboxProcess

URL = "https://receiver.example/webhooks/gigstack"


def test_an_endpoint_lives_from_create_to_delete(gigstack: Gigstack) -> None:
    """Create, read, change, list, delete."""
    made = gigstack.webhooks.create(url=URL, events=["payment.succeeded"], description="ours")
    assert made.id.startswith("wh_")
    read = gigstack.webhooks.get(made.id)
    assert (read.url, read.events, read.status, read.description) == (URL, made.events, "active", "ours")
    gigstack.webhooks.update(made.id, status="inactive")
    assert [webhook.id for webhook in gigstack.webhooks.list(status="inactive")] == [made.id]
    assert list(gigstack.webhooks.list(status="active")) == []
    gigstack.webhooks.delete(made.id)
    with pytest.raises(NotFound):
        gigstack.webhooks.get(made.id)


def test_the_secret_is_told_once(gigstack: Gigstack) -> None:
    """Only the reply that makes a secret shows it; rotating makes another one."""
    made = gigstack.webhooks.create(url=URL, events=["payment.succeeded"])
    assert made.signing_secret is not None
    assert made.signing_secret.get_secret_value().startswith("whsec_")
    assert gigstack.webhooks.get(made.id).signing_secret is None
    assert next(gigstack.webhooks.list()).signing_secret is None
    assert gigstack.webhooks.update(made.id, description="x").signing_secret is None
    rotated = gigstack.webhooks.update(made.id, signing={"rotate": True}).signing_secret
    assert rotated is not None
    assert rotated != made.signing_secret


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"url": URL},
        {"url": URL, "events": []},
        {"url": URL, "events": ["payment.suceeded"]},
        {"url": URL, "events": "payment.succeeded"},
        {"url": "ftp://x.example", "events": ["payment.succeeded"]},
        {"url": "https://user@x.example", "events": ["payment.succeeded"]},
        {"url": URL, "events": ["payment.succeeded"], "status": "on"},
        {"url": URL, "events": ["payment.succeeded"], "version": "v3"},
        {"url": URL, "events": ["payment.succeeded"], "security": {"headers": {"X Y": "1"}}},
    ],
)
def test_an_endpoint_that_makes_no_sense_is_refused(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, fields: dict[str, Any]
) -> None:
    """No address, no events, unknown events, odd headers; also where the client lets them pass."""
    unchecked = Gigstack("sk_live_sandbox", base_url=sandbox.url, team=team, check_inputs=False)
    with unchecked, pytest.raises(ValidationFailed):
        unchecked.webhooks.create(**fields)
    assert list(gigstack.webhooks.list()) == []


def test_a_change_on_an_outdated_revision_is_refused(gigstack: Gigstack) -> None:
    """The optimistic lock of the newer API."""
    made = gigstack.webhooks.create(url=URL, events=["payment.succeeded"])
    assert made.revision is not None
    gigstack.webhooks.update(made.id, description="first", expected_revision=made.revision)
    with pytest.raises(Conflict) as caught:
        gigstack.webhooks.update(made.id, description="second", expected_revision=made.revision)
    assert caught.value.code == "webhook_revision_conflict"


def test_both_modes_share_endpoints(sandbox: SandboxProcess, gigstack: Gigstack, team: str) -> None:
    """One endpoint gets live and test events; they differ by `livemode`."""
    made = gigstack.webhooks.create(url=URL, events=["payment.succeeded"])
    with Gigstack("sk_test_sandbox", base_url=sandbox.url, team=team) as test:
        assert test.webhooks.get(made.id).url == URL
