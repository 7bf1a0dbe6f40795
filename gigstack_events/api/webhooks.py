"""Webhooks: the endpoints that gigstack sends events to, and what it delivered."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Unpack
from uuid import uuid4

from gigstack_events.api.api_logs import TeamLogs, log_query
from gigstack_events.api.inputs import DeliveryFilters, WebhookInput
from gigstack_events.api.models import ConfigurationOperation, ManualDelivery, Webhook, WebhookDelivery
from gigstack_events.api.webhook_checks import check_webhook


class Webhooks(TeamLogs):
    """`gigstack.webhooks`. Live and test mode share a team's endpoints."""

    def list(self, *, status: Literal["active", "inactive"] | None = None) -> Iterator[Webhook]:
        """Yield all endpoints, fetching page by page."""
        return self._list(Webhook, "webhooks", filters={"status": status}, cursor="cursor")

    def get(self, id: str) -> Webhook:
        """Fetch one endpoint."""
        return self._get(Webhook, "webhooks", id)

    def create(self, **fields: Unpack[WebhookInput]) -> Webhook:
        """Register an endpoint; keep `signing_secret` of the answer, it is never shown again."""
        self._check({"status": "active", **fields})
        return self._post(Webhook, "webhooks", body=fields)

    def update(self, id: str, **fields: Unpack[WebhookInput]) -> Webhook:
        """Change the given fields of an endpoint.

        With `expected_revision` the API refuses (`Conflict`) where it was changed since it was read.
        """
        self._check(fields)
        return self._put(Webhook, "webhooks", id, body=fields)

    def delete(self, id: str, *, expected_revision: str | None = None) -> None:
        """Remove an endpoint for good, or only while it is what was last read."""
        body = {"expected_revision": expected_revision} if expected_revision else None
        self._delete("webhooks", id, body=body)

    def test(
        self,
        id: str,
        event: str,
        resource_id: str,
        *,
        expected_livemode: bool,
        operation_id: str | None = None,
        source_team_id: str | None = None,
    ) -> ManualDelivery:
        """Send an object's current state as a test event, also to an inactive endpoint.

        The API wants a person's key for this. `operation_id` is a UUID, made up where it is not given.
        """
        about = {"event": event, "resource_id": resource_id, "source_team_id": source_team_id}
        body = _by_hand(expected_livemode, operation_id, about)
        return self._post(ManualDelivery, "webhooks", id, "test", body=body)

    def resend_current(
        self,
        id: str,
        event: str,
        resource_id: str,
        *,
        expected_livemode: bool,
        operation_id: str | None = None,
        source_team_id: str | None = None,
        log_id: str | None = None,
    ) -> ManualDelivery:
        """Send an object's current state as a new event; the receiver may act on it a second time."""
        about = {
            "event": event,
            "resource_id": resource_id,
            "source_team_id": source_team_id,
            "log_id": log_id,
            "acknowledge_duplicate_delivery": True,
        }
        body = _by_hand(expected_livemode, operation_id, about)
        return self._post(ManualDelivery, "webhooks", id, "resend-current", body=body)

    def get_operation(
        self, operation_id: str, *, expected_livemode: bool, team: str | None = None
    ) -> ManualDelivery:
        """Tell what became of a delivery by hand."""
        path = ("teams", self._team(team), "webhook-operations", operation_id)
        return self._get(ManualDelivery, *path, expected_livemode=expected_livemode)

    def get_configuration_operation(self, operation_id: str) -> ConfigurationOperation:
        """Tell what became of a change to an endpoint that was made under this `operation_id`."""
        return self._get(ConfigurationOperation, "webhooks", "configuration-operations", operation_id)

    def list_deliveries(
        self, *, team: str | None = None, **filters: Unpack[DeliveryFilters]
    ) -> Iterator[WebhookDelivery]:
        """Yield the log of deliveries, newest first, fetching page by page."""
        path = ("teams", self._team(team), "webhook-deliveries")
        return self._list(WebhookDelivery, *path, filters=log_query(filters), cursor="cursor")

    def get_delivery(self, log_id: str, *, team: str | None = None) -> WebhookDelivery:
        """Fetch one delivery of the log."""
        return self._get(WebhookDelivery, "teams", self._team(team), "webhook-deliveries", log_id)

    def retry_delivery(
        self,
        log_id: str,
        *,
        expected_livemode: bool,
        operation_id: str | None = None,
        team: str | None = None,
    ) -> ManualDelivery:
        """Deliver a logged event again; the receiver may act on it a second time."""
        path = ("teams", self._team(team), "webhook-deliveries", log_id, "retry")
        body = _by_hand(expected_livemode, operation_id, {"acknowledge_duplicate_delivery": True})
        return self._post(ManualDelivery, *path, body=body)

    def _check(self, fields: Mapping[str, Any]) -> None:
        if self._session.check_inputs:
            check_webhook(fields)


def _by_hand(livemode: bool, operation_id: str | None, about: Mapping[str, Any]) -> dict[str, Any]:
    named = {"operation_id": operation_id or str(uuid4()), "expected_livemode": livemode, "confirmed": True}
    return named | {name: value for name, value in about.items() if value is not None}
