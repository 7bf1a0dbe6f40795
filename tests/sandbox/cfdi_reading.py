"""CFDIs read back from their XML, for tests that check what they say and whether it adds up."""

from decimal import Decimal
from xml.etree.ElementTree import Element

import httpx

from gigstack_events.sandbox.invoicing.xml_reading import parse_xml

CFDI = "{http://www.sat.gob.mx/cfd/4}"
TFD = "{http://www.sat.gob.mx/TimbreFiscalDigital}"
PAGO = "{http://www.sat.gob.mx/Pagos20}"
RETENTION = "{http://www.sat.gob.mx/esquemas/retencionpago/2}"


def fetched(url: str) -> bytes:
    """What an address serves, without any key."""
    reply = httpx.get(url, trust_env=False)
    assert reply.status_code == 200, reply.text
    return reply.content


def read(url: str) -> Element:
    """Fetch an XML and read it."""
    return parse_xml(fetched(url))


def amount(element: Element | None, name: str) -> Decimal:
    assert element is not None
    return Decimal(element.get(name) or "0")


def total(root: Element, path: str, name: str) -> Decimal:
    """The sum of an attribute over all elements at a path."""
    return sum((amount(element, name) for element in root.iterfind(path)), Decimal(0))


def check_sums(root: Element) -> None:
    """The sums that the SAT checks (CFDI40108, 40110, 40119, 40203, 40205, 40211, 40221)."""
    concepts = f"{CFDI}Conceptos/{CFDI}Concepto"
    moved, withheld = f"{CFDI}Impuestos/{CFDI}Traslados/{CFDI}Traslado", f"{CFDI}Impuestos/{CFDI}Retenciones"
    retained = f"{withheld}/{CFDI}Retencion"
    taxes = root.find(f"{CFDI}Impuestos")
    charged, kept = (
        (Decimal(0), Decimal(0))
        if taxes is None
        else (amount(taxes, "TotalImpuestosTrasladados"), amount(taxes, "TotalImpuestosRetenidos"))
    )
    assert amount(root, "SubTotal") == total(root, concepts, "Importe")
    assert amount(root, "Descuento") == total(root, concepts, "Descuento")
    assert charged == total(root, moved, "Importe") == total(root, f"{concepts}/{moved}", "Importe")
    assert kept == total(root, retained, "Importe") == total(root, f"{concepts}/{retained}", "Importe")
    assert total(root, moved, "Base") == total(root, f"{concepts}/{moved}", "Base")
    due = amount(root, "SubTotal") - amount(root, "Descuento") + charged - kept
    assert amount(root, "Total") == due
