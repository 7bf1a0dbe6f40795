"""Schemas of clients. Nothing is required: whether a client can be invoiced shows when it is validated."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from gigstack_events.sandbox.schemas import File, Schema
from gigstack_events.sandbox.schemas.fields import Email, Flag, Id, Metadata, Name, Query, Text, Whole


class Address(Schema):
    """Where a client lives; the SAT wants `zip`."""

    country: Text | None = None
    street: Text | None = None
    zip: Text | None = None
    city: Text | None = None
    state: Text | None = None
    exterior: Text | None = None
    interior: Text | None = None
    municipality: Text | None = None
    neighborhood: Text | None = None


class Defaults(Schema):
    """What a client wants in general."""

    keep_full_legal_name: Flag | None = None
    issue_automatic_invoices: Flag | None = None
    issue_invoiceable_receipts: Flag | None = None


class ClientSearch(Schema):
    """How a client is found that is there already."""

    on_key: Literal["email", "tax_id"]
    on_value: Name
    update: Flag | None = None
    auto_create: Flag | None = None


class ClientFields(Schema):
    """What can be set of a client; null clears."""

    name: Text | None = None
    legal_name: Text | None = None
    company: Text | None = None
    email: Email | Literal[""] | None = None
    phone: Text | None = None
    bcc: Annotated[list[Email], Field(max_length=50)] | None = None
    tax_id: Text | None = None
    tax_system: Text | None = None
    use: Text | None = None
    address: Address | None = None
    metadata: Metadata | None = None
    defaults: Defaults | None = None


class ClientInput(ClientFields):
    """A client to be made, or found and changed."""

    search: ClientSearch | None = None


class ClientRef(ClientInput):
    """The client of something else: by `id`, by `search`, or by its fields where `auto_create` is on."""

    id: Id | None = None


class FiscalValidation(Schema):
    """What came of a validation."""

    status: Literal["valid", "invalid"]
    message: str


class Client(ClientFields):
    """A client."""

    id: Id
    livemode: bool
    team: str
    created_at: int
    is_valid: bool | None = None
    efos: dict[str, Any] | None = None
    fiscal_validation: FiscalValidation | None = None


class Validation(Schema):
    """Whether a client can be invoiced."""

    id: Id
    is_valid: bool
    efos: dict[str, Any]
    fiscal_validation: FiscalValidation


class PortalInput(Schema):
    """Whose portal is meant: one of both."""

    id: Id | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.id is None) == (self.email is None):
            raise ValueError("give one of id and email")
        return self


class PortalToken(Schema):
    """A link into the customer portal; `expires_at` in epoch seconds."""

    url: str
    token: str
    expires_at: int
    client_id: Id


class CsfQuery(Query):
    """Which client a Constancia de Situación Fiscal is of; none makes one."""

    client_id: Id | None = None


class CsfForm(Schema):
    """A Constancia de Situación Fiscal as a PDF of at most 5 MiB."""

    file: File


class StampResult(Schema):
    """What became of one receipt."""

    id: Id
    status: Literal["stamped", "failed"]
    error: str | None = None


class PendingReceiptsSummary(Schema):
    """What became of a client's pending receipts."""

    stamped: Whole
    failed: Whole
    remaining: Whole
    results: list[StampResult]
