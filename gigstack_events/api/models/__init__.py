"""What the API answers with. Amounts are pesos (or the `currency` named), times epoch milliseconds.

Every field may be missing: the API publishes no list of what is always there.
"""

from gigstack_events.api.models.batches import (
    ImportedFile,
    ImportSummary,
    InvoiceBatch,
    InvoiceBatchItem,
    XmlImport,
)
from gigstack_events.api.models.clients import (
    Address,
    Client,
    ClientDefaults,
    Efos,
    FiscalStatus,
    FiscalValidation,
    PortalAccess,
    SatStatus,
)
from gigstack_events.api.models.documents import Document, LinkedEntity
from gigstack_events.api.models.files import InvoiceFiles
from gigstack_events.api.models.invoices import (
    Cancellation,
    CfdiError,
    DraftInvoice,
    GlobalRun,
    GlobalSales,
    Invoice,
    Issuer,
    Related,
    SentInvoice,
    Stamp,
)
from gigstack_events.api.models.items import Item, Tax, ThirdParty
from gigstack_events.api.models.payments import (
    Payment,
    PaymentLink,
    PaymentReminders,
    Refund,
    ReminderOperation,
)
from gigstack_events.api.models.receipts import PendingStamps, Receipt, StampResult
from gigstack_events.api.models.services import Service
from gigstack_events.api.models.webhooks import Webhook

__all__ = [
    "Address",
    "Cancellation",
    "CfdiError",
    "Client",
    "ClientDefaults",
    "Document",
    "DraftInvoice",
    "Efos",
    "FiscalStatus",
    "FiscalValidation",
    "GlobalRun",
    "GlobalSales",
    "ImportSummary",
    "ImportedFile",
    "Invoice",
    "InvoiceBatch",
    "InvoiceBatchItem",
    "InvoiceFiles",
    "Issuer",
    "Item",
    "LinkedEntity",
    "Payment",
    "PaymentLink",
    "PaymentReminders",
    "PendingStamps",
    "PortalAccess",
    "Receipt",
    "Refund",
    "Related",
    "ReminderOperation",
    "SatStatus",
    "SentInvoice",
    "Service",
    "Stamp",
    "StampResult",
    "Tax",
    "ThirdParty",
    "Webhook",
    "XmlImport",
]
