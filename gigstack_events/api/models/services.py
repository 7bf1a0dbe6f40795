"""What a business sells: the catalogue that lines of a sale refer to."""

from typing import Any

from pydantic import Field

from gigstack_events.api.fields import ApiObject, Millis
from gigstack_events.api.models.items import Taxes


class Service(ApiObject):
    """A product or service; `unit_price` is pesos before taxes, unless a tax is `inclusive`."""

    id: str = ""
    description: str | None = None
    unit_price: float | None = None
    quantity: float | None = None
    product_key: str | None = None
    unit_key: str | None = None
    unit_name: str | None = None
    sku: str | None = None
    taxability: str | None = None
    taxes: Taxes = Field(default_factory=list)
    metadata: dict[str, Any] = Field(default_factory=dict)
    livemode: bool | None = None
    team: str | None = None
    created_at: Millis = None
