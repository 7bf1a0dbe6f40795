"""Descarga Masiva SAT: what its operations take."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from gigstack_events.sandbox.schemas import File, Schema

Direction = Literal["issued", "received"]
Day = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        json_schema_extra={"format": "date", "examples": ["2026-01-31"]},
    ),
]
Phone = Annotated[str, Field(pattern=r"^\+52[0-9]{10}$", json_schema_extra={"examples": ["+525512345678"]})]


class FielForm(Schema):
    """A FIEL; with day and phone the business is registered, too."""

    cert: File
    key: File
    password: Annotated[str, Field(min_length=1, max_length=256)]
    sync_start_date: Day | None = None
    phone: Phone | None = None


class PfxInput(Schema):
    """A FIEL as one file in base64."""

    pfx: Annotated[str, Field(min_length=1, json_schema_extra={"format": "byte"})]
    pfx_password: Annotated[str, Field(min_length=1, max_length=256)]


class RegisterInput(Schema):
    """Registers the business by hand."""

    phone: Phone
    sync_start_date: Day
    legal_name: Annotated[str, Field(max_length=300)] | None = None
    max_monthly_invoices: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None = None


class ScheduleInput(Schema):
    """The daily run, at a time of Mexico City."""

    enabled: StrictBool | None = None
    time: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    download_types: Annotated[list[Direction], Field(min_length=1)] | None = None
    days_back: Annotated[StrictInt, Field(ge=1, le=90)] | None = None


class RequestInput(Schema):
    """A range of at most one month."""

    start_date: Day
    end_date: Day
    rfc_type: Direction
    request_type: Literal["metadata", "cfdi"] | None = None


class PreviewInput(Schema):
    """A range whose invoices are to be mirrored without their XMLs."""

    start_date: Day
    end_date: Day
    directions: Annotated[list[Direction], Field(min_length=1)]


class ImportInput(Schema):
    """The XMLs to pay for, at the cost that was shown."""

    uuids: Annotated[list[Annotated[StrictStr, Field(max_length=64)]], Field(min_length=1, max_length=500)]
    confirm_cost_mxn: Annotated[float, Field(strict=True, ge=0, le=1e9)]


class InvoicesQuery(Schema):
    """Filters of mirrored invoices."""

    limit: Annotated[int, Field(ge=1, le=100)] = 10
    starting_after: str | None = None
    direction: Direction | None = None
    status: Literal["Vigente", "Cancelado"] | None = None
    invoice_type: Literal["I", "E", "P", "N", "T"] | None = None
    issuer_rfc: str | None = None
    receiver_rfc: str | None = None
    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")
