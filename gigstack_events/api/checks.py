"""What is wrong with a call can often be said before it is sent: this looks at the fields by their names."""

from collections.abc import Mapping
from typing import Any

from gigstack_events.api.errors import InvalidInput
from gigstack_events.api.formats import iso_date, month_range
from gigstack_events.catalogs import PAYMENT_FORMS

__all__ = ["check_inputs", "iso_date", "month_range"]

# What these hold is the caller's own business.
_FREE = frozenset({"metadata"})


def check_inputs(body: Any, path: str = "") -> None:
    """Raise InvalidInput for the first field, at any depth, whose value cannot be right."""
    if isinstance(body, Mapping):
        for name, value in body.items():
            if name == "payment_form" and value is not None and value not in PAYMENT_FORMS:
                raise InvalidInput(f"{path}{name}: {value!r} is none of the SAT's payment forms")
            if name not in _FREE:
                check_inputs(value, f"{path}{name}.")
    elif isinstance(body, (list, tuple)):
        for row in body:
            check_inputs(row, path)
