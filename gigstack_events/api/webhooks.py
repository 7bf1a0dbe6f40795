"""Webhooks: the endpoints that gigstack sends events to."""

from collections.abc import Iterator
from typing import Literal, Unpack

from gigstack_events.api.inputs import WebhookInput
from gigstack_events.api.models import Webhook
from gigstack_events.api.resources import Resource


class Webhooks(Resource):
    """`gigstack.webhooks`."""

    def list(self, *, status: Literal["active", "inactive"] | None = None) -> Iterator[Webhook]:
        """Yield all endpoints, fetching page by page."""
        return self._list(Webhook, "webhooks", filters={"status": status}, cursor="cursor")

    def get(self, id: str) -> Webhook:
        """Fetch one endpoint."""
        return self._get(Webhook, "webhooks", id)

    def create(self, **fields: Unpack[WebhookInput]) -> Webhook:
        """Register an endpoint; keep `signing_secret` of the answer, it is never shown again."""
        return self._post(Webhook, "webhooks", body=fields)

    def update(self, id: str, **fields: Unpack[WebhookInput]) -> Webhook:
        """Change the given fields of an endpoint."""
        return self._put(Webhook, "webhooks", id, body=fields)

    def delete(self, id: str) -> None:
        """Remove an endpoint for good."""
        self._delete("webhooks", id)
