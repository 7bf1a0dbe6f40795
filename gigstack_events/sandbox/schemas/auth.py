"""What signing up takes."""

from typing import Any, Literal

from pydantic import Field, StrictBool

from gigstack_events.sandbox.schemas import Schema
from gigstack_events.sandbox.schemas.teams import Text
from gigstack_events.sandbox.schemas.users import EMAIL


class SignupInput(Schema):
    """A new account."""

    email: str = Field(pattern=EMAIL, max_length=320)
    name: Text | None = None
    rfc: str | None = Field(None, pattern=r"^[A-ZÑ&]{3,4}\d{6}[A-Z\d]{3}$")
    country: Text | None = None
    plan_id: Text | None = None
    billing_cycle: Literal["monthly", "yearly", "annual"] | None = None
    stripe_payment_method: Text | None = None
    livemode: StrictBool | None = None
    partner_ref: Text | None = None
    metadata: dict[str, Any] | None = None


class Account(Schema):
    """What signing up has made."""

    user_id: str
    team_id: str
    billing_account_id: str
    subscription: dict[str, Any]
    api_keys: dict[str, str]
    next_steps: dict[str, Any]


class Health(Schema):
    """That the API is there."""

    status: Literal["ok"]


class CatalogRow(Schema):
    """A code of the SAT and its meaning in Spanish."""

    code: str
    description: str
