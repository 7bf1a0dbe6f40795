"""What calls about retentions take."""

from collections.abc import Sequence
from typing import Literal, Required, TypedDict

from gigstack_events.api.inputs.common import Object


class RetentionFilters(TypedDict, total=False):
    """For the list of retentions. `limit` is rows per page; the created range is in epoch milliseconds."""

    limit: int
    order_by: Literal["created_at"]
    sort: Literal["asc", "desc"]
    created_gte: int
    created_lte: int
    status: Literal["valid", "canceled"]
    retention_key: str
    client_id: str


class RetentionInput(TypedDict, total=False):
    """Taxes withheld from a client in some months of a year; amounts are pesos.

    `client` is an id or an object, `retention_key` a code of `catalogs.RETENTION_KEYS`. `taxes` holds
    `{tax: ISR, IVA or IEPS, base, amount, payment_type?}`; key 26 takes `platform_services`.
    """

    retention_key: Required[str]
    client: Required[str | Object]
    period_start: Required[int]
    period_end: Required[int]
    period_year: Required[int]
    total_operation: Required[float]
    taxes: Required[Sequence[Object]]
    total_exempt: float
    platform_services: Object
