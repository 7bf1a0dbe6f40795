"""Many invoices at once: batches to be stamped, and CFDIs brought in from elsewhere."""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from gigstack_events.api.fields import ApiObject, Rows, without_nulls


class InvoiceBatch(ApiObject):
    """Income invoices on their way; `counts` by state, `rejected` were not taken at all."""

    _bare: ClassVar[str] = "answer"

    id: str = ""
    status: str | None = None
    result: str | None = None
    counts: dict[str, Any] = Field(default_factory=dict)
    rejected: Rows = Field(default_factory=list)


class InvoiceBatchItem(ApiObject):
    """One invoice of a batch, found again by its `idempotency_key`."""

    id: str = ""
    status: str | None = None
    idempotency_key: str | None = None
    uuid: str | None = None
    error: Any = None


class ImportSummary(ApiObject):
    """How many CFDIs were brought in, and how many were not."""

    imported: int = 0
    not_imported: int = 0


class ImportedFile(ApiObject):
    """What became of one file; `error` is whatever the API says about it."""

    filename: str | None = None
    success: bool | None = None
    error: Any = None


class XmlImport(ApiObject):
    """The answer to an import; some files may have failed although the call succeeds."""

    _bare: ClassVar[str] = "answer"

    summary: ImportSummary = Field(default_factory=ImportSummary)
    results: Annotated[list[ImportedFile], BeforeValidator(without_nulls)] = Field(default_factory=list)
