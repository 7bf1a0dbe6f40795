"""What the API answers with. Amounts are pesos (or the `currency` named), times epoch milliseconds.

Every field may be missing: the API publishes no list of what is always there.
"""

from gigstack_events.api.models.api_logs import ApiLog
from gigstack_events.api.models.auth import ApiKeys, Health, Signup
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
from gigstack_events.api.models.retentions import Retention, RetentionFiles
from gigstack_events.api.models.sat import (
    DailyRun,
    Fiel,
    SatActivation,
    SatDiagnosis,
    SatHistory,
    SatPackage,
    SatPricing,
    SatRequest,
    SatSchedule,
    SatSync,
)
from gigstack_events.api.models.sat_invoices import (
    FetchedInvoice,
    SatInvoice,
    SatJob,
    SatJobs,
    SatParty,
    SatPdf,
    XmlRetry,
)
from gigstack_events.api.models.sat_lists import AllSatLists, SatList, SatListCheck
from gigstack_events.api.models.services import Service
from gigstack_events.api.models.team_settings import TeamSettings
from gigstack_events.api.models.teams import (
    AllSeries,
    Integrations,
    Manifest,
    Member,
    Members,
    OnboardingUrl,
    SatConnection,
    Series,
    Team,
)
from gigstack_events.api.models.users import LoginLink, User
from gigstack_events.api.models.webhook_deliveries import ManualDelivery, WebhookDelivery
from gigstack_events.api.models.webhooks import ConfigurationOperation, Webhook

__all__ = [
    "Address",
    "AllSatLists",
    "AllSeries",
    "ApiKeys",
    "ApiLog",
    "Cancellation",
    "CfdiError",
    "Client",
    "ClientDefaults",
    "ConfigurationOperation",
    "DailyRun",
    "Document",
    "DraftInvoice",
    "Efos",
    "FetchedInvoice",
    "Fiel",
    "FiscalStatus",
    "FiscalValidation",
    "GlobalRun",
    "GlobalSales",
    "Health",
    "ImportSummary",
    "ImportedFile",
    "Integrations",
    "Invoice",
    "InvoiceBatch",
    "InvoiceBatchItem",
    "InvoiceFiles",
    "Issuer",
    "Item",
    "LinkedEntity",
    "LoginLink",
    "Manifest",
    "ManualDelivery",
    "Member",
    "Members",
    "OnboardingUrl",
    "Payment",
    "PaymentLink",
    "PaymentReminders",
    "PendingStamps",
    "PortalAccess",
    "Receipt",
    "Refund",
    "Related",
    "ReminderOperation",
    "Retention",
    "RetentionFiles",
    "SatActivation",
    "SatConnection",
    "SatDiagnosis",
    "SatHistory",
    "SatInvoice",
    "SatJob",
    "SatJobs",
    "SatList",
    "SatListCheck",
    "SatPackage",
    "SatParty",
    "SatPdf",
    "SatPricing",
    "SatRequest",
    "SatSchedule",
    "SatStatus",
    "SatSync",
    "SentInvoice",
    "Series",
    "Service",
    "Signup",
    "Stamp",
    "StampResult",
    "Tax",
    "Team",
    "TeamSettings",
    "ThirdParty",
    "User",
    "Webhook",
    "WebhookDelivery",
    "XmlImport",
    "XmlRetry",
]
