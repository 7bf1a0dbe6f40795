"""What signing up takes."""

from typing import Literal, Required, TypedDict

from gigstack_events.api.inputs.common import Object


class SignupInput(TypedDict, total=False):
    """A new account; `stripe_payment_method` pays its plan."""

    email: Required[str]
    name: str
    rfc: str
    country: str
    plan_id: str
    billing_cycle: Literal["monthly", "yearly"] | str
    stripe_payment_method: str
    livemode: bool
    partner_ref: str
    metadata: Object
