"""What calls take, as keyword arguments. `Required` marks what the API is known to insist on.

Fields that are not listed here may be passed as well: the API's own list is not published in full.
"""

from gigstack_events.api.inputs.api_logs import ApiLogFilters
from gigstack_events.api.inputs.auth import SignupInput
from gigstack_events.api.inputs.clients import ClientInput
from gigstack_events.api.inputs.common import File, ListFilters, Object
from gigstack_events.api.inputs.documents import DocumentFilters, DocumentType
from gigstack_events.api.inputs.invoices import (
    CfdiInput,
    ComplementFilters,
    DraftInvoiceInput,
    DraftInvoiceUpdate,
    GlobalInput,
    InvoiceAutomation,
    InvoiceEgressInput,
    InvoiceFields,
    InvoiceFilters,
    InvoiceIncomeInput,
    Motive,
    RelatedInput,
)
from gigstack_events.api.inputs.items import (
    ItemInput,
    Items,
    ServiceFields,
    ServiceInput,
    ServiceUpdate,
    TaxInput,
)
from gigstack_events.api.inputs.payments import (
    PaymentAutomation,
    PaymentFilters,
    PaymentInput,
    RefundInput,
    RegisterPaymentInput,
    RemindersInput,
    RequestPaymentInput,
    UpdatePaymentInput,
)
from gigstack_events.api.inputs.receipts import ReceiptFilters, ReceiptInput, StampInput
from gigstack_events.api.inputs.retentions import RetentionFilters, RetentionInput
from gigstack_events.api.inputs.sat import Direction, SatInvoiceFilters, ScheduleInput
from gigstack_events.api.inputs.teams import (
    MemberInput,
    Role,
    SeriesInput,
    TeamFilters,
    TeamInput,
    TeamSettingsInput,
)
from gigstack_events.api.inputs.users import UserFields, UserInput
from gigstack_events.api.inputs.webhooks import DeliveryFilters, WebhookInput

__all__ = [
    "ApiLogFilters",
    "CfdiInput",
    "ClientInput",
    "ComplementFilters",
    "DeliveryFilters",
    "Direction",
    "DocumentFilters",
    "DocumentType",
    "DraftInvoiceInput",
    "DraftInvoiceUpdate",
    "File",
    "GlobalInput",
    "InvoiceAutomation",
    "InvoiceEgressInput",
    "InvoiceFields",
    "InvoiceFilters",
    "InvoiceIncomeInput",
    "ItemInput",
    "Items",
    "ListFilters",
    "MemberInput",
    "Motive",
    "Object",
    "PaymentAutomation",
    "PaymentFilters",
    "PaymentInput",
    "ReceiptFilters",
    "ReceiptInput",
    "RefundInput",
    "RegisterPaymentInput",
    "RelatedInput",
    "RemindersInput",
    "RequestPaymentInput",
    "RetentionFilters",
    "RetentionInput",
    "Role",
    "SatInvoiceFilters",
    "ScheduleInput",
    "SeriesInput",
    "ServiceFields",
    "ServiceInput",
    "ServiceUpdate",
    "SignupInput",
    "StampInput",
    "TaxInput",
    "TeamFilters",
    "TeamInput",
    "TeamSettingsInput",
    "UpdatePaymentInput",
    "UserFields",
    "UserInput",
    "WebhookInput",
]
