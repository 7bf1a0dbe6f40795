"""Samples of the SAT's bulk download."""

from tests.contract.samples.values import Sample

SAMPLES: dict[str, Sample] = {
    "sat.activation": lambda api, known: api.sat.activation(),
    "sat.activate": lambda api, known: api.sat.activate(),
    "sat.deactivate": lambda api, known: api.sat.deactivate(),
    "sat.upload_fiel": lambda api, known: api.sat.upload_fiel(
        cert=b"certificate", key=b"key", password="secret"
    ),
    "sat.upload_pfx": lambda api, known: api.sat.upload_pfx(pfx=b"certificate and key", password="secret"),
    "sat.register": lambda api, known: api.sat.register(phone="+525512345678", sync_start_date="2026-01-01"),
    "sat.schedule": lambda api, known: api.sat.schedule(),
    "sat.update_schedule": lambda api, known: api.sat.update_schedule(
        enabled=True, time="21:00", download_types=["received"], days_back=7
    ),
    "sat.history": lambda api, known: api.sat.history(),
    "sat.request": lambda api, known: api.sat.request("2026-01-01", "2026-01-31", rfc_type="received"),
    "sat.status": lambda api, known: api.sat.status(known["request"]),
    "sat.package": lambda api, known: api.sat.package(known["package"]),
    "sat.fetch_invoice": lambda api, known: api.sat.fetch_invoice(known["uuid"]),
    "sat.debug": lambda api, known: api.sat.debug(),
    "sat.enable_sync": lambda api, known: api.sat.enable_sync(),
    "sat.list_invoices": lambda api, known: api.sat.list_invoices(direction="received"),
    "sat.get_invoice": lambda api, known: api.sat.get_invoice(known["uuid"]),
    "sat.retry_invoice_xml": lambda api, known: api.sat.retry_invoice_xml(known["uuid"]),
    "sat.invoice_pdf": lambda api, known: api.sat.invoice_pdf(known["uuid"]),
    "sat.preview": lambda api, known: api.sat.preview("2026-02-01", "2026-02-28"),
    "sat.import_xml": lambda api, known: api.sat.import_xml([known["uuid"]], confirm_cost_mxn=0.2),
    "sat.list_jobs": lambda api, known: api.sat.list_jobs(),
    "sat.get_job": lambda api, known: api.sat.get_job(known["job"]),
    "sat.cancel_job": lambda api, known: api.sat.cancel_job(known["job"]),
    "sat.progress": lambda api, known: api.sat.progress(),
    "sat.extend_sync": lambda api, known: api.sat.extend_sync(),
}
