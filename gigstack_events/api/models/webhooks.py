"""Endpoints that gigstack sends events to."""

from typing import Any

from pydantic import Field, SecretStr

from gigstack_events.api.fields import ApiObject, Millis


class Webhook(ApiObject):
    """An endpoint that gigstack sends events to. No `events` is an old spelling of all events.

    `signing_secret` is there once, in the reply that made it.
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
    security: dict[str, Any] = Field(default_factory=dict)
    signing: dict[str, Any] = Field(default_factory=dict)
    signing_secret: SecretStr | None = None
    created_at: Millis = None
