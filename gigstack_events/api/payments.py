"""Payments: money asked for or collected."""

from collections.abc import Iterator
from typing import Unpack

from gigstack_events.api.inputs import PaymentFilters, RegisterPaymentInput, RequestPaymentInput
from gigstack_events.api.models import Payment
from gigstack_events.api.resources import Resource, reference


class Payments(Resource):
    """`gigstack.payments`."""

    def list(self, **filters: Unpack[PaymentFilters]) -> Iterator[Payment]:
        """Yield all payments, fetching page by page."""
        return self._list(Payment, "payments", filters=filters)

    def get(self, id: str) -> Payment:
        """Fetch one payment."""
        return self._get(Payment, "payments", id)

    def register(self, **fields: Unpack[RegisterPaymentInput]) -> Payment:
        """Record a payment that was collected elsewhere; its `invoices` may fill later."""
        body = {**fields, "client": reference(fields["client"])}
        return self._post(Payment, "payments", "register", body=body)

    def request(self, **fields: Unpack[RequestPaymentInput]) -> Payment:
        """Ask a client for a payment; `short_url` is where to pay."""
        body = {**fields, "client": reference(fields["client"])}
        return self._post(Payment, "payments", "request", body=body)

    def mark_as_paid(self, id: str, *, payment_form: str, date: int | None = None) -> Payment:
        """Record that a requested payment was collected; `date` is epoch ms, now by default."""
        body = {"payment_form": payment_form} | ({} if date is None else {"date": date // 1000})
        return self._post(Payment, "payments", id, "paid", body=body)

    def search(self, q: str) -> Iterator[Payment]:
        """Yield the payments that match a text."""
        return self._search(Payment, "payments", "search", q=q)
