"""The kinds of invoices: income, egress, payment complements, transfers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Unpack

from gigstack_events.api.bodies import invoice_body
from gigstack_events.api.checks import check_batch
from gigstack_events.api.errors import InvalidInput
from gigstack_events.api.inputs import (
    CfdiInput,
    ComplementFilters,
    InvoiceEgressInput,
    InvoiceFilters,
    InvoiceIncomeInput,
    ListFilters,
)
from gigstack_events.api.models import Invoice, InvoiceBatch, InvoiceBatchItem
from gigstack_events.api.resources import Resource


class Income(Resource):
    """`gigstack.invoices.income`: CFDIs of income, what most people call an invoice."""

    def list(self, **filters: Unpack[InvoiceFilters]) -> Iterator[Invoice]:
        """Yield all income invoices, fetching page by page."""
        return self._list(Invoice, "invoices", "income", filters=filters)

    def get(self, id: str) -> Invoice:
        """Fetch one income invoice, by its id or uuid."""
        return self._get(Invoice, "invoices", "income", id)

    def create(self, **fields: Unpack[InvoiceIncomeInput]) -> Invoice:
        """Make a CFDI of income. It is stamped at once: call it inside an effect."""
        return self._post(Invoice, "invoices", "income", body=invoice_body(fields))

    def create_batch(self, invoices: Sequence[InvoiceIncomeInput], *, idempotency_key: str) -> InvoiceBatch:
        """Queue up to 1,000 income invoices, each with an `idempotency_key` of its own.

        They are stamped later; the event `invoice_batch.completed` tells when. `idempotency_key` is the
        whole batch's: 8 to 128 letters, digits or `._:-`.
        """
        if isinstance(invoices, Mapping):
            raise InvalidInput("invoices: is a list of invoices, also where there is one only")
        body = {"invoices": [invoice_body(fields) for fields in invoices]}
        if self._session.check_inputs:
            check_batch(body["invoices"], idempotency_key)
        path = ("invoices", "income", "batch")
        return self._post(InvoiceBatch, *path, body=body, idempotency_key=idempotency_key)

    def get_batch(self, id: str) -> InvoiceBatch:
        """Fetch how far a batch got."""
        return self._get(InvoiceBatch, "invoices", "income", "batch", id)

    def list_batch_items(self, id: str, *, status: str | None = None) -> Iterator[InvoiceBatchItem]:
        """Yield the invoices of a batch, fetching page by page."""
        path = ("invoices", "income", "batch", id, "items")
        return self._list(InvoiceBatchItem, *path, filters={"status": status})


class Egress(Resource):
    """`gigstack.invoices.egress`: CFDIs of egress, such as credit notes."""

    def list(self, **filters: Unpack[InvoiceFilters]) -> Iterator[Invoice]:
        """Yield all egress invoices, fetching page by page."""
        return self._list(Invoice, "invoices", "egress", filters=filters)

    def get(self, id: str) -> Invoice:
        """Fetch one egress invoice, by its id or uuid."""
        return self._get(Invoice, "invoices", "egress", id)

    def create(self, **fields: Unpack[InvoiceEgressInput]) -> Invoice:
        """Make a CFDI of egress. It is stamped at once: call it inside an effect."""
        return self._post(Invoice, "invoices", "egress", body=invoice_body(fields))


class Complements(Resource):
    """`gigstack.invoices.complements`: CFDIs that tell which PPD invoices a payment settled."""

    def list(self, **filters: Unpack[ComplementFilters]) -> Iterator[Invoice]:
        """Yield all payment complements, fetching page by page."""
        return self._list(Invoice, "invoices", "payment", filters=filters)

    def get(self, id: str) -> Invoice:
        """Fetch one payment complement, by its id or uuid."""
        return self._get(Invoice, "invoices", "payment", id)

    def create(self, **fields: Unpack[CfdiInput]) -> Invoice:
        """Make a payment complement from a whole CFDI; registering a payment makes it by itself."""
        return self._post(Invoice, "invoices", "payment", body=invoice_body(fields))


class Transfers(Resource):
    """`gigstack.invoices.transfers`: CFDIs of goods on their way (traslado)."""

    def list(self, **filters: Unpack[ListFilters]) -> Iterator[Invoice]:
        """Yield all transfer invoices, fetching page by page."""
        return self._list(Invoice, "invoices", "transfer", filters=filters)

    def get(self, id: str) -> Invoice:
        """Fetch one transfer invoice, by its id or uuid."""
        return self._get(Invoice, "invoices", "transfer", id)

    def create(self, **fields: Unpack[CfdiInput]) -> Invoice:
        """Make a transfer invoice from a whole CFDI."""
        return self._post(Invoice, "invoices", "transfer", body=invoice_body(fields))
