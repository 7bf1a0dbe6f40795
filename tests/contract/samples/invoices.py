"""Samples of invoices of all kinds, and of retentions."""

from tests.contract.samples.values import ITEM, PDF, Sample

_XML = b'<cfdi:Comprobante xmlns:cfdi="http://www.sat.gob.mx/cfd/4" Version="4.0"/>'

SAMPLES: dict[str, Sample] = {
    "invoices.income.list": lambda api, known: api.invoices.income.list(limit=10),
    "invoices.income.create": lambda api, known: api.invoices.income.create(
        client=known["client"],
        items=[ITEM],
        currency="MXN",
        use="G03",
        payment_form="99",
        payment_method="PPD",
    ),
    "invoices.income.get": lambda api, known: api.invoices.income.get(known["invoice"]),
    "invoices.income.create_batch": lambda api, known: api.invoices.income.create_batch(
        [
            {
                "client": {"id": known["client"]},
                "items": [ITEM],
                "use": "G03",
                "payment_form": "03",
                "payment_method": "PUE",
                "idempotency_key": "batch-0001-1",
            }
        ],
        idempotency_key=known.get("key", "batch-of-one"),
    ),
    "invoices.income.get_batch": lambda api, known: api.invoices.income.get_batch(known["batch"]),
    "invoices.income.list_batch_items": lambda api, known: api.invoices.income.list_batch_items(
        known["batch"]
    ),
    "invoices.egress.list": lambda api, known: api.invoices.egress.list(),
    "invoices.egress.create": lambda api, known: api.invoices.egress.create(
        client=known["client"],
        items=[{**ITEM, "quantity": 1, "unit_price": 10}],
        use="G02",
        payment_form="03",
        related_documents=[{"relationship": "01", "documents": [known["uuid"]]}],
    ),
    "invoices.egress.get": lambda api, known: api.invoices.egress.get(known["credit_note"]),
    "invoices.drafts.create": lambda api, known: api.invoices.drafts.create(
        invoice_type="I",
        client=known["client"],
        items=[ITEM],
        use="G03",
        payment_form="03",
        payment_method="PUE",
    ),
    "invoices.drafts.stamp": lambda api, known: api.invoices.drafts.stamp(known["draft"]),
    "invoices.drafts.preview": lambda api, known: api.invoices.drafts.preview(known["draft"]),
    "invoices.drafts.delete": lambda api, known: api.invoices.drafts.delete(known["draft"]),
    "invoices.drafts.update": lambda api, known: api.invoices.drafts.update(
        known["draft"],
        invoice_type="I",
        client=known["client"],
        items=[{**ITEM, "quantity": 3}],
        use="G03",
        payment_form="03",
        payment_method="PUE",
    ),
    "invoices.drafts.get": lambda api, known: api.invoices.drafts.get(known["draft"]),
    "invoices.drafts.list": lambda api, known: api.invoices.drafts.list(),
    "invoices.list_cfdi_errors": lambda api, known: api.invoices.list_cfdi_errors(type="receiver"),
    "invoices.complements.list": lambda api, known: api.invoices.complements.list(
        invoice_id=known["invoice"]
    ),
    "invoices.complements.get": lambda api, known: api.invoices.complements.get(known["complement"]),
    "invoices.complements.create": lambda api, known: api.invoices.complements.create(
        payment_form="03", related_documents=[{"uuid": known["uuid"], "amount": 100}]
    ),
    "invoices.transfers.create": lambda api, known: api.invoices.transfers.create(
        client=known["client"], items=[ITEM], use="S01"
    ),
    "invoices.transfers.list": lambda api, known: api.invoices.transfers.list(),
    "invoices.transfers.get": lambda api, known: api.invoices.transfers.get(known["transfer"]),
    "invoices.files": lambda api, known: api.invoices.files(known["invoice"]),
    "invoices.upload_support_document": lambda api, known: api.invoices.upload_support_document(
        known["invoice"], PDF, document_type="delivery_proof"
    ),
    "invoices.list_support_documents": lambda api, known: api.invoices.list_support_documents(
        known["invoice"]
    ),
    "invoices.cancel": lambda api, known: api.invoices.cancel(known["invoice"], motive="02"),
    "invoices.search": lambda api, known: api.invoices.search("casas"),
    "invoices.send": lambda api, known: api.invoices.send(known["invoice"], emails=["ana@example.com"]),
    "invoices.import_xml": lambda api, known: api.invoices.import_xml([_XML]),
    "invoices.run_global": lambda api, known: api.invoices.run_global(),
    "retentions.list": lambda api, known: api.retentions.list(),
    "retentions.create": lambda api, known: api.retentions.create(
        client=known["client"],
        retention_key="25",
        period_start=1,
        period_end=1,
        period_year=2026,
        total_operation=1000,
        taxes=[{"tax": "ISR", "base": 1000, "amount": 100}],
    ),
    "retentions.get": lambda api, known: api.retentions.get(known["retention"]),
    "retentions.cancel": lambda api, known: api.retentions.cancel(known["retention"], motive="02"),
    "retentions.files": lambda api, known: api.retentions.files(known["retention"]),
}
