"""Receipts: sales that wait for their CFDI."""

from collections.abc import Iterator
from typing import Unpack

from gigstack_events.api.inputs import ReceiptFilters, ReceiptInput, StampInput
from gigstack_events.api.models import Receipt, StampResult
from gigstack_events.api.resources import Resource, reference


class Receipts(Resource):
    """`gigstack.receipts`."""

    def list(self, **filters: Unpack[ReceiptFilters]) -> Iterator[Receipt]:
        """Yield all receipts, fetching page by page."""
        return self._list(Receipt, "receipts", filters=filters)

    def get(self, id: str) -> Receipt:
        """Fetch one receipt."""
        return self._get(Receipt, "receipts", id)

    def create(self, **fields: Unpack[ReceiptInput]) -> Receipt:
        """Create a pending receipt."""
        body = {**fields, "client": reference(fields["client"])}
        return self._post(Receipt, "receipts", body=body)

    def stamp(self, id: str, **options: Unpack[StampInput]) -> StampResult:
        """Make the CFDI of a receipt. Call it inside an effect: the API is not known to refuse a second."""
        return self._post(StampResult, "receipts", id, "stamp", body=options or None)

    def cancel(self, id: str) -> None:
        """Cancel a receipt for good."""
        self._delete("receipts", id)

    def search(self, q: str) -> Iterator[Receipt]:
        """Yield the receipts that match a text."""
        return self._search(Receipt, "receipts", "search", q=q)
