"""What may be wanted of the SAT at `/_sandbox/sat`: a slip is refused, not guessed at."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictBool, StrictInt, StrictStr

from gigstack_events.sandbox.schemas import Schema


class Wanted(Schema):
    """An invoice that the SAT is to have; what is not given is made up."""

    date: Annotated[StrictStr, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] | None = None
    direction: Literal["issued", "received"] = "received"
    uuid: Annotated[StrictStr, Field(min_length=1, max_length=64)] | None = None
    status: Literal["valid", "canceled"] = "valid"
    invoice_type: Literal["I", "E", "P", "N", "T"] = "I"
    issuer_info: dict[str, Any] | None = None
    client: dict[str, Any] | None = None
    items: list[dict[str, Any]] | None = None


class Steer(Schema):
    """All wishes; the control route says what each does."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    livemode: StrictBool = True
    team: StrictStr | None = None
    ready: StrictBool = False
    activation: Literal["active", "needs_activation", "needs_addon", "needs_upgrade"] | None = None
    invoices: Annotated[StrictInt, Field(ge=0, le=1000)] | Annotated[list[Wanted], Field(max_length=1000)] = 0
    fail_next: StrictBool | StrictStr = False
    expire: StrictStr | None = None
    lose_xml: StrictStr | None = None
    retry_status: Literal[422, 502] | None = None
