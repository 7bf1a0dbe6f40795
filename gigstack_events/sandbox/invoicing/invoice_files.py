"""The files of invoices and retentions, which the sandbox itself serves, and their looks on paper."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gigstack_events.catalogs import INVOICE_TYPES
from gigstack_events.sandbox.invoicing.cfdi_xml import cfdi_xml
from gigstack_events.sandbox.invoicing.pdfs import pdf
from gigstack_events.sandbox.invoicing.seals import local_time
from gigstack_events.sandbox.operations import Call
from gigstack_events.sandbox.replies import ok
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row

DRAFT_WATERMARK = "Sin Validez Fiscal"
_TYPES = {"xml": "application/xml", "pdf": "application/pdf"}


def show_files(call: Call, row: Row) -> Row:
    """Answer with the addresses of a document's files, or of the one kind that is wanted."""
    wanted = call.query.get("file_type")
    links = file_links(call.sandbox, row["uuid"])
    return ok({kind: link if wanted in (None, "", kind) else None for kind, link in links.items()})


def file_links(sandbox: Sandbox, uuid: str) -> Row:
    """Return where the files of a document are."""
    return {kind: f"{sandbox.url}/_sandbox/files/{uuid}.{kind}" for kind in ("pdf", "xml")}


def invoice_pdf(invoice: Row, watermark: str | None = None) -> bytes:
    """Print an invoice, or a draft under a watermark."""
    kind = INVOICE_TYPES.get(invoice["invoice_type"], "")
    issuer, client = invoice.get("issuer_info") or {}, invoice.get("client") or {}
    items = [f"{item.get('quantity', 1)} x {item.get('description')}: {item.get('unit_price')}"
             for item in invoice["items"]]  # fmt: skip
    lines = [
        f"{kind} {invoice.get('series') or ''} {invoice.get('folio_number') or ''}",
        f"UUID: {invoice.get('uuid') or '-'}",
        f"Emisor: {issuer.get('legal_name') or ''} {issuer.get('tax_id') or ''}",
        f"Receptor: {client.get('legal_name') or client.get('name') or ''} {client.get('tax_id') or ''}",
        "",
        *items,
        "",
        f"Subtotal: {invoice['subtotal']:.2f}",
        f"Descuento: {invoice['discount']:.2f}",
        f"Total: {invoice['total']:.2f} {invoice.get('currency') or 'MXN'}",
        str(invoice.get("invoice_pdf_notes") or ""),
    ]
    return pdf(lines, watermark or _fate(invoice))


def _fate(invoice: Row) -> str | None:
    return "CANCELADO" if invoice.get("status") == "cancelled" else None


def _retention_pdf(retention: Row) -> bytes:
    lines = [
        f"Retención {retention['series']} {retention['folio_number']}",
        f"UUID: {retention['uuid']}",
        f"Fecha: {local_time(retention['created_at'])}",
        f"Receptor: {retention['receiver']['legal_name']} {retention['receiver']['tax_id']}",
        f"Retenido: {retention['totals']['total_retained']:.2f}",
    ]
    return pdf(lines, "CANCELADO" if retention["status"] == "canceled" else None)


async def _serve(request: Request) -> Response:
    """Serve a file; its address is all that one needs, as with a signed link."""
    sandbox: Sandbox = request.app.state.sandbox
    uuid, _, kind = request.path_params["name"].rpartition(".")
    row = sandbox.invoices.anywhere(uuid) or sandbox.retentions.anywhere(uuid)
    if row is None or kind not in _TYPES:
        return Response("There is no such file", 404, media_type="text/plain")
    if kind == "xml":
        return Response(cfdi_xml(row), media_type=_TYPES[kind])
    of_retention = row.get("document_type") == "retenciones"
    return Response(_retention_pdf(row) if of_retention else invoice_pdf(row), media_type=_TYPES[kind])


ROUTES = [Route("/_sandbox/files/{name}", _serve, methods=["GET"])]
