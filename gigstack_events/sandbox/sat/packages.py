"""The SAT's packages: a ZIP of XML files, or of the list that it calls metadata."""

import base64
import io
import zipfile

from gigstack_events.sandbox.invoicing.cfdi_xml import cfdi_xml
from gigstack_events.sandbox.sat.holdings import mirrored
from gigstack_events.sandbox.tables import Row

# A file's time of its own would make the same package different each time.
_TIME = (2020, 1, 1, 0, 0, 0)
_COLUMNS = (
    "Uuid~RfcEmisor~NombreEmisor~RfcReceptor~NombreReceptor~RfcPac~FechaEmision~FechaCertificacionSat"
    "~Monto~EfectoComprobante~Estatus~FechaCancelacion"
)


def package(id: str, invoices: list[Row], *, metadata: bool) -> str:
    """Return a package in base64: one `UUID.xml` for each invoice, or one text with a line for each."""
    if metadata:
        return _zip({f"{id}.txt": "\n".join([_COLUMNS, *map(_line, invoices)]).encode()})
    return _zip({f"{invoice['uuid']}.xml": cfdi_xml(invoice) for invoice in invoices})


def _zip(files: dict[str, bytes]) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _TIME), content, zipfile.ZIP_DEFLATED)
    return base64.b64encode(buffer.getvalue()).decode()


def _line(invoice: Row) -> str:
    row = mirrored(invoice, "")
    facts = (
        row["uuid"], row["issuer"]["rfc"], row["issuer"]["name"], row["receiver"]["rfc"],
        row["receiver"]["name"], row["pac_rfc"], row["issue_date"], row["stamp_date"], row["total"],
        row["invoice_type"], int(row["status"] == "Vigente"), row["cancellation_date"],
    )  # fmt: skip
    return "~".join("" if fact is None else str(fact) for fact in facts)
