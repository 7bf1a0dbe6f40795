"""A team's settings: a closed schema, in which every field is optional and null clears."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictBool, StrictInt

from gigstack_events.sandbox.schemas import Schema

Flag = StrictBool | None
Text = Annotated[str, Field(max_length=20_000)] | None
Texts = Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=1000)] | None
Rows = Annotated[list[dict[str, Any]], Field(max_length=1000)] | None
Whole = Annotated[StrictInt, Field(ge=0, le=100_000)] | None
Handler = Literal["credit_note", "cancel_resources"] | None


class Closed(Schema):
    """A group of settings; a name that is not in it is refused."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Reminders(Closed):
    """When clients hear of what they owe."""

    days: Whole = None
    enabled: Flag = None
    before_subject: Text = None
    before_body: Text = None
    after_subject: Text = None
    after_body: Text = None


class Refunds(Closed):
    """What a refund does to its documents."""

    automatic_refunds: Flag = None
    current_month_handler: Handler = None


class Reinvoice(Closed):
    """How an invoice is made again for somebody else."""

    handler: Handler = None
    window_days: Whole = None


class Emails(Closed):
    """What is sent by e-mail, to whom else, and in which words."""

    invoices_bcc: Texts = None
    payments_bcc: Texts = None
    receipts_bcc: Texts = None
    avoid_invoice_emails: Flag = None
    avoid_test_invoice_emails: Flag = None
    avoid_receipts_emails: Flag = None
    avoid_foreign_receipts_emails: Flag = None
    invoice_subject: Text = None
    invoice_body: Text = None
    complement_subject: Text = None
    complement_body: Text = None
    credit_note_subject: Text = None
    credit_note_body: Text = None
    payment_subject: Text = None
    payment_body: Text = None
    receipt_subject: Text = None
    receipt_body: Text = None
    receipt_reminder_subject: Text = None
    receipt_reminder_body: Text = None


class Letter(Closed):
    """The words of an e-mail."""

    subject: Text = None
    body: Text = None


class Letters(Closed):
    """An e-mail in both languages."""

    es: Letter | None = None
    en: Letter | None = None


class Templates(Closed):
    """The words of all e-mails."""

    invoices: Letters | None = None
    complements: Letters | None = None
    credit_notes: Letters | None = None
    payments: Letters | None = None
    receipts: Letters | None = None
    receipt_reminders: Letters | None = None


class Serie(Closed):
    """A series by name."""

    serie: Text = None


class DefaultSeries(Closed):
    """The series of new documents."""

    income: Serie | None = None
    complements: Serie | None = None
    credit_note: Serie | None = None


class ProductCode(Closed):
    """A product key that may be invoiced."""

    key: str
    description: str


class Complement(Closed):
    """A complement of every CFDI."""

    type: Text = None
    description: Text = None
    data: Text = None


class TeamSettingsInput(Closed):
    """All settings; `keep_full_legal_name` is sent by one official client only."""

    avoid_legal_name_replacer: Flag = None
    keep_full_legal_name: Flag = None
    enforce_client_country_taxes: Flag = None
    global_invoice_disabled: Flag = None
    automate_complement_for_ppd_invoices: Flag = None
    automate_partial_payment_complements: Flag = None
    use_foreign_public_in_usd: Flag = None
    avoid_receipts: Flag = None
    cancel_receipts_on_refunds: Flag = None
    invoice_per_receipt: Flag = None
    allow_notes_on_self_invoice: Flag = None
    allow_product_code_on_self_invoice: Flag = None
    send_invoice_english_pdf: Flag = None
    default_description: Text = None
    override_item_description: Text = None
    invoice_pdf_notes: Text = None
    product_key: Text = None
    unit_key: Text = None
    unit_name: Text = None
    use: Text = None
    sku: Text = None
    addenda: Text = None
    custom_payment_description: Text = None
    customer_portal_id: Text = None
    force_series: Text = None
    avoid_automations_on_currencies: Texts = None
    uses_on_self_invoice_portal: Texts = None
    concepts_catalog: Texts = None
    taxes: Rows = None
    taxes_usd: Rows = None
    withholding_taxes: Rows = None
    local_taxes: Rows = None
    complements: list[Complement] | None = None
    allowed_product_codes: list[ProductCode] | None = None
    periodicity: Literal["day", "week", "two_weeks", "month", "two_months"] | None = None
    pdf_language: Literal["en", "es"] | None = None
    global_invoicing_monthly_cuts: Literal[2, 3, 4, 5] | None = None
    eom_ppd_threshold_days: Annotated[StrictInt, Field(ge=0, le=31)] | None = None
    limit_days_to_pay: Whole = None
    payment_reminders: Reminders | None = None
    refunds: Refunds | None = None
    reinvoice: Reinvoice | None = None
    emails: Emails | None = None
    email_templates: Templates | None = None
    default_series: DefaultSeries | None = None
