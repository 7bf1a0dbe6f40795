"""What the API answers with. Amounts are pesos (or the `currency` named), times epoch milliseconds.

Every field may be missing: the API publishes no list of what is always there.
"""

from gigstack_events.api.models.api_logs import ApiLog
from gigstack_events.api.models.auth import ApiKeys, Health, Signup
from gigstack_events.api.models.clients import Address, Client
from gigstack_events.api.models.payments import Payment
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
    "Client",
    "ConfigurationOperation",
    "DailyRun",
    "FetchedInvoice",
    "Fiel",
    "Health",
    "Integrations",
    "LoginLink",
    "Manifest",
    "ManualDelivery",
    "Member",
    "Members",
    "OnboardingUrl",
    "Payment",
    "PendingStamps",
    "Receipt",
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
    "SatSync",
    "Series",
    "Signup",
    "StampResult",
    "Team",
    "TeamSettings",
    "User",
    "Webhook",
    "WebhookDelivery",
    "XmlRetry",
]
