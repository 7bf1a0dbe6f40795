"""CFDIs that were made elsewhere, brought in as XML."""

import base64
import binascii
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from gigstack_events.catalogs import TAXES
from gigstack_events.sandbox.invoicing.seals import MEXICO
from gigstack_events.sandbox.invoicing.xml_reading import parse_xml
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import ok
from gigstack_events.sandbox.sales.clients import make_client
from gigstack_events.sandbox.schemas.batches import Imported, ImportInput
from gigstack_events.sandbox.tables import Row

_CFDI = "{http://www.sat.gob.mx/cfd/4}"
_TFD = "{http://www.sat.gob.mx/TimbreFiscalDigital}TimbreFiscalDigital"
_UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_FIRST_YEAR, _LAST_YEAR = 2004, 2100  # the first CFD are of 2004
_RESULTS = ("imported", "not_imported")


async def _import(call: Call) -> Row:
    """Bring files in, each for itself: `success` is false where none could be."""
    results = [_bring_in(call, file) for file in call.body["files"]]
    imported = sum(result["success"] for result in results)
    summary = dict(zip(_RESULTS, (imported, len(results) - imported), strict=True))
    reply = ok({"summary": summary, "results": results}, f"{imported} of {len(results)} imported")
    return {**reply, "success": imported > 0}


def _bring_in(call: Call, file: Row) -> Row:
    try:
        row = _read(call, parse_xml(_content(file)))
    except (ValueError, KeyError, InvalidOperation) as error:
        reason = f"it lacks {error}" if isinstance(error, KeyError) else str(error) or "a number is none"
        return {"filename": file["filename"], "success": False, "error": reason[:300]}
    call.sandbox.invoices.add(call.scope, row)
    return {"filename": file["filename"], "success": True, "uuid": row["uuid"]}


def _content(file: Row) -> bytes:
    if file.get("xml"):
        return str(file["xml"]).encode()
    try:
        return base64.b64decode(file.get("content") or "", validate=True)
    except binascii.Error:
        raise ValueError("content is not base64") from None


def _read(call: Call, root: Element) -> Row:
    """Read a CFDI as an invoice; ValueError or KeyError for what is none."""
    stamp = root.find(f"{_CFDI}Complemento/{_TFD}")
    if root.tag != f"{_CFDI}Comprobante" or stamp is None:
        raise ValueError("it is not a stamped CFDI 4.0")
    uuid = stamp.attrib["UUID"].upper()
    if not _UUID.fullmatch(uuid):
        raise ValueError("its UUID is none")
    if call.sandbox.invoices.anywhere(uuid) is not None:
        raise ValueError(f"the CFDI {uuid} is there already")
    issuer, receiver = _part(root, "Emisor"), _part(root, "Receptor")
    moment = _moment(root.attrib["Fecha"])
    taxes = root.find(f"{_CFDI}Impuestos")
    totals = {} if taxes is None else taxes.attrib
    return {
        "id": uuid,
        "uuid": uuid,
        "status": "valid",
        "invoice_type": _one_of(root.attrib["TipoDeComprobante"], "IEPTN"),
        "client": _client(call, receiver),
        "items": [_item(concept) for concept in root.iterfind(f"{_CFDI}Conceptos/{_CFDI}Concepto")],
        "currency": root.attrib["Moneda"],
        "exchange_rate": _amount(root, "TipoCambio") or None,
        "subtotal": _amount(root, "SubTotal"),
        "discount": _amount(root, "Descuento"),
        "taxes": float(Decimal(totals.get("TotalImpuestosTrasladados", "0"))),
        "withholding_taxes": float(Decimal(totals.get("TotalImpuestosRetenidos", "0"))),
        "total": _amount(root, "Total"),
        "series": root.get("Serie"),
        "folio_number": root.get("Folio"),
        "use": receiver.get("UsoCFDI"),
        "payment_form": root.get("FormaPago"),
        "payment_method": root.get("MetodoPago"),
        "exports": root.get("Exportacion"),
        "last_balance": _amount(root, "Total") if root.get("MetodoPago") == "PPD" else 0.0,
        "installments": 0,
        **{name: [] for name in ("payment_complements", "invoices", "payments", "receipts",
                                 "related_documents", "complements")},
        "metadata": {},
        "from": "import",
        "date": moment * 1000,
        "created_at": call.sandbox.now_ms() // 1000,
        "cancellation": None,
        "issuer_info": {"tax_id": issuer["Rfc"], "legal_name": issuer.get("Nombre"),
                        "tax_system": issuer.get("RegimenFiscal"), "zip": root.get("LugarExpedicion")},
        "verification_url": None,
        "files": {kind: f"{call.sandbox.url}/_sandbox/files/{uuid}.{kind}" for kind in ("pdf", "xml")},
        "livemode": call.livemode,
        "team": call.team,
    }  # fmt: skip


def _moment(text: str) -> int:
    """Read local time as epoch seconds."""
    moment = datetime.fromisoformat(text).replace(tzinfo=MEXICO)
    if not _FIRST_YEAR <= moment.year < _LAST_YEAR:
        raise ValueError(f"Fecha {text[:30]} is not of our time")
    return int(moment.timestamp())


def _part(root: Element, name: str) -> dict[str, str]:
    found = root.find(f"{_CFDI}{name}")
    if found is None:
        raise KeyError(name)
    return found.attrib


def _one_of(value: str, known: str) -> str:
    if len(value) != 1 or value not in known:
        raise ValueError(f"TipoDeComprobante is one of {', '.join(known)}")
    return value


def _amount(element: Element, name: str) -> float:
    value = Decimal(element.get(name) or "0")
    if not value.is_finite() or abs(value) >= 10**12:
        raise ValueError(f"{name} is not an amount")
    return float(value)


def _client(call: Call, receiver: dict[str, str]) -> Row:
    """Find the receiver among the clients, or make it one."""
    clients = (row for _, row in call.sandbox.clients.walk(call.scope))
    found = next((row for row in clients if row["tax_id"] == receiver["Rfc"]), None)
    fields = {"name": receiver.get("Nombre"), "legal_name": receiver.get("Nombre"), "tax_id": receiver["Rfc"],
              "tax_system": receiver.get("RegimenFiscalReceptor"), "use": receiver.get("UsoCFDI"),
              "address": {"zip": receiver.get("DomicilioFiscalReceptor")}}  # fmt: skip
    return dict(found or make_client(call.sandbox, call.scope, fields))


def _item(concept: Element) -> Row:
    moved = concept.iterfind(f"{_CFDI}Impuestos/{_CFDI}Traslados/{_CFDI}Traslado")
    withheld = concept.iterfind(f"{_CFDI}Impuestos/{_CFDI}Retenciones/{_CFDI}Retencion")
    return {
        "description": concept.attrib["Descripcion"],
        "product_key": concept.get("ClaveProdServ"),
        "unit_key": concept.get("ClaveUnidad"),
        "unit_name": concept.get("Unidad"),
        "sku": concept.get("NoIdentificacion"),
        "quantity": _amount(concept, "Cantidad"),
        "unit_price": _amount(concept, "ValorUnitario"),
        "discount": _amount(concept, "Descuento"),
        "taxability": concept.get("ObjetoImp"),
        "taxes": [*(_tax(tax, False) for tax in moved), *(_tax(tax, True) for tax in withheld)],
    }


def _tax(tax: Element, withheld: bool) -> Row:
    return {
        "type": TAXES[tax.attrib["Impuesto"]],
        "factor": tax.attrib["TipoFactor"],
        "rate": _amount(tax, "TasaOCuota"),
        "base": _amount(tax, "Base"),
        "withholding": withheld,
    }


OPERATIONS = (
    Operation("invoices.import_xml", "POST", "/invoices/import", _import, body=ImportInput, answer=Imported),
)
