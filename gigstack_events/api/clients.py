"""Clients: who pays and receives the CFDI."""

from collections.abc import Iterator
from typing import Unpack

from gigstack_events.api.inputs import ClientInput, ListFilters
from gigstack_events.api.models import Client, PendingStamps
from gigstack_events.api.resources import Resource


class Clients(Resource):
    """`gigstack.clients`."""

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

    def stamp_pending_receipts(self, id: str) -> PendingStamps:
        """Stamp up to 100 pending receipts of a client; some may fail although the call succeeds."""
        return self._post(PendingStamps, "clients", id, "stamp-pending-receipts")
