"""CFDI at the SAT: mirrored ones, single ones fetched, and the jobs that import many."""

import base64
from typing import Any, ClassVar

from pydantic import Field, model_validator

from gigstack_events.api.fields import ApiObject, Millis
from gigstack_events.api.spellings import Objects, Spelled

_OPEN = {"pending", "queued", "accepted", "processing", "running", "in_progress"}


class SatParty(Spelled):
    """Issuer or receiver of a CFDI."""

    rfc: str | None = None
    name: str | None = None


class SatInvoice(Spelled):
    """A CFDI as the SAT has it. `status` is Vigente or Cancelado, `resource_status` ready, building or error.

    `direction` is issued or received. Dates are text, as the SAT writes them: `2026-01-31T18:00:00`, in the
    local time of the place of issue.
    """

    uuid: str = ""
    status: str = ""
    direction: str | None = None
    invoice_type: str | None = None
    issuer: SatParty = Field(default_factory=SatParty)
    receiver: SatParty = Field(default_factory=SatParty)
    subtotal: float | None = None
    total: float | None = None
    currency: str | None = None
    exchange_rate: float | None = None
    resource_status: str | None = None
    has_xml: bool | None = None
    series: str | None = None
    folio: str | None = None
    issue_date: str | None = None
    stamp_date: str | None = None
    cancellation_date: str | None = None
    pac_rfc: str | None = None
    version: str | None = None
    certificate_number: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_its_uuid(cls, data: Any) -> Any:
        given = data.get("id") if isinstance(data, dict) else None
        return {"uuid": given, **data} if isinstance(given, str) and given else data


class FetchedInvoice(Spelled):
    """A CFDI fetched from the SAT by itself; `xml` is its text."""

    _bare: ClassVar[str] = "xml"
    _other_names: ClassVar = {"content": "xml", "cfdi": "xml"}

    uuid: str | None = None
    xml: str | None = None
    status: str | None = None
    credit_charged: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_text(cls, data: Any) -> Any:
        text = data.get("xml") if isinstance(data, dict) else None
        if not isinstance(text, str) or text.lstrip("\ufeff \r\n\t").startswith("<"):
            return data
        return {**data, "xml": _decoded(text)}


class XmlRetry(Spelled):
    """What fetching a mirrored CFDI's XML again came to."""

    _bare: ClassVar[str] = "answer"

    uuid: str | None = None
    credit_charged: bool | None = None
    resource_status: str | None = None
    has_xml: bool | None = None


class SatPdf(ApiObject):
    """A PDF, as base64."""

    pdf: str | None = None


class SatJob(Spelled):
    """A preview or an import that runs on its own."""

    _bare: ClassVar[str] = "answer"
    _nested: ClassVar[str] = "job"
    _other_names: ClassVar = {"job_id": "id", "jobId": "id"}

    id: str = ""
    status: str = ""
    type: str | None = None
    total: int | None = None
    found: int | None = None
    importable: int | None = None
    imported: int | None = None
    failed: int | None = None
    estimated_cost_mxn: float | None = None
    error: str | None = None
    created_at: Millis = None
    completed_at: Millis = None

    @property
    def is_open(self) -> bool:
        """Tell whether it still runs: ask again later."""
        return self.status.lower() in _OPEN

    @property
    def is_completed(self) -> bool:
        """Tell whether it ended well."""
        return self.status.lower() == "completed"


class SatJobs(Spelled):
    """The latest jobs."""

    _bare: ClassVar[str] = "jobs"

    jobs: Objects[SatJob] = Field(default_factory=list)


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8-sig")
    except ValueError:
        return None
