"""Retentions: CFDI of taxes withheld, and what they consist of."""

from typing import ClassVar

from pydantic import Field

from gigstack_events.api.fields import Millis, Rows
from gigstack_events.api.models.clients import Client
from gigstack_events.api.spellings import Spelled


class RetentionParty(Spelled):
    """Who withheld the tax, or from whom; `nationality` is Nacional or Extranjero."""

    legal_name: str | None = None
    tax_id: str | None = None
    tax_system: str | None = None
    nationality: str | None = None


class RetentionPeriod(Spelled):
    """First and last month, 1 to 12, of a year."""

    start: int | None = None
    end: int | None = None
    year: int | None = None


class RetentionTotals(Spelled):
    """Amounts in pesos; `tax_retained` holds `{tax, base, amount, payment_type}`."""

    total_operation: float | None = None
    total_taxable: float | None = None
    total_exempt: float | None = None
    total_retained: float | None = None
    tax_retained: Rows = Field(default_factory=list)


class RetentionStamp(Spelled):
    """The SAT's stamp."""

    uuid: str | None = None
    stamped_at: Millis = None
    provider: str | None = None


class Retention(Spelled):
    """A CFDI of taxes withheld, known by its `uuid`; `status` is valid or canceled."""

    id: str = ""
    uuid: str = ""
    status: str = ""
    document_type: str | None = None
    retention_key: str | None = None
    series: str | None = None
    folio_number: str | None = None
    client: Client | None = None
    issuer: RetentionParty = Field(default_factory=RetentionParty)
    receiver: RetentionParty = Field(default_factory=RetentionParty)
    period: RetentionPeriod = Field(default_factory=RetentionPeriod)
    totals: RetentionTotals = Field(default_factory=RetentionTotals)
    stamp: RetentionStamp = Field(default_factory=RetentionStamp)
    verification_url: str | None = None
    livemode: bool | None = None
    team: str | None = None
    created_at: Millis = None

    @property
    def is_canceled(self) -> bool:
        """Tell whether it was cancelled, however the API spells it."""
        return self.status in ("canceled", "cancelled")


class RetentionFiles(Spelled):
    """Where a retention's files can be downloaded."""

    _nested: ClassVar[str] = "files"
    _other_names: ClassVar = {"pdf_url": "pdf", "xml_url": "xml", "pdfUrl": "pdf", "xmlUrl": "xml"}

    pdf: str | None = None
    xml: str | None = None
