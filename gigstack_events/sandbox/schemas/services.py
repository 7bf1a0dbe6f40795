"""Schemas of services, the catalogue that items refer to."""

from gigstack_events.sandbox.schemas.fields import Amount, Id, Metadata, Name
from gigstack_events.sandbox.schemas.items import ServiceFields


class ServiceUpdate(ServiceFields):
    """What may change of a service; null clears."""

    description: Name | None = None
    unit_price: Amount | None = None
    metadata: Metadata | None = None


class ServiceInput(ServiceUpdate):
    """What a service is made from."""

    description: Name
    unit_price: Amount


class Service(ServiceUpdate):
    """A service."""

    id: Id
    livemode: bool
    team: str
    created_at: int
