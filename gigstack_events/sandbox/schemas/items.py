"""Schemas of what is sold, and of its taxes."""

from typing import Annotated, Literal

from pydantic import Field

from gigstack_events.sandbox.schemas import Schema
from gigstack_events.sandbox.schemas.fields import Amount, Code, Flag, Id, Metadata, Name, Text

Rate = Annotated[Amount, Field(le=100)]
RateText = Annotated[str, Field(pattern=r"^[0-9]{1,2}(\.[0-9]{1,10})?$")]
Decimal = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,10})?$")]


class TaxElement(Schema):
    """One tax of an item; rate and base come as numbers or as texts."""

    type: Text | None = None
    rate: Rate | RateText | None = None
    base: Amount | Decimal | None = None
    factor: Literal["Tasa", "Cuota", "Exento", "tasa", "cuota", "exento"] | None = None
    withholding: Flag | None = None
    inclusive: Flag | None = None


class ServiceFields(Schema):
    """What an item and a service have in common."""

    product_key: Code | None = None
    unit_key: Code | None = None
    unit_name: Text | None = None
    sku: Text | None = None
    quantity: Amount | None = None
    discount: Amount | None = None
    taxability: Annotated[str, Field(pattern=r"^0[1-8]$")] | None = None
    taxes: Annotated[list[TaxElement], Field(max_length=50)] | None = None


class SkuSearch(Schema):
    """How an item finds its service, or makes it."""

    on_key: Literal["sku"]
    on_value: Name
    auto_create: Flag | None = None


class ThirdParty(Schema):
    """For whose account an item is sold."""

    tax_id: Text | None = None
    legal_name: Text | None = None
    tax_system: Text | None = None
    zip: Text | None = None


class Item(ServiceFields):
    """One line of a sale: a service by `id` or `search`, or everything about it."""

    id: Id | None = None
    search: SkuSearch | None = None
    description: Name | None = None
    unit_price: Amount | None = None
    third_party: ThirdParty | None = None
    metadata: Metadata | None = None


Items = Annotated[list[Item], Field(min_length=1, max_length=1_000)]
