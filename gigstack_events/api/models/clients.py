"""Who pays and receives the CFDI."""

from typing import Any

from pydantic import Field

from gigstack_events.api.fields import ApiObject, Millis


class Address(ApiObject):
    """Where a client is; `zip` is needed to stamp."""

    street: str | None = None
    zip: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None


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
