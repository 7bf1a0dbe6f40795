"""Schemas of retentions. Times in epoch milliseconds."""

from typing import Annotated, Any, Literal

from pydantic import Field

from gigstack_events.catalogs import RETENTION_KEYS
from gigstack_events.sandbox.schemas import Schema
from gigstack_events.sandbox.schemas.clients import ClientRef
from gigstack_events.sandbox.schemas.fields import Amount, Id, ListQuery
from gigstack_events.sandbox.schemas.invoices import Form, Uuid

RetentionKey = Annotated[str, Field(pattern=f"^({'|'.join(RETENTION_KEYS)})$")]
Month = Annotated[int, Field(ge=1, le=12)]


class RetainedTax(Schema):
    """One tax that was held back."""

    tax: Literal["ISR", "IVA", "IEPS", "001", "002", "003"]
    base: Amount
    amount: Amount
    payment_type: Annotated[str, Field(pattern=r"^0[1-4]$")] | None = None


class PlatformService(Schema):
    """One service that was sold through a platform."""

    payment_form: Form | None = None
    service_type: Annotated[str, Field(pattern=r"^[0-9]{2}$")] | None = None
    service_date: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] | None = None
    price_without_tax: Amount | None = None
    tax_rate: Annotated[Amount, Field(le=1)] | None = None
    commission: Amount | None = None


class PlatformServices(Schema):
    """What a platform held back for; only with key 26."""

    periodicity: Annotated[str, Field(pattern=r"^0[1-5]$")] | None = None
    services: Annotated[list[PlatformService], Field(min_length=1, max_length=1_000)]


class RetentionInput(Schema):
    """A retention to be made."""

    retention_key: RetentionKey
    client: ClientRef
    period_start: Month
    period_end: Month
    period_year: Annotated[int, Field(ge=2000, le=2999)]
    total_operation: Amount
    taxes: Annotated[list[RetainedTax], Field(min_length=1, max_length=20)]
    total_exempt: Amount | None = None
    platform_services: PlatformServices | None = None


class RetentionCancelInput(Schema):
    """Why a retention is cancelled, as with invoices; 02 where nothing is said."""

    motive: Literal["01", "02", "03", "04"] | None = None
    substitution_uuid: Uuid | None = None


class RetentionListQuery(ListQuery):
    """A page of retentions; here the created range is in epoch milliseconds."""

    status: Literal["valid", "canceled", "cancelled"] | None = None
    retention_key: RetentionKey | None = None
    client_id: Id | None = None


class Retention(Schema):
    """A retention; `id` is its UUID."""

    id: Id
    uuid: str
    status: Literal["valid", "canceled"]
    document_type: Literal["retenciones"]
    retention_key: str
    folio_number: str
    series: str
    issuer: dict[str, Any]
    receiver: dict[str, Any]
    period: dict[str, int]
    totals: dict[str, Any]
    stamp: dict[str, Any]
    verification_url: str
    livemode: bool
    created_at: int
