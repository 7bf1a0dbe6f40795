"""Payments: money asked for or collected."""

from collections.abc import Iterator
from typing import Literal, Unpack

from gigstack_events.api.bodies import payment_body, read_about
from gigstack_events.api.documents import WithDocuments
from gigstack_events.api.errors import InvalidInput
from gigstack_events.api.inputs import (
    PaymentFilters,
    RefundInput,
    RegisterPaymentInput,
    RemindersInput,
    RequestPaymentInput,
    UpdatePaymentInput,
)
from gigstack_events.api.models import Payment, PaymentLink, PaymentReminders, ReminderOperation
from gigstack_events.api.resources import join, seconds


class Payments(WithDocuments):
    """`gigstack.payments`."""

    _section = "payments"

    def list(self, **filters: Unpack[PaymentFilters]) -> Iterator[Payment]:
        """Yield all payments, fetching page by page."""
        return self._list(Payment, "payments", filters=filters)

    def get(self, id: str) -> Payment:
        """Fetch one payment."""
        return self._get(Payment, "payments", id)

    def register(self, **fields: Unpack[RegisterPaymentInput]) -> Payment:
        """Record a payment that was collected elsewhere; its `invoices` may fill later."""
        return self._post(Payment, "payments", "register", body=payment_body(fields))

    def request(self, **fields: Unpack[RequestPaymentInput]) -> Payment:
        """Ask a client for a payment; `short_url` is where to pay."""
        return self._post(Payment, "payments", "request", body=payment_body(fields))

    def update(self, id: str, **fields: Unpack[UpdatePaymentInput]) -> Payment:
        """Change the descriptions, the client or a missing automation of a payment."""
        if not fields:
            raise InvalidInput("an update of a payment changes its items, automation_type or client")
        return self._put(Payment, "payments", id, body=payment_body(fields))

    def mark_as_paid(self, id: str, *, payment_form: str, date: int | None = None) -> Payment:
        """Record that a requested payment was collected; `date` is epoch ms, now by default."""
        body = {"payment_form": payment_form} | ({} if date is None else {"date": seconds("date", date)})
        return self._post(Payment, "payments", id, "paid", body=body)

    def refund(self, id: str, **fields: Unpack[RefundInput]) -> Payment:
        """Give money back; `amount` is pesos, or the payment's currency."""
        return read_about(
            Payment, id, self._session.call("POST", join("payments", id, "refund"), body=fields)
        )

    def cancel(self, id: str) -> None:
        """Cancel a payment that was not collected."""
        self._delete("payments", id)

    def search(self, q: str, *, status: str | None = None, client_id: str | None = None) -> Iterator[Payment]:
        """Yield the payments that match a text."""
        return self._search(Payment, "payments", "search", q=q, status=status, client_id=client_id)

    def get_reminders(self, id: str) -> PaymentReminders:
        """Fetch when a client will be reminded of a payment."""
        return self._get(PaymentReminders, "payments", id, "reminders")

    def replace_reminders(self, id: str, **fields: Unpack[RemindersInput]) -> ReminderOperation:
        """Plan the reminders of a payment anew; keep the `operation_id` (a uuid) to try again."""
        return self._put(ReminderOperation, "payments", id, "reminders", body=fields)

    def list_links(
        self,
        *,
        status: Literal["active", "deleted"] | None = None,
        since: int | None = None,
        until: int | None = None,
    ) -> Iterator[PaymentLink]:
        """Yield all payment links; `since` and `until` are epoch ms."""
        filters = {"status": status, "from": since, "to": until}
        return self._list(PaymentLink, "payments", "links", filters=filters, cursor="cursor")
