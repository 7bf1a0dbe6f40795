"""Services: the catalogue of what is sold."""

from collections.abc import Iterator
from typing import Unpack

from gigstack_events.api.inputs import ListFilters, ServiceInput, ServiceUpdate
from gigstack_events.api.models import Service
from gigstack_events.api.resources import Resource


class Services(Resource):
    """`gigstack.services`."""

    def list(self, **filters: Unpack[ListFilters]) -> Iterator[Service]:
        """Yield all services, fetching page by page."""
        return self._list(Service, "services", filters=filters)

    def get(self, id: str) -> Service:
        """Fetch one service."""
        return self._get(Service, "services", id)

    def create(self, **fields: Unpack[ServiceInput]) -> Service:
        """Create a service; `unit_price` is pesos."""
        return self._post(Service, "services", body=fields)

    def update(self, id: str, **fields: Unpack[ServiceUpdate]) -> Service:
        """Change the given fields of a service."""
        return self._put(Service, "services", id, body=fields)

    def delete(self, id: str) -> None:
        """Delete a service."""
        self._delete("services", id)
