"""What calls about clients take."""

from collections.abc import Sequence
from typing import TypedDict

from gigstack_events.api.inputs.common import Object


class ClientInput(TypedDict, total=False):
    """A client; None clears a field on update."""

    name: str | None
    legal_name: str | None
    email: str | None
    tax_id: str | None
    tax_system: str | None
    use: str | None
    company: str | None
    phone: str | None
    bcc: Sequence[str] | None
    address: Object | None
    metadata: Object | None
    defaults: Object | None
    search: Object
