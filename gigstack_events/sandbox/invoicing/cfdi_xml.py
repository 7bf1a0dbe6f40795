"""CFDI 4.0 documents out of invoices, and documents of retentions: right in structure, sealed by nobody.

https://www.sat.gob.mx/consultas/43074/actualizacion-factura-electronica (Anexo 20, version 4.0)
"""

from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from gigstack_events.sandbox.invoicing.lines import Line, Tax, lines, number, tax_totals
from gigstack_events.sandbox.invoicing.pago_xml import PAGO_NAMESPACE, PAGO_XSD, add_payments
from gigstack_events.sandbox.invoicing.retention_xml import retention_xml
from gigstack_events.sandbox.invoicing.seals import (
    CERTIFICATE_NUMBER,
    XSI,
    clean,
    local_time,
    node,
    seal,
    stamp,
)
from gigstack_events.sandbox.invoicing.xml_reading import parse_xml
from gigstack_events.sandbox.tables import Row

GENERAL_PUBLIC = "XAXX010101000"
FOREIGN_PUBLIC = "XEXX010101000"

_CFDI = "http://www.sat.gob.mx/cfd/4"
_CFDI_XSD = "http://www.sat.gob.mx/sitio_internet/cfd/4/cfdv40.xsd"
_NO_AMOUNTS = ("P", "T")
_GENERIC: Row = {"legal_name": "PUBLICO EN GENERAL", "tax_system": "616"}


def cfdi_xml(invoice: Row) -> bytes:
    """Write the XML of an invoice, or of a retention, as the API shows it."""
    if invoice.get("document_type") == "retenciones":
        return retention_xml(invoice)
    items = _items(invoice)
    found = lines(items)
    root = Element("cfdi:Comprobante", _heading(invoice, found))
    _add_global(root, invoice.get("global") or {})
    _add_related(root, invoice.get("related_documents") or [])
    issuer = _issuer(invoice)
    node(root, "cfdi:Emisor", {"Rfc": issuer["tax_id"], "Nombre": issuer["legal_name"],
                               "RegimenFiscal": issuer["tax_system"]})  # fmt: skip
    node(root, "cfdi:Receptor", _receiver(invoice, issuer))
    concepts = SubElement(root, "cfdi:Conceptos")
    for line in found:
        _add_concept(concepts, line)
    if _type(invoice) not in _NO_AMOUNTS:
        _add_tax_totals(root, found)
    _add_complement(root, invoice)
    if (addenda := _fragment(invoice.get("addenda"))) is not None:
        SubElement(root, "cfdi:Addenda").append(addenda)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _type(invoice: Row) -> str:
    return str(invoice.get("invoice_type") or "I")


def _uuid(invoice: Row) -> str:
    return str(invoice.get("uuid") or invoice.get("id"))


def _issuer(invoice: Row) -> Row:
    given = invoice.get("issuer_info") or {}
    return {"tax_id": "", "legal_name": "", "tax_system": "", "zip": "", **given}


def _items(invoice: Row) -> list[Row]:
    kind = _type(invoice)
    items = [item for item in invoice.get("items") or [] if isinstance(item, dict)]
    if kind == "P":
        return [{"description": "Pago", "product_key": "84111506", "unit_key": "ACT", "unit_price": 0,
                 "quantity": 1, "taxability": "01"}]  # fmt: skip
    if kind == "T":
        return [{**item, "unit_price": 0, "discount": 0, "taxes": [], "taxability": "01"} for item in items]
    return items or [{"description": "Concepto", "unit_price": invoice.get("subtotal") or 0, "quantity": 1}]


def _heading(invoice: Row, found: list[Line]) -> dict[str, str]:
    kind, uuid = _type(invoice), _uuid(invoice)
    money = kind not in _NO_AMOUNTS
    subtotal = sum((line.amount for line in found), Decimal(0))
    discount = sum((line.discount for line in found), Decimal(0))
    taxes = sum(
        (-tax.amount if tax.withheld else tax.amount for line in found for tax in line.taxes), Decimal(0)
    )
    currency = str(invoice.get("currency") or "MXN") if money else "XXX"
    schemas = [_CFDI, _CFDI_XSD, *([PAGO_NAMESPACE, PAGO_XSD] if kind == "P" else [])]
    return clean({
        "xmlns:cfdi": _CFDI,
        "xmlns:xsi": XSI,
        "xmlns:pago20": PAGO_NAMESPACE if kind == "P" else None,
        "xsi:schemaLocation": " ".join(schemas),
        "Version": "4.0",
        "Serie": invoice.get("series"),
        "Folio": invoice.get("folio_number"),
        "Fecha": local_time(_moment(invoice)),
        "Sello": seal("CFD", uuid),
        "FormaPago": (invoice.get("payment_form") or "99") if money else None,
        "NoCertificado": CERTIFICATE_NUMBER,
        "Certificado": seal("certificate", _issuer(invoice)["tax_id"]),
        "CondicionesDePago": invoice.get("payment_conditions") if money else None,
        "SubTotal": f"{subtotal:.2f}" if money else "0",
        "Descuento": f"{discount:.2f}" if money and discount else None,
        "Moneda": currency,
        "TipoCambio": _exchange(invoice, currency),
        "Total": f"{subtotal - discount + taxes:.2f}" if money else "0",
        "TipoDeComprobante": kind,
        "Exportacion": invoice.get("exports") or "01",
        "MetodoPago": (invoice.get("payment_method") or "PUE") if money else None,
        "LugarExpedicion": _issuer(invoice)["zip"],
    })  # fmt: skip


def _moment(invoice: Row) -> int:
    given = int(invoice.get("date") or invoice.get("created_at") or 0)
    return given if given > 10**12 else given * 1000


def _exchange(invoice: Row, currency: str) -> str | None:
    if currency == "XXX":
        return None
    rate = number(invoice.get("exchange_rate") or 1, "exchange_rate")
    return "1" if currency == "MXN" else f"{rate:.6f}"


def _add_global(root: Element, wanted: Row) -> None:
    if wanted:
        attributes = {"Periodicidad": wanted.get("periodicity"), "Meses": wanted.get("months"),
                      "Año": wanted.get("year")}  # fmt: skip
        node(root, "cfdi:InformacionGlobal", attributes)


def _add_related(root: Element, related: list[Row]) -> None:
    for group in related:
        if uuids := [str(uuid) for uuid in group.get("documents") or []]:
            parent = node(root, "cfdi:CfdiRelacionados", {"TipoRelacion": group.get("relationship")})
            for uuid in uuids:
                node(parent, "cfdi:CfdiRelacionado", {"UUID": uuid})


def _receiver(invoice: Row, issuer: Row) -> Row:
    client = invoice.get("client") or {}
    tax_id = client.get("tax_id") or GENERAL_PUBLIC
    generic = tax_id in (GENERAL_PUBLIC, FOREIGN_PUBLIC)
    own = {name: client[name] for name in _GENERIC if client.get(name)}
    fields = {**_GENERIC, **own, **({"tax_system": "616"} if generic else {})}
    zip = (client.get("address") or {}).get("zip")
    return {
        "Rfc": tax_id,
        "Nombre": fields["legal_name"],
        "DomicilioFiscalReceptor": issuer["zip"] if generic or not zip else zip,
        "RegimenFiscalReceptor": fields["tax_system"],
        "UsoCFDI": _use(invoice, client, generic),
    }


def _use(invoice: Row, client: Row, generic: bool) -> str:
    if (kind := _type(invoice)) in _NO_AMOUNTS:
        return "CP01" if kind == "P" else "S01"
    use = str(invoice.get("use") or client.get("use") or "S01")
    return "S01" if generic or use == "P01" else use  # P01 was of CFDI 3.3


def _add_concept(parent: Element, line: Line) -> None:
    item = line.item
    concept = node(parent, "cfdi:Concepto", {
        "ClaveProdServ": item.get("product_key") or "01010101",
        "NoIdentificacion": item.get("sku"),
        "Cantidad": f"{line.quantity:f}",
        "ClaveUnidad": item.get("unit_key") or "E48",
        "Unidad": item.get("unit_name"),
        "Descripcion": item.get("description") or "Venta",
        # Where there is no money, as in a payment, the SAT wants a bare zero.
        "ValorUnitario": f"{line.unit_price:f}" if line.unit_price else "0",
        "Importe": f"{line.amount:f}" if line.amount else "0",
        "Descuento": f"{line.discount:f}" if line.discount else None,
        "ObjetoImp": line.object,
    })  # fmt: skip
    if line.taxes:
        taxes = SubElement(concept, "cfdi:Impuestos")
        _add_taxes(taxes, "cfdi:Traslados", "cfdi:Traslado", [tax for tax in line.taxes if not tax.withheld])
        _add_taxes(taxes, "cfdi:Retenciones", "cfdi:Retencion", [tax for tax in line.taxes if tax.withheld])


def _add_taxes(parent: Element, group: str, name: str, taxes: list[Tax]) -> None:
    if taxes:
        children = SubElement(parent, group)
        for tax in taxes:
            node(children, name, _tax(tax))


def _tax(tax: Tax) -> Row:
    shown = {"Base": f"{tax.base:.2f}", "Impuesto": tax.code, "TipoFactor": tax.factor}
    return shown if tax.rate is None else {
        **shown, "TasaOCuota": f"{tax.rate:.6f}", "Importe": f"{tax.amount:.2f}"
    }  # fmt: skip


def _add_tax_totals(root: Element, found: list[Line]) -> None:
    totals = tax_totals(tax for line in found for tax in line.taxes)
    moved = [tax for tax in totals if not tax.withheld]
    withheld: dict[str, Decimal] = {}
    for tax in totals:
        if tax.withheld:
            withheld[tax.code] = withheld.get(tax.code, Decimal(0)) + tax.amount
    if not totals:
        return
    charged = [tax.amount for tax in moved if tax.rate is not None]
    taxes = node(root, "cfdi:Impuestos", {
        "TotalImpuestosRetenidos": f"{sum(withheld.values()):.2f}" if withheld else None,
        "TotalImpuestosTrasladados": f"{sum(charged):.2f}" if charged else None,
    })  # fmt: skip
    if withheld:
        group = SubElement(taxes, "cfdi:Retenciones")
        for code, amount in withheld.items():
            node(group, "cfdi:Retencion", {"Impuesto": code, "Importe": f"{amount:.2f}"})
    _add_taxes(taxes, "cfdi:Traslados", "cfdi:Traslado", moved)


def _add_complement(root: Element, invoice: Row) -> None:
    complement = SubElement(root, "cfdi:Complemento")
    for row in invoice.get("complements") or []:
        if row.get("type") == "pago":
            add_payments(complement, row.get("data") or [])
        elif (custom := _fragment(row.get("data"))) is not None:
            complement.append(custom)
    made = (invoice.get("stamp") or {}).get("stamp_at")
    stamp(complement, _uuid(invoice), made if isinstance(made, int) else _moment(invoice))


def _fragment(text: object) -> Element | None:
    try:
        return parse_xml(text.encode(errors="replace")) if isinstance(text, str) and text else None
    except ValueError:
        return None
