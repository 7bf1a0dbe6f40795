"""Invoices of all kinds, and retentions."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.contract.story import Story, ids

_MEXICO = ZoneInfo("America/Mexico_City")


def invoice_an_income(story: Story) -> None:
    made = story.make("invoice", "invoices.income.create")
    story.known["uuid"] = made.uuid
    assert story.call("invoices.income.get").uuid == made.uuid
    assert made.id in ids(story.call("invoices.income.list"))
    assert made.id in ids(story.call("invoices.search"))
    assert story.call("invoices.files").xml
    assert "ana@example.com" in story.call("invoices.send").recipients
    document = story.call("invoices.upload_support_document")
    assert document.id in ids(story.call("invoices.list_support_documents"))
    assert story.call("invoices.list_cfdi_errors")


def draft_an_invoice(story: Story) -> None:
    made = story.make("draft", "invoices.drafts.create")
    story.call("invoices.drafts.update")
    assert story.call("invoices.drafts.get").items[0].quantity == 3
    assert story.call("invoices.drafts.preview")
    assert made.id in ids(story.call("invoices.drafts.list"))
    stamped = story.call("invoices.drafts.stamp")
    assert story.call("invoices.income.get", invoice=stamped.uuid).is_stamped
    gone = story.call("invoices.drafts.create").id
    story.call("invoices.drafts.delete", draft=gone)
    assert story.is_gone("invoices.drafts.get", draft=gone)


def follow_an_invoice_up(story: Story) -> None:
    complement = story.make("complement", "invoices.complements.create")
    assert story.call("invoices.complements.get").invoice_type == "P"
    assert complement.id in ids(story.call("invoices.complements.list"))
    note = story.make("credit_note", "invoices.egress.create")
    assert story.call("invoices.egress.get").invoice_type == "E"
    assert note.id in ids(story.call("invoices.egress.list"))
    transfer = story.make("transfer", "invoices.transfers.create")
    assert story.call("invoices.transfers.get").invoice_type == "T"
    assert transfer.id in ids(story.call("invoices.transfers.list"))


def cancel_an_invoice(story: Story) -> None:
    wrong = story.call("invoices.income.create").id
    story.call("invoices.cancel", invoice=wrong)
    assert story.call("invoices.income.get", invoice=wrong).is_cancelled


def invoice_many_at_once(story: Story) -> None:
    story.make("batch", "invoices.income.create_batch")
    assert story.call("invoices.income.get_batch").id == story.known["batch"]
    assert len(story.call("invoices.income.list_batch_items")) == 1
    assert story.call("invoices.import_xml").results


def withhold_a_tax(story: Story) -> None:
    made = story.make("retention", "retentions.create")
    assert story.call("retentions.get").uuid == made.uuid
    assert made.id in ids(story.call("retentions.list"))
    assert story.call("retentions.files").xml
    story.call("retentions.cancel")
    assert story.call("retentions.get").status in ("canceled", "cancelled")


def end_the_month(story: Story) -> None:
    now = datetime.fromtimestamp(story.sandbox.call("GET", "/_sandbox/clock")["now"] / 1000, _MEXICO)
    noon = _last_noon(now)
    if now > noon and now.hour >= 22:  # too late for this month
        noon = _last_noon(now + timedelta(days=3))
    story.pass_time(hours=max(0, round((noon - now) / timedelta(hours=1))))
    story.call("invoices.run_global")


def _last_noon(day: datetime) -> datetime:
    """Return noon of the month's last day: the API makes global invoices on that day only."""
    in_next_month = day.replace(day=28, hour=12) + timedelta(days=4)
    return in_next_month.replace(day=1) - timedelta(days=1)


CHAPTERS = (
    invoice_an_income,
    draft_an_invoice,
    follow_an_invoice_up,
    cancel_an_invoice,
    invoice_many_at_once,
    withhold_a_tax,
    end_the_month,
)
