"""What several samples send."""

from collections.abc import Callable, Mapping
from typing import Any

from gigstack_events.api import Gigstack

Known = Mapping[str, str]
"""Ids by what they are of."""
Sample = Callable[[Gigstack, Known], Any]

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
UUID = "0d0c2a51-7b0e-4a5e-9d62-0c8b1a2f4e00"
ADDRESS = {
    "country": "MEX",
    "street": "Av. Insurgentes Sur",
    "exterior": "1",
    "interior": "2",
    "neighborhood": "Nápoles",
    "municipality": "Benito Juárez",
    "city": "Ciudad de México",
    "state": "CDMX",
    "zip": "36257",
}
IVA = {"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False, "inclusive": False}
ITEM = {
    "description": "Consultoría",
    "quantity": 2,
    "unit_price": 500.5,
    "product_key": "80141503",
    "unit_key": "E48",
    "unit_name": "Servicio",
    "sku": "CONS",
    "taxability": "02",
    "taxes": [IVA],
}
