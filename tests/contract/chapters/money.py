"""Clients, services, payments and receipts."""

from tests.contract.story import Story, ids


def meet_a_client(story: Story) -> None:
    made = story.make("client", "clients.create")
    assert story.call("clients.get").tax_id == made.tax_id
    assert made.id in ids(story.call("clients.list"))
    assert made.id in ids(story.call("clients.search"))
    story.call("clients.update")
    assert story.call("clients.get").phone == "+525512345678"
    assert story.call("clients.validate").is_valid is True
    assert story.call("clients.customer_portal").url
    read = story.call("clients.upload_csf")
    assert story.call("clients.get", client=read.id).id == read.id
    document = story.call("clients.upload_support_document")
    assert document.id in ids(story.call("clients.list_support_documents"))
    assert document.id in ids(story.call("documents.list"))


def part_with_a_client(story: Story) -> None:
    gone = story.call("clients.upload_csf").id
    story.call("clients.delete", client=gone)
    assert story.is_gone("clients.get", client=gone)


def offer_a_service(story: Story) -> None:
    made = story.make("service", "services.create")
    story.call("services.update")
    assert story.call("services.get").unit_price == 1200
    assert made.id in ids(story.call("services.list"))
    gone = story.call("services.create").id
    story.call("services.delete", service=gone)
    assert story.is_gone("services.get", service=gone)


def register_a_payment(story: Story) -> None:
    made = story.make("payment", "payments.register")
    assert made.is_succeeded
    assert story.call("payments.get").total == made.total
    assert made.id in ids(story.call("payments.list"))
    assert made.id in ids(story.call("payments.search"))
    assert story.call("payments.register").id == made.id  # the same idempotency key
    document = story.call("payments.upload_support_document")
    assert document.id in ids(story.call("payments.list_support_documents"))
    story.call("payments.update")
    assert story.call("payments.get").automation_type == "pue_invoice"
    story.call("payments.refund")
    assert len(story.call("payments.get").refunds) == 1


def ask_for_a_payment(story: Story) -> None:
    asked = story.call("payments.request").id
    assert story.call("payments.get", payment=asked).status == "requires_payment_method"
    assert any(asked in str(row.url) for row in story.call("payments.list_links"))
    story.call("payments.replace_reminders", payment=asked)
    assert story.call("payments.get_reminders", payment=asked)
    story.call("payments.mark_as_paid", payment=asked)
    assert story.call("payments.get", payment=asked).is_succeeded
    dropped = story.call("payments.request").id
    story.call("payments.cancel", payment=dropped)
    assert story.call("payments.get", payment=dropped).status in ("canceled", "cancelled")


def write_receipts(story: Story) -> None:
    made = story.make("receipt", "receipts.create")
    assert story.call("receipts.get").total == made.total
    assert made.id in ids(story.call("receipts.list"))
    assert made.id in ids(story.call("receipts.search"))
    stamped = story.call("receipts.stamp")
    assert story.call("receipts.get").is_stamped
    story.known["uuid"] = story.call("receipts.get").invoices[0]
    assert story.call("invoices.income.get", invoice=story.known["uuid"]).is_stamped
    assert stamped.id
    other = story.call("receipts.create").id
    assert story.call("clients.stamp_pending_receipts").remaining == 0
    assert story.call("receipts.get", receipt=other).is_stamped


def take_a_receipt_back(story: Story) -> None:
    dropped = story.call("receipts.create").id
    story.call("receipts.cancel", receipt=dropped)
    assert story.call("receipts.get", receipt=dropped).status in ("canceled", "cancelled")
    expired = story.call("receipts.create").id
    story.pass_time(hours=70 * 24)
    assert story.call("receipts.get", receipt=expired).status == "expired"
    story.call("receipts.reopen", receipt=expired)
    assert story.call("receipts.get", receipt=expired).is_pending


CHAPTERS = (
    meet_a_client,
    part_with_a_client,
    offer_a_service,
    register_a_payment,
    ask_for_a_payment,
    write_receipts,
    take_a_receipt_back,
)
