"""Samples of clients, services, payments, receipts and documents."""

from tests.contract.samples.values import ADDRESS, ITEM, IVA, PDF, UUID, Sample

SAMPLES: dict[str, Sample] = {
    "clients.list": lambda api, known: api.clients.list(limit=50, sort="asc"),
    "clients.get": lambda api, known: api.clients.get(known["client"]),
    "clients.create": lambda api, known: api.clients.create(
        name="Xóchilt Casas",
        legal_name="XOCHILT CASAS CHAVEZ",
        tax_id="CACX7605101P8",
        tax_system="612",
        use="G03",
        email="xochilt@example.com",
        address=ADDRESS,
    ),
    "clients.update": lambda api, known: api.clients.update(known["client"], phone="+525512345678"),
    "clients.validate": lambda api, known: api.clients.validate(known["client"]),
    "clients.customer_portal": lambda api, known: api.clients.customer_portal(id=known["client"]),
    "clients.stamp_pending_receipts": lambda api, known: api.clients.stamp_pending_receipts(known["client"]),
    "clients.delete": lambda api, known: api.clients.delete(known["client"]),
    "clients.search": lambda api, known: api.clients.search("casas"),
    "clients.upload_csf": lambda api, known: api.clients.upload_csf(PDF),
    "clients.upload_support_document": lambda api, known: api.clients.upload_support_document(
        known["client"], PDF, document_type="contract", name="Contrato"
    ),
    "clients.list_support_documents": lambda api, known: api.clients.list_support_documents(known["client"]),
    "services.list": lambda api, known: api.services.list(),
    "services.get": lambda api, known: api.services.get(known["service"]),
    "services.update": lambda api, known: api.services.update(known["service"], unit_price=1200),
    "services.create": lambda api, known: api.services.create(
        description="Consultoría",
        unit_price=1000,
        product_key="80141503",
        unit_key="E48",
        unit_name="Servicio",
        sku="CONS",
        taxability="02",
        quantity=1,
        taxes=[IVA],
    ),
    "services.delete": lambda api, known: api.services.delete(known["service"]),
    "payments.list": lambda api, known: api.payments.list(status="succeeded"),
    "payments.get": lambda api, known: api.payments.get(known["payment"]),
    "payments.request": lambda api, known: api.payments.request(
        client=known["client"], items=[ITEM], currency="MXN", allowed_payment_methods=["card"]
    ),
    "payments.register": lambda api, known: api.payments.register(
        client=known["client"],
        items=[{"id": known["service"], "quantity": 1}],
        payment_form="03",
        automation_type="none",
        currency="MXN",
        exchange_rate=1,
        idempotency_key=known.get("key", "order-1"),
        metadata={"order": "1"},
    ),
    "payments.mark_as_paid": lambda api, known: api.payments.mark_as_paid(
        known["payment"], payment_form="03"
    ),
    "payments.refund": lambda api, known: api.payments.refund(
        known["payment"], reason="duplicate", amount=10
    ),
    "payments.cancel": lambda api, known: api.payments.cancel(known["payment"]),
    "payments.search": lambda api, known: api.payments.search("casas"),
    "payments.upload_support_document": lambda api, known: api.payments.upload_support_document(
        known["payment"], PDF, document_type="payment_proof"
    ),
    "payments.list_support_documents": lambda api, known: api.payments.list_support_documents(
        known["payment"]
    ),
    "payments.update": lambda api, known: api.payments.update(
        known["payment"], automation_type="pue_invoice"
    ),
    "payments.get_reminders": lambda api, known: api.payments.get_reminders(known["payment"]),
    "payments.replace_reminders": lambda api, known: api.payments.replace_reminders(
        known["payment"],
        operation_id=known.get("operation", UUID),
        expected_livemode=True,
        plan={"days": [3, 1]},
    ),
    "payments.list_links": lambda api, known: api.payments.list_links(),
    "receipts.list": lambda api, known: api.receipts.list(status="pending", client_id=known["client"]),
    "receipts.get": lambda api, known: api.receipts.get(known["receipt"]),
    "receipts.create": lambda api, known: api.receipts.create(
        client=known["client"],
        items=[{"id": known["service"], "quantity": 1}],
        currency="MXN",
        periodicity="month",
        payment_form="03",
    ),
    "receipts.stamp": lambda api, known: api.receipts.stamp(known["receipt"], stamp_to="client"),
    "receipts.cancel": lambda api, known: api.receipts.cancel(known["receipt"]),
    "receipts.search": lambda api, known: api.receipts.search("casas"),
    "receipts.reopen": lambda api, known: api.receipts.reopen(known["receipt"], reason="asked for"),
    "documents.list": lambda api, known: api.documents.list(),
}
