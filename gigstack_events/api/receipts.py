"""Receipts: sales that wait for their CFDI."""

from collections.abc import Iterator, Sequence
from typing import Unpack

from gigstack_events.api.bodies import read_about
from gigstack_events.api.inputs import ReceiptFilters, ReceiptInput, StampInput
from gigstack_events.api.models import Receipt, StampResult
from gigstack_events.api.resources import Resource, join, reference


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

    def reopen(self, id: str, *, reason: str | None = None) -> Receipt:
        """Let a receipt wait for its CFDI again, such as after it expired."""
        body = {} if reason is None else {"reason": reason}
        return read_about(Receipt, id, self._session.call("POST", join("receipts", id, "reopen"), body=body))

    def search(self, q: str, *, fields: Sequence[str] | None = None) -> Iterator[Receipt]:
        """Yield the receipts that match a text, anywhere or in the named fields."""
        named = ",".join(fields) if fields else None
        return self._search(Receipt, "receipts", "search", q=q, fields=named)
