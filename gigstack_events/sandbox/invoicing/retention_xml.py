"""Documents of retentions, version 2.0."""

from xml.etree.ElementTree import Element, SubElement, tostring

from gigstack_events.catalogs import RETENTION_KEYS, TAXES
from gigstack_events.sandbox.invoicing.lines import cents, number
from gigstack_events.sandbox.invoicing.seals import (
    CERTIFICATE_NUMBER,
    XSI,
    clean,
    local_time,
    node,
    seal,
    stamp,
)
from gigstack_events.sandbox.tables import Row

_NAMESPACE = "http://www.sat.gob.mx/esquemas/retencionpago/2"
_XSD = "http://www.sat.gob.mx/esquemas/retencionpago/2/retencionpagov2.xsd"
_PLATFORMS = "http://www.sat.gob.mx/esquemas/retencionpago/1/PlataformasTecnologicas10"
_PLATFORMS_XSD = f"{_PLATFORMS}/ServiciosPlataformasTecnologicas10.xsd"
_TAX_CODES = {name: code for code, name in TAXES.items()}


def retention_xml(retention: Row) -> bytes:
    """Write the XML of a retention as the API shows it."""
    platform = retention.get("platform_services")
    root = Element("retenciones:Retenciones", _heading(retention, bool(platform)))
    issuer, period = retention.get("issuer") or {}, retention.get("period") or {}
    node(root, "retenciones:Emisor", {"RfcE": issuer.get("tax_id"), "NomDenRazSocE": issuer.get("legal_name"),
                                      "RegimenFiscalE": issuer.get("tax_system")})  # fmt: skip
    _add_receiver(root, retention.get("receiver") or {})
    node(root, "retenciones:Periodo", {"MesIni": f"{int(period.get('start', 1)):02}",
                                       "MesFin": f"{int(period.get('end', 1)):02}",
                                       "Ejercicio": period.get("year")})  # fmt: skip
    _add_totals(root, retention.get("totals") or {})
    complement = SubElement(root, "retenciones:Complemento")
    if platform:
        _add_platform(complement, platform)
    stamp(complement, retention["uuid"], int(retention["created_at"]))
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _heading(retention: Row, platform: bool) -> dict[str, str]:
    uuid, key = retention["uuid"], str(retention["retention_key"])
    schemas = [_NAMESPACE, _XSD, *([_PLATFORMS, _PLATFORMS_XSD] if platform else [])]
    issuer = retention.get("issuer") or {}
    return clean({
        "xmlns:retenciones": _NAMESPACE,
        "xmlns:xsi": XSI,
        "xmlns:plataformasTecnologicas": _PLATFORMS if platform else None,
        "xsi:schemaLocation": " ".join(schemas),
        "Version": "2.0",
        "FolioInt": retention.get("folio_number"),
        "Sello": seal("retention", uuid),
        "NoCertificado": CERTIFICATE_NUMBER,
        "Certificado": seal("certificate", str(issuer.get("tax_id"))),
        "FechaExp": local_time(int(retention["created_at"])),
        "LugarExpRetenc": issuer.get("zip") or "06000",
        "CveRetenc": key,
        "DescRetenc": RETENTION_KEYS.get(key) if key == "25" else None,
    })  # fmt: skip


def _add_receiver(root: Element, receiver: Row) -> None:
    nationality = receiver.get("nationality") or "Nacional"
    parent = node(root, "retenciones:Receptor", {"NacionalidadR": nationality})
    if nationality == "Nacional":
        attributes = {"RfcR": receiver.get("tax_id"), "NomDenRazSocR": receiver.get("legal_name"),
                      "DomicilioFiscalR": receiver.get("zip") or "06000"}  # fmt: skip
        node(parent, "retenciones:Nacional", attributes)
    else:
        attributes = {"NumRegIdTribR": receiver.get("tax_id"), "NomDenRazSocR": receiver.get("legal_name")}
        node(parent, "retenciones:Extranjero", attributes)


def _add_totals(root: Element, totals: Row) -> None:
    parent = node(root, "retenciones:Totales", {
        "MontoTotOperacion": _amount(totals.get("total_operation")),
        "MontoTotGrav": _amount(totals.get("total_taxable")),
        "MontoTotExent": _amount(totals.get("total_exempt")),
        "MontoTotRet": _amount(totals.get("total_retained")),
    })  # fmt: skip
    for tax in totals.get("tax_retained") or []:
        node(parent, "retenciones:ImpRetenidos", {
            "BaseRet": _amount(tax.get("base")),
            "ImpuestoRet": tax.get("tax"),
            "MontoRet": _amount(tax.get("amount")),
            "TipoPagoRet": tax.get("payment_type"),
        })  # fmt: skip


def _add_platform(complement: Element, platform: Row) -> None:
    prefix = "plataformasTecnologicas:"
    services = platform.get("services") or []
    sums = {name: sum(number(row.get(name) or 0) for row in services)
            for name in ("price_without_tax", "commission")}  # fmt: skip
    taxed = sum(cents(number(row.get("price_without_tax") or 0) * number(row.get("tax_rate") or 0))
                for row in services)  # fmt: skip
    parent = node(complement, f"{prefix}ServiciosPlataformasTecnologicas", {
        "Version": "1.0",
        "Periodicidad": platform.get("periodicity") or "04",
        "NumServ": len(services),
        "MonTotServSIVA": f"{sums['price_without_tax']:.2f}",
        "TotalIVATrasladado": f"{taxed:.2f}",
        "TotalIVARetenido": "0.00",
        "TotalISRRetenido": "0.00",
        "DifIVAEntregadoPrestServ": f"{taxed:.2f}",
        "MonTotalporUsoPlataforma": f"{sums['commission']:.2f}",
    })  # fmt: skip
    group = SubElement(parent, f"{prefix}Servicios")
    for row in services:
        _add_service(group, prefix, row)


def _add_service(group: Element, prefix: str, row: Row) -> None:
    price, rate = number(row.get("price_without_tax") or 0), number(row.get("tax_rate") or 0)
    service = node(group, f"{prefix}DetallesDelServicio", {
        "FormaPagoServ": row.get("payment_form"),
        "TipoDeServ": row.get("service_type"),
        "FechaServ": row.get("service_date"),
        "PrecioServSinIVA": f"{price:.2f}",
    })  # fmt: skip
    node(service, f"{prefix}ImpuestosTrasladadosdelServicio", {
        "Base": f"{price:.2f}", "Impuesto": _TAX_CODES["IVA"], "TipoFactor": "Tasa",
        "TasaCuota": f"{rate:.6f}", "Importe": f"{cents(price * rate):.2f}",
    })  # fmt: skip
    node(service, f"{prefix}ComisionDelServicio", {"Importe": _amount(row.get("commission"))})


def _amount(value: object) -> str:
    return f"{cents(number(value or 0)):.2f}"
