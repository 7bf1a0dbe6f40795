"""The lines of a sale, and what is sold."""

from collections.abc import Sequence
from typing import Literal, Required, TypedDict

from gigstack_events.api.inputs.common import Object


class TaxInput(TypedDict, total=False):
    """One tax of a line: `rate` is a fraction such as 0.16; an `inclusive` one is in the price already."""

    type: Literal["IVA", "ISR", "IEPS"]
    rate: float
    factor: Literal["Tasa", "Cuota", "Exento"]
    withholding: bool
    inclusive: bool
    base: float | str


class ItemInput(TypedDict, total=False):
    """One line: the `id` of a service, whose fields it takes over, or its own description and price."""

    id: str
    search: Object
    description: str
    quantity: float
    unit_price: float
    discount: float
    product_key: str
    unit_key: str
    unit_name: str
    sku: str
    taxability: str
    taxes: Sequence[TaxInput | Object]
    third_party: Object


Items = Sequence[ItemInput | Object]
"""The lines of a sale; a plain dictionary will do."""


class ServiceFields(TypedDict, total=False):
    """What new and changed services have in common."""

    quantity: float
    product_key: str
    unit_key: str
    unit_name: str
    sku: str
    taxability: str
    taxes: Sequence[TaxInput | Object]
    metadata: Object


class ServiceInput(ServiceFields, total=False):
    """A new service; `unit_price` is pesos."""

    description: Required[str]
    unit_price: Required[float]


class ServiceUpdate(ServiceFields, total=False):
    """The fields of a service to be changed."""

    description: str
    unit_price: float
