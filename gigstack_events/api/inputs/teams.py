"""What calls about teams take."""

from collections.abc import Sequence
from typing import Literal, TypedDict

from gigstack_events.api.inputs.common import Object

Role = Literal["admin", "editor", "viewer"]
"""What a member may do."""


class TeamFilters(TypedDict, total=False):
    """For the list of teams. `limit` is rows per page."""

    limit: int
    order_by: Literal["timestamp", "name"]
    sort: Literal["asc", "desc"]


class TeamInput(TypedDict, total=False):
    """A team; `add_members` holds `{id, role}`, `generate_onboarding_url` works on creation."""

    tax_id: str
    tax_system: str
    legal_name: str
    address: Object
    brand: Object
    support_email: str
    support_phone: str
    generate_onboarding_url: bool
    add_members: Sequence[Object]
    add_master_team_members: bool


class SeriesInput(TypedDict, total=False):
    """The last folio used, per mode."""

    live: int
    test: int


class MemberInput(TypedDict, total=False):
    """What can be changed of a member."""

    role: Role
    permissions: Object


class TeamSettingsInput(TypedDict, total=False):
    """How a team invoices. None clears a setting, an empty object leaves its group, a list replaces all."""

    avoid_legal_name_replacer: bool | None
    enforce_client_country_taxes: bool | None
    global_invoice_disabled: bool | None
    automate_complement_for_ppd_invoices: bool | None
    automate_partial_payment_complements: bool | None
    use_foreign_public_in_usd: bool | None
    avoid_receipts: bool | None
    cancel_receipts_on_refunds: bool | None
    invoice_per_receipt: bool | None
    allow_notes_on_self_invoice: bool | None
    allow_product_code_on_self_invoice: bool | None
    send_invoice_english_pdf: bool | None
    default_description: str | None
    override_item_description: str | None
    invoice_pdf_notes: str | None
    product_key: str | None
    unit_key: str | None
    unit_name: str | None
    use: str | None
    sku: str | None
    addenda: str | None
    custom_payment_description: str | None
    customer_portal_id: str | None
    force_series: str | None
    periodicity: Literal["day", "week", "two_weeks", "month", "two_months"] | None
    pdf_language: Literal["en", "es"] | None
    global_invoicing_monthly_cuts: Literal[2, 3, 4, 5] | None
    eom_ppd_threshold_days: int | None
    limit_days_to_pay: int | None
    avoid_automations_on_currencies: Sequence[str] | None
    uses_on_self_invoice_portal: Sequence[str] | None
    concepts_catalog: Sequence[str] | None
    taxes: Sequence[Object] | None
    taxes_usd: Sequence[Object] | None
    withholding_taxes: Sequence[Object] | None
    local_taxes: Sequence[Object] | None
    complements: Sequence[Object] | None
    allowed_product_codes: Sequence[Object] | None
    payment_reminders: Object | None
    refunds: Object | None
    reinvoice: Object | None
    emails: Object | None
    email_templates: Object | None
    default_series: Object | None
