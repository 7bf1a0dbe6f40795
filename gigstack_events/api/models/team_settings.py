"""How a team invoices. What is not set is None or empty: the API's own default holds."""

from typing import Any, ClassVar

from pydantic import Field, model_validator

from gigstack_events.api.fields import Rows
from gigstack_events.api.spellings import Spelled


class TeamSettings(Spelled):
    """How a team invoices; `periodicity` is day, week, two_weeks, month or two_months."""

    _bare: ClassVar[str] = "answer"
    _nested: ClassVar[str] = "settings"

    avoid_legal_name_replacer: bool | None = None
    enforce_client_country_taxes: bool | None = None
    global_invoice_disabled: bool | None = None
    automate_complement_for_ppd_invoices: bool | None = None
    automate_partial_payment_complements: bool | None = None
    use_foreign_public_in_usd: bool | None = None
    avoid_receipts: bool | None = None
    cancel_receipts_on_refunds: bool | None = None
    invoice_per_receipt: bool | None = None
    allow_notes_on_self_invoice: bool | None = None
    allow_product_code_on_self_invoice: bool | None = None
    send_invoice_english_pdf: bool | None = None
    default_description: str | None = None
    override_item_description: str | None = None
    invoice_pdf_notes: str | None = None
    product_key: str | None = None
    unit_key: str | None = None
    unit_name: str | None = None
    use: str | None = None
    sku: str | None = None
    addenda: str | None = None
    custom_payment_description: str | None = None
    customer_portal_id: str | None = None
    force_series: str | None = None
    periodicity: str | None = None
    pdf_language: str | None = None
    global_invoicing_monthly_cuts: int | None = None
    eom_ppd_threshold_days: int | None = None
    limit_days_to_pay: int | None = None
    avoid_automations_on_currencies: list[str] = Field(default_factory=list)
    uses_on_self_invoice_portal: list[str] = Field(default_factory=list)
    concepts_catalog: list[str] = Field(default_factory=list)
    taxes: Rows = Field(default_factory=list)
    taxes_usd: Rows = Field(default_factory=list)
    withholding_taxes: Rows = Field(default_factory=list)
    local_taxes: Rows = Field(default_factory=list)
    complements: Rows = Field(default_factory=list)
    allowed_product_codes: Rows = Field(default_factory=list)
    payment_reminders: dict[str, Any] = Field(default_factory=dict)
    refunds: dict[str, Any] = Field(default_factory=dict)
    reinvoice: dict[str, Any] = Field(default_factory=dict)
    emails: dict[str, Any] = Field(default_factory=dict)
    email_templates: dict[str, Any] = Field(default_factory=dict)
    default_series: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _periodicity_as_text(cls, data: Any) -> Any:
        """Reads answer `{label, value}` where writes take the value."""
        if isinstance(data, dict) and isinstance(shown := data.get("periodicity"), dict):
            return {**data, "periodicity": shown.get("value")}
        return data
