"""What is sold, and its taxes: the lines of invoices, payments, receipts, and services."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from gigstack_events.api.fields import ApiObject, Millis, without_nulls


class Tax(ApiObject):
    """One tax of a line; `rate` is a fraction such as 0.16, `base` and what it makes are pesos."""

    type: str | None = None
    rate: float | None = None
    factor: str | None = None
    base: float | None = None
    withholding: bool | None = None
    inclusive: bool | None = None


Taxes = Annotated[list[Tax], BeforeValidator(without_nulls)]
"""The taxes of a line."""


class ThirdParty(ApiObject):
    """On whose account a line is sold."""

    tax_id: str | None = None
    legal_name: str | None = None
    tax_system: str | None = None
    zip: str | None = None


class Item(ApiObject):
    """One line: `quantity` times `unit_price`, less `discount`."""

    id: str = ""
    description: str | None = None
    quantity: float | None = None
    unit_price: float | None = None
    discount: float | None = None
    product_key: str | None = None
    unit_key: str | None = None
    unit_name: str | None = None
    sku: str | None = None
    taxability: str | None = None
    taxes: Taxes = Field(default_factory=list)
    third_party: ThirdParty | None = None
    customs_request: Any = None
    property_tax_account: Any = None
    complement: Any = None
    item_complement: Any = None
    team: str | None = None
    created_at: Millis = None


Items = Annotated[list[Item], BeforeValidator(without_nulls)]
"""The lines of a sale."""
