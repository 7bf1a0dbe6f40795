"""What Descarga Masiva SAT answers: activation, FIEL, schedule, and requests with their packages."""

from collections.abc import Iterator
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from gigstack_events.api.fields import ApiObject, Millis
from gigstack_events.api.spellings import Objects, Spelled

_OPEN = {"pending", "accepted", "processing"}
_FAILED = {"failed", "expired"}
_PACKAGES = {"package", "packages", "packageid", "packageids", "paquetes", "idspaquetes"}
_DEEPEST = 4


class SatPricing(Spelled):
    """What downloads cost, as text such as `$0.20 MXN`."""

    per_download: str | None = None
    addon_monthly: str | None = None


class SatActivation(Spelled):
    """Whether Descarga Masiva is on; `status` is active, needs_activation, needs_addon or needs_upgrade."""

    _bare: ClassVar[str] = "answer"

    status: str = ""
    type: str | None = None
    plan_includes_feature: bool | None = None
    is_activated: bool | None = None
    pricing: SatPricing = Field(default_factory=SatPricing)

    @property
    def is_active(self) -> bool:
        """Tell whether CFDI can be downloaded."""
        return self.status == "active" or bool(self.is_activated and not self.status)


class Fiel(Spelled):
    """The e.firma that the SAT is asked with; `registered` once the business is known there."""

    _bare: ClassVar[str] = "answer"

    rfc: str | None = None
    serial_number: str | None = None
    expires_at: Millis = None
    expires_at_readable: str | None = None
    sync_start_date: str | None = None
    phone: str | None = None
    registered: bool | None = None
    registered_at: Millis = None


class SatSync(Spelled):
    """How far the continuous copy of the SAT's CFDI is."""

    _bare: ClassVar[str] = "answer"
    _nested: ClassVar[str] = "prodigia"
    _other_names: ClassVar = {"sync_start_date": "sync_from", "sync_enabled": "enabled"}

    status: str | None = None
    enabled: bool | None = None
    synced: bool | None = None
    sync_from: str | None = None
    last_sync: Millis = None
    monthly_cap: int | None = None
    message: str | None = None


class DailyRun(Spelled):
    """The download that runs by itself once a day; `time` is HH:mm in Mexico City."""

    enabled: bool | None = None
    time: str | None = None
    download_types: list[str] = Field(default_factory=list)
    days_back: int | None = None
    last_run_at: Millis = None
    last_run_status: str | None = None


class SatSchedule(Spelled):
    """What is set up: the FIEL, the registration, the daily run and the continuous copy."""

    _bare: ClassVar[str] = "answer"

    fiel_uploaded: bool | None = None
    registered: bool | None = None
    sat_completed: bool | None = None
    sync_start_date: str | None = None
    schedule: DailyRun = Field(default_factory=DailyRun)
    prodigia: SatSync = Field(default_factory=SatSync)

    @model_validator(mode="before")
    @classmethod
    def _saved_run_alone(cls, data: Any) -> Any:
        alone = isinstance(data, dict) and "schedule" not in data and "time" in data
        return {**data, "schedule": data} if alone else data


class SatRequest(Spelled):
    """A request for the CFDI of up to a month: its acknowledgement, its status or its row in the history.

    `status` goes from pending over accepted and processing to completed, failed or expired;
    `status_message` says why. `package_ids` come with the status once it is completed. Dates of issue are
    text, in the local time of the place of issue.
    """

    id: str = ""
    request_id: str = ""
    status: str = ""
    duplicate: bool = False
    rfc_type: str | None = None
    request_type: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    invoice_count: int | None = None
    processed_count: int | None = None
    status_message: str | None = None
    source: str | None = None
    owner: str | None = None
    package_ids: list[str] = Field(default_factory=list)
    earliest_issue_date: str | None = None
    latest_issue_date: str | None = None
    created_at: Millis = None
    completed_at: Millis = None

    @model_validator(mode="wrap")
    @classmethod
    def _with_packages(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, dict):
            return handler(data)
        inner = data.get("request")
        whole = {**data, **inner} if isinstance(inner, dict) else data
        found = list(dict.fromkeys(_package_ids(data)))
        return handler({**whole, "package_ids": found} if found else whole)

    @model_validator(mode="before")
    @classmethod
    def _one_id(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not (known := data.get("request_id") or data.get("id")):
            return data
        return {"id": known, "request_id": known, **data}

    @property
    def is_open(self) -> bool:
        """Tell whether the SAT still works on it: ask again later."""
        return self.status.lower() in _OPEN

    @property
    def is_completed(self) -> bool:
        """Tell whether its packages are there."""
        return self.status.lower() == "completed"

    @property
    def is_failed(self) -> bool:
        """Tell whether it ended without packages: it failed, or they were not fetched in time."""
        return self.status.lower() in _FAILED


class SatHistory(Spelled):
    """The last 20 requests, newest first."""

    _bare: ClassVar[str] = "history"

    history: Objects[SatRequest] = Field(default_factory=list)


class SatPackage(ApiObject):
    """A ZIP of CFDI, as base64."""

    encoding: str | None = None
    content: str | None = None


class SatDiagnosis(Spelled):
    """Whatever the API tells about a registration; its fields are not documented."""

    _bare: ClassVar[str] = "answer"

    registered: bool | None = None
    message: str | None = None


def _package_ids(data: Any, depth: int = 0) -> Iterator[str]:
    """Find ids of packages wherever they stand; a status reply is not documented."""
    if not isinstance(data, dict) or depth == _DEEPEST:
        return
    for name, value in data.items():
        if str(name).replace("_", "").lower() in _PACKAGES:
            yield from _ids(value)
        elif isinstance(value, dict):
            yield from _package_ids(value, depth + 1)


def _ids(value: Any) -> Iterator[str]:
    for row in value if isinstance(value, list) else [value]:
        found = (
            (row.get("id") or row.get("package_id") or row.get("packageId")) if isinstance(row, dict) else row
        )
        if isinstance(found, (str, int)) and not isinstance(found, bool) and found != "":
            yield str(found)
