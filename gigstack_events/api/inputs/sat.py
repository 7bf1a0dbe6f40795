"""What calls about the SAT's bulk download take."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, Required, TypedDict

Direction = Literal["issued", "received"]
"""Whether the team issued the CFDI or received it."""


class ScheduleInput(TypedDict, total=False):
    """The download that runs once a day; `time` is HH:mm in Mexico City, `days_back` 1 to 90."""

    enabled: bool
    time: Required[str]
    download_types: Sequence[Direction]
    days_back: int


class SatInvoiceFilters(TypedDict, total=False):
    """For the list of mirrored CFDI; `start` and `end` are days, both counted in."""

    limit: int
    start: date | str
    end: date | str
    direction: Direction
    status: Literal["Vigente", "Cancelado"]
    invoice_type: Literal["I", "E", "P", "N", "T"]
    issuer_rfc: str
    receiver_rfc: str
