"""Who pays and receives the CFDI."""

from typing import Any, ClassVar

from pydantic import Field, SecretStr

from gigstack_events.api.fields import ApiObject, Millis, Rows


class Address(ApiObject):
    """Where a client is; `zip` is needed to stamp."""

    street: str | None = None
    exterior: str | None = None
    interior: str | None = None
    neighborhood: str | None = None
    municipality: str | None = None
    zip: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None


class FiscalStatus(ApiObject):
    """What the SAT said when the fiscal data were last checked."""

    status: str | None = None
    message: str | None = None


class Efos(ApiObject):
    """Whether the SAT has the RFC on its lists of sham invoices (EFOS, Art. 69-B)."""

    is_valid: bool | None = None


class SatStatus(ApiObject):
    """What the SAT's lists say about the RFC; `hits` are their entries."""

    is_risky: bool | None = None
    efos: Any = None
    hits: Rows = Field(default_factory=list)
    checked_at: Millis = None


class ClientDefaults(ApiObject):
    """How this client's sales are invoiced when nothing else is said."""

    keep_full_legal_name: bool | None = None
    issue_automatic_invoices: bool | None = None
    issue_invoiceable_receipts: bool | None = None


class Client(ApiObject):
    """Who pays and receives the CFDI."""

    id: str = ""
    name: str | None = None
    legal_name: str | None = None
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    bcc: list[str] = Field(default_factory=list)
    tax_id: str | None = None
    tax_system: str | None = None
    use: str | None = None
    address: Address = Field(default_factory=Address)
    metadata: dict[str, Any] = Field(default_factory=dict)
    is_valid: bool | None = None
    efos: Efos | None = None
    fiscal_validation: FiscalStatus | None = None
    sat_status: SatStatus | None = None
    defaults: ClientDefaults = Field(default_factory=ClientDefaults)
    document_type: str | None = None
    owner: str | None = None
    livemode: bool | None = None
    team: str | None = None
    created_at: Millis = None

    @property
    def missing_fiscal_data(self) -> list[str]:
        """Name what a CFDI needs and this client lacks."""
        needed = {
            "legal_name": self.legal_name,
            "tax_id": self.tax_id,
            "tax_system": self.tax_system,
            "address.zip": self.address.zip,
        }
        return [name for name, value in needed.items() if not value]


class FiscalValidation(ApiObject):
    """The answer to a check of a client's fiscal data with the SAT."""

    _bare: ClassVar[str] = "answer"

    is_valid: bool | None = None
    fiscal_validation: FiscalStatus | None = None
    efos: Efos | None = None


class PortalAccess(ApiObject):
    """A client's way into the customer portal, good for five days to anybody who has it."""

    _bare: ClassVar[str] = "url"

    url: SecretStr | None = None
    token: SecretStr | None = None
    expires_at: Millis = None
