"""What the API answers with. Amounts are pesos (or the `currency` named), times epoch milliseconds.

Every field may be missing: the API publishes no list of what is always there.
"""

from gigstack_events.api.models.clients import Address, Client
from gigstack_events.api.models.payments import Payment
from gigstack_events.api.models.receipts import PendingStamps, Receipt, StampResult
from gigstack_events.api.models.webhooks import Webhook

__all__ = ["Address", "Client", "Payment", "PendingStamps", "Receipt", "StampResult", "Webhook"]
