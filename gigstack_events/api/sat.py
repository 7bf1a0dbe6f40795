"""Descarga Masiva SAT: the CFDI that a team issued or received, as the SAT has them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal, Unpack

from gigstack_events.api import sat_checks
from gigstack_events.api.formats import iso_date, month_range
from gigstack_events.api.inputs import Direction, File, SatInvoiceFilters, ScheduleInput
from gigstack_events.api.models import (
    FetchedInvoice,
    Fiel,
    SatActivation,
    SatDiagnosis,
    SatHistory,
    SatInvoice,
    SatJob,
    SatJobs,
    SatPackage,
    SatPdf,
    SatRequest,
    SatSchedule,
    SatSync,
    XmlRetry,
)
from gigstack_events.api.resources import Resource
from gigstack_events.api.sat_files import to_bytes, to_text

_BULK = ("invoices", "download")
_MIRROR = ("invoices", "sat")


class Sat(Resource):
    """`gigstack.sat`.

    In this order: `upload_fiel` (which registers as well), `activate`, `request` month by month, `status`
    until it is completed, `package` for each of its packages. The SAT takes minutes to hours.
    """

    def activation(self) -> SatActivation:
        """Tell whether Descarga Masiva is on, and what it costs."""
        return self._get(SatActivation, *_BULK, "activate", "status")

    def activate(self) -> SatActivation:
        """Turn Descarga Masiva on; each XML downloaded is billed from then on."""
        return self._post(SatActivation, *_BULK, "activate")

    def deactivate(self) -> SatActivation:
        """Turn Descarga Masiva off, and its schedule with it; may be repeated."""
        return self._post(SatActivation, *_BULK, "deactivate")

    def upload_fiel(
        self,
        *,
        cert: File,
        key: File,
        password: str,
        sync_start_date: date | str | None = None,
        phone: str | None = None,
    ) -> Fiel:
        """Upload the FIEL (.cer and .key); with a date and a phone, the business is registered at once.

        `sync_start_date` is at most 71 months back, `phone` is +52 and ten digits.
        """
        start = self._sync_start(sync_start_date)
        self._check_phone(phone)
        fields = {"password": password, "sync_start_date": start, "phone": phone}
        return self._upload(Fiel, *_BULK, "fiel", files={"cert": cert, "key": key}, fields=fields)

    def upload_pfx(self, *, pfx: File, password: str) -> Fiel:
        """Upload the FIEL as one PFX file."""
        body = {"pfx": to_text("pfx", pfx), "pfx_password": password}
        return self._post(Fiel, *_BULK, "pfx", body=body)

    def register(
        self,
        *,
        phone: str,
        sync_start_date: date | str,
        legal_name: str | None = None,
        max_monthly_invoices: int | None = None,
    ) -> Fiel:
        """Register the business by hand, where uploading the FIEL did not."""
        self._check_phone(phone)
        fields = {
            "phone": phone,
            "sync_start_date": self._sync_start(sync_start_date),
            "legal_name": legal_name,
            "max_monthly_invoices": max_monthly_invoices,
        }
        return self._post(Fiel, *_BULK, "register", body=_given(fields))

    def schedule(self) -> SatSchedule:
        """Tell what is set up: FIEL, registration, daily run."""
        return self._get(SatSchedule, *_BULK, "schedule")

    def update_schedule(self, **fields: Unpack[ScheduleInput]) -> SatSchedule:
        """Set up the daily run."""
        if self._session.check_inputs:
            sat_checks.check_schedule(fields)
        return self._put(SatSchedule, *_BULK, "schedule", body=fields)

    def history(self) -> Sequence[SatRequest]:
        """Return the last 20 requests, newest first, each with its current status."""
        return self._get(SatHistory, *_BULK, "schedule", "history").history

    def request(
        self,
        start: date | str,
        end: date | str,
        rfc_type: Direction = "received",
        request_type: Literal["metadata", "cfdi"] | None = None,
        *,
        filters: Mapping[str, Any] | None = None,
    ) -> SatRequest:
        """Ask the SAT for the CFDI of up to a month; both days count. See `gigstack_events.api.months`.

        `duplicate` says that the same was asked before: `request_id` is then the older request's. `filters`
        of the SAT are passed on as they are.
        """
        first, last = self._range(start, end)
        fields = {"start_date": first, "end_date": last, "rfc_type": rfc_type, "request_type": request_type}
        return self._post(SatRequest, *_BULK, "request", body={**(filters or {}), **_given(fields)})

    def status(self, request_id: str) -> SatRequest:
        """Tell how far a request is; once it is completed, `package_ids` says what to fetch."""
        found = self._get(SatRequest, *_BULK, "status", request_id)
        return found if found.id else found.model_copy(update={"id": request_id, "request_id": request_id})

    def package(self, package_id: str) -> bytes:
        """Fetch a package: a ZIP of XML files. Big ones take a longer `bound(timeout=60)`."""
        found = self._get(SatPackage, *_BULK, "package", package_id)
        return to_bytes("package", found.content, encoding=found.encoding, outcome="not_done")

    def fetch_invoice(self, uuid: str) -> FetchedInvoice:
        """Fetch one CFDI from the SAT. This may be charged, so it counts as a write: never tried twice."""
        return self._get(FetchedInvoice, *_BULK, "invoice", uuid, safe=False)

    def debug(self) -> SatDiagnosis:
        """Tell what is known about the registration, for support; see `model_extra`."""
        return self._get(SatDiagnosis, *_BULK, "debug")

    def progress(self) -> SatSync:
        """Tell how far the copy of older CFDI is."""
        return self._get(SatSync, *_BULK, "progress")

    def enable_sync(self) -> SatSync:
        """Start the continuous copy; normally registering does."""
        return self._post(SatSync, *_BULK, "enable-sync", body={})

    def extend_sync(self) -> SatSync:
        """Extend the continuous copy to the longest period, 71 months back."""
        return self._put(SatSync, *_BULK, "sync-period", body={})

    def preview(
        self, start: date | str, end: date | str, directions: Sequence[Direction] = ("received",)
    ) -> SatJob:
        """Queue a job that counts the CFDI of a range of days and downloads none."""
        if self._session.check_inputs:
            sat_checks.check_directions("directions", directions)
        first, last = sat_checks.in_order(iso_date("start", start), iso_date("end", end))
        body = {"start_date": first, "end_date": last, "directions": list(directions)}
        return self._post(SatJob, *_BULK, "preview", body=body)

    def import_xml(self, uuids: Sequence[str], confirm_cost_mxn: float) -> SatJob:
        """Queue a job that downloads up to 500 CFDI, which is charged.

        Where the cost is another, the API refuses with the code `cost_mismatch`; `details` of the error
        then hold `estimated_cost_mxn`.
        """
        if self._session.check_inputs:
            sat_checks.check_import(uuids, confirm_cost_mxn)
        body = {"uuids": list(uuids), "confirm_cost_mxn": confirm_cost_mxn}
        return self._post(SatJob, *_BULK, "import", body=body)

    def list_jobs(self) -> Sequence[SatJob]:
        """Return the 20 latest jobs."""
        return self._get(SatJobs, *_BULK, "jobs").jobs

    def get_job(self, id: str) -> SatJob:
        """Tell how far a job is."""
        return self._get(SatJob, *_BULK, "jobs", id)

    def cancel_job(self, id: str) -> SatJob:
        """Stop a job; what it has downloaded stays, and is charged."""
        return self._post(SatJob, *_BULK, "jobs", id, "cancel", body={})

    def list_invoices(self, **filters: Unpack[SatInvoiceFilters]) -> Iterator[SatInvoice]:
        """Yield the mirrored CFDI, fetching page by page."""
        query: dict[str, Any] = dict(filters)
        for name, asked in (("start", "from"), ("end", "to")):
            if (day := query.pop(name, None)) is not None:
                query[asked] = iso_date(name, day)
        return self._list(SatInvoice, *_MIRROR, filters=query, cursor="starting_after")

    def get_invoice(self, uuid: str) -> SatInvoice:
        """Fetch one mirrored CFDI."""
        return self._get(SatInvoice, *_MIRROR, uuid)

    def retry_invoice_xml(self, uuid: str) -> XmlRetry:
        """Download a mirrored CFDI's XML again; `credit_charged` says whether it cost."""
        return self._post(XmlRetry, *_MIRROR, uuid, "retry-xml")

    def invoice_pdf(self, uuid: str) -> bytes:
        """Make the PDF of a mirrored CFDI."""
        found = self._post(SatPdf, *_MIRROR, uuid, "pdf")
        return to_bytes("PDF", found.pdf, outcome="unknown")

    def _range(self, start: date | str, end: date | str) -> tuple[str, str]:
        if self._session.check_inputs:
            return month_range(start, end)
        return iso_date("start", start), iso_date("end", end)

    def _sync_start(self, given: date | str | None) -> str | None:
        day = None if given is None else iso_date("sync_start_date", given)
        if self._session.check_inputs:
            sat_checks.check_sync_start(day, datetime.now(UTC).date())
        return day

    def _check_phone(self, phone: str | None) -> None:
        if self._session.check_inputs:
            sat_checks.check_phone(phone)


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
