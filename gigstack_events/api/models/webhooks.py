"""Endpoints that gigstack sends events to, and changes made to them."""

from typing import Any

from pydantic import Field, SecretStr

from gigstack_events.api.fields import ApiObject, Millis


class ConfigurationOperation(ApiObject):
    """A change to an endpoint; `status` is processing, completed, outcome_unknown or conflict."""

    operation_id: str = ""
    status: str = ""
    action: str | None = None
    team_id: str | None = None
    webhook_id: str | None = None
    effect_scope: str | None = None
    secret_attempts: int | None = None
    error: str | dict[str, Any] | None = None
    credential_delivery: str | None = None
    created_at: Millis = None


class Webhook(ApiObject):
    """An endpoint that gigstack sends events to. No `events` is an old spelling of all events.

    `signing_secret` is there once, in the reply that made it. `revision` goes along with a change as
    `expected_revision`, so that nobody else's change is overwritten. `version` v2 renders a body from
    the object's state at the time of delivery, v1 from that of the event.
    """

    id: str = ""
    url: str = ""
    events: list[str] = Field(default_factory=list)
    status: str = ""
    description: str | None = None
    owner: str | None = None
    version: str | None = None
    type: str | None = None
    revision: str | None = None
    effect_scope: str | None = None
    security: dict[str, Any] = Field(default_factory=dict)
    signing: dict[str, Any] = Field(default_factory=dict)
    signing_secret: SecretStr | None = None
    operation: ConfigurationOperation | None = None
    configuration_access: dict[str, Any] = Field(default_factory=dict)
    created_at: Millis = None
