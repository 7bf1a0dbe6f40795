"""Drafts: invoices that are no CFDI yet (pre-factura)."""

from collections.abc import Iterator
from typing import Unpack

from gigstack_events.api.bodies import invoice_body
from gigstack_events.api.downloads import content_of
from gigstack_events.api.inputs import DraftInvoiceInput, DraftInvoiceUpdate, ListFilters
from gigstack_events.api.models import DraftInvoice, Invoice, InvoiceFiles
from gigstack_events.api.resources import Resource


class Drafts(Resource):
    """`gigstack.invoices.drafts`."""

    def list(self, **filters: Unpack[ListFilters]) -> Iterator[DraftInvoice]:
        """Yield all drafts, fetching page by page."""
        return self._list(DraftInvoice, "invoices", "draft", filters=filters)

    def get(self, id: str) -> DraftInvoice:
        """Fetch one draft."""
        return self._get(DraftInvoice, "invoices", "draft", id)

    def create(self, **fields: Unpack[DraftInvoiceInput]) -> DraftInvoice:
        """Create a draft; it may be incomplete until it is stamped."""
        return self._post(DraftInvoice, "invoices", "draft", body=invoice_body(fields))

    def update(self, id: str, **fields: Unpack[DraftInvoiceUpdate]) -> DraftInvoice:
        """Change a draft; send it whole, for the API may clear what is left out."""
        return self._put(DraftInvoice, "invoices", "draft", id, body=invoice_body(fields))

    def stamp(self, id: str) -> Invoice:
        """Make the CFDI of a draft. Call it inside an effect."""
        return self._post(Invoice, "invoices", "draft", id, "stamp")

    def preview(self, id: str) -> bytes:
        """Make the draft's PDF, which is marked as not valid for the SAT."""
        files = self._post(InvoiceFiles, "invoices", "draft", id, "preview")
        return content_of(files, "pdf", self._session)

    def delete(self, id: str) -> None:
        """Delete a draft and its preview."""
        self._delete("invoices", "draft", id)
