"""Clients: who pays and receives the CFDI."""

from collections.abc import Iterator
from typing import Unpack

from gigstack_events.api.documents import WithDocuments
from gigstack_events.api.errors import InvalidInput
from gigstack_events.api.inputs import ClientInput, File, ListFilters
from gigstack_events.api.models import Client, FiscalValidation, PendingStamps, PortalAccess
from gigstack_events.api.uploads import csf


class Clients(WithDocuments):
    """`gigstack.clients`."""

    _section = "clients"

    def list(self, **filters: Unpack[ListFilters]) -> Iterator[Client]:
        """Yield all clients, fetching page by page."""
        return self._list(Client, "clients", filters=filters)

    def get(self, id: str) -> Client:
        """Fetch one client."""
        return self._get(Client, "clients", id)

    def create(self, **fields: Unpack[ClientInput]) -> Client:
        """Create a client; with `search`, update or return the one that matches."""
        return self._post(Client, "clients", body=fields)

    def update(self, id: str, **fields: Unpack[ClientInput]) -> Client:
        """Change the given fields of a client; None clears one."""
        return self._put(Client, "clients", id, body=fields)

    def delete(self, id: str) -> None:
        """Delete a client."""
        self._delete("clients", id)

    def search(self, q: str) -> Iterator[Client]:
        """Yield the clients that match a text."""
        return self._search(Client, "clients", "search", q=q)

    def validate(self, id: str) -> FiscalValidation:
        """Have a client's fiscal data checked against the SAT's."""
        return self._post(FiscalValidation, "clients", "validate", id)

    def customer_portal(self, *, id: str | None = None, email: str | None = None) -> PortalAccess:
        """Make a link into the customer portal for a client, named by id or by e-mail. Keep it secret."""
        if (id is None) == (email is None):
            raise InvalidInput("a portal's client is named either by its id or by its e-mail")
        return self._post(
            PortalAccess, "clients", "customerportal", body={"id": id} if id else {"email": email}
        )

    def stamp_pending_receipts(self, id: str) -> PendingStamps:
        """Stamp up to 100 pending receipts of a client; some may fail although the call succeeds."""
        return self._post(PendingStamps, "clients", id, "stamp-pending-receipts")

    def upload_csf(self, file: File, *, client_id: str | None = None) -> Client:
        """Read a client out of its Constancia de Situación Fiscal, a PDF of 5 MiB at most.

        With `client_id` that client is updated, without it one is created.
        """
        files = {"file": csf(file, check=self._session.check_inputs)}
        return self._upload(Client, "clients", "csf", files=files, query={"client_id": client_id})
