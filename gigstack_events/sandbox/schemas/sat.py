"""Descarga Masiva SAT: what its operations answer."""

from typing import Annotated, Any, Literal

from pydantic import Field

from gigstack_events.sandbox.schemas import Schema
from gigstack_events.sandbox.schemas.sat_inputs import Direction

Status = Literal["pending", "accepted", "processing", "completed", "failed", "expired"]


class Activation(Schema):
    """Whether downloads are part of the plan, and switched on."""

    status: Literal["active", "needs_activation", "needs_addon", "needs_upgrade"]
    planIncludesFeature: bool
    isActivated: bool
    pricing: dict[str, Any]


class Activated(Schema):
    """How it was activated."""

    type: Literal["included", "addon"]


class Deactivated(Schema):
    """That it is not active."""

    isActivated: bool


class Fiel(Schema):
    """A FIEL and the registration made with it; times in epoch ms."""

    rfc: str
    expires_at: int
    expires_at_readable: str
    serial_number: str
    sync_start_date: str | None
    phone: str | None
    registered: bool
    registered_at: int | None


class Debug(Schema):
    """All that there is to know of a registration."""

    team: str
    activation: str
    fiel_uploaded: bool
    fiel: Fiel | None
    registered: bool
    sync_enabled: bool
    sync_start_date: str | None
    last_sync: int | None


class SyncEnabled(Schema):
    """That the sync is on."""

    sync_enabled: bool


class SyncPeriod(Schema):
    """The window that is synced."""

    sync_start_date: str
    months: int
    registered: bool


class Schedule(Schema):
    """The daily run and how it last went."""

    enabled: bool
    time: str
    downloadTypes: list[Direction]
    daysBack: int
    lastRunAt: int | None
    lastRunStatus: str | None


class ScheduleReply(Schema):
    """What is set up, with the schedule and the provider's part."""

    fiel_uploaded: bool
    registered: bool
    sat_completed: bool
    sync_start_date: str | None
    schedule: Schedule
    prodigia: dict[str, Any]


class Progress(Schema):
    """How far the sync is."""

    status: Literal["idle", "syncing"]
    requests_open: int
    invoices_synced: int
    xml_synced: int
    last_sync: int | None


class Requested(Schema):
    """A request, new or made before."""

    request_id: str
    duplicate: bool
    status: Status


class HistoryRow(Schema):
    """A request as the history shows it; `createdAt` and `completedAt` are epoch ms."""

    id: str
    rfcType: Direction
    startDate: str
    endDate: str
    status: Status
    invoiceCount: int | None
    processedCount: int | None
    statusMessage: str | None
    source: Literal["manual", "schedule"]
    owner: str
    latestIssueDate: str | None
    earliestIssueDate: str | None
    createdAt: int
    completedAt: int | None


class History(Schema):
    """The last 20 requests, newest first."""

    history: Annotated[list[HistoryRow], Field(max_length=20)]


class RequestStatus(HistoryRow):
    """A request with the packages that can be fetched."""

    requestType: Literal["metadata", "cfdi"]
    packageIds: list[str]


class Package(Schema):
    """A ZIP."""

    encoding: Literal["base64"]
    content: str


class FetchedInvoice(Schema):
    """One invoice's XML, paid for."""

    uuid: str
    direction: Direction
    xml: str
    credit_charged: bool


class Party(Schema):
    """Who issued or received an invoice."""

    rfc: str | None
    name: str | None


class SatInvoice(Schema):
    """An invoice as it is mirrored from the SAT; dates are those of Mexico City."""

    uuid: str
    direction: Direction
    invoice_type: str
    issuer: Party
    receiver: Party
    subtotal: float | None
    total: float | None
    currency: str | None
    exchange_rate: float | None
    status: Literal["Vigente", "Cancelado"]
    resource_status: Literal["ready", "building", "error"]
    has_xml: bool
    series: str | None
    folio: str | None
    issue_date: str
    stamp_date: str
    cancellation_date: str | None
    pac_rfc: str
    version: str
    certificate_number: str


class XmlRetried(Schema):
    """Whether the XML cost anything."""

    credit_charged: bool


class PdfMade(Schema):
    """Whose PDF stands beside, as `pdf`."""

    uuid: str


class Job(Schema):
    """A preview or an import; times in epoch ms."""

    id: str
    type: Literal["preview", "import"]
    status: Literal["queued", "running", "completed", "cancelled"]
    created_at: int
    completed_at: int | None
    found: int
    importable: int
    imported: int
    estimated_cost_mxn: float
