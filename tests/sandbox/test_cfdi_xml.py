"""The XML of CFDIs: what the SAT's schemas want, and sums that add up to the cent."""

import random
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import tostring

import pytest

from gigstack_events.sandbox.invoicing.cfdi_xml import cfdi_xml
from gigstack_events.sandbox.invoicing.lines import lines, sums
from gigstack_events.sandbox.invoicing.xml_reading import parse_xml
from tests.sandbox.cfdi_reading import CFDI, PAGO, RETENTION, TFD, amount, check_sums, total

SEED = 7
IVA = {"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False}
ISR = {"type": "isr", "rate": "0.10", "factor": "Tasa", "withholding": True}
ISSUER = {"legal_name": "ESCUELA & HIJOS", "tax_id": "EKU9003173C9", "tax_system": "601", "zip": "42501"}
CLIENT = {
    "id": "client_1",
    "legal_name": "ÑANDÚ <\"&'> \x00\ud800\n😀",
    "tax_id": "PEGJ800101ABC",
    "tax_system": "612",
    "address": {"zip": "03100"},
}


def invoice(*items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "uuid": "6128396F-C09B-4EC6-8699-43C5F7E3B230",
        "invoice_type": "I",
        "series": "A",
        "folio_number": 7,
        "date": 1_791_547_200_000,
        "created_at": 1_791_547_200,
        "issuer_info": ISSUER,
        "client": CLIENT,
        "items": [{"description": "Consultoría", "quantity": 1, **item} for item in items],
        "use": "G03",
        **fields,
    }


def test_a_cfdi_says_who_what_and_when() -> None:
    """The attributes that the SAT requires, in local time, with odd names as XML can write them."""
    root = parse_xml(cfdi_xml(invoice({"unit_price": 1000, "taxes": [IVA]})))
    said = {name: root.get(name) for name in ("Version", "Serie", "Folio", "Fecha", "TipoDeComprobante")}
    assert list(said.values()) == ["4.0", "A", "7", "2026-10-09T06:00:00", "I"]
    paid = [root.get(name) for name in ("MetodoPago", "FormaPago", "Moneda", "TipoCambio", "Exportacion")]
    assert paid == ["PUE", "99", "MXN", "1", "01"]
    receiver = root.find(f"{CFDI}Receptor")
    assert receiver is not None
    assert receiver.attrib == {
        "Rfc": "PEGJ800101ABC",
        "Nombre": "ÑANDÚ <\"&'> \n😀",
        "DomicilioFiscalReceptor": "03100",
        "RegimenFiscalReceptor": "612",
        "UsoCFDI": "G03",
    }
    stamp = root.find(f"{CFDI}Complemento/{TFD}TimbreFiscalDigital")
    assert stamp is not None
    assert (stamp.get("Version"), stamp.get("UUID")) == ("1.1", "6128396F-C09B-4EC6-8699-43C5F7E3B230")
    order = [child.tag.removeprefix(CFDI) for child in root]
    assert order == ["Emisor", "Receptor", "Conceptos", "Impuestos", "Complemento"]


def test_sums_add_up_whatever_is_sold() -> None:
    """Three hundred seeded invoices; the row of the API and its XML come to the same."""
    chance = random.Random(SEED)
    taxes = [[], [IVA], [IVA, ISR], [{**IVA, "factor": "Exento"}], [{**IVA, "inclusive": True}]]
    for _ in range(300):
        items = [
            {
                "unit_price": round(chance.uniform(0.01, 9999), chance.choice((0, 2, 4))) or 1,
                "quantity": chance.choice((1, 2, 0.333, 7.5)),
                "discount": 0,
                "taxes": chance.choice(taxes),
            }
            for _ in range(chance.randint(1, 5))
        ]
        root = parse_xml(cfdi_xml(invoice(*items)))
        check_sums(root)
        assert float(amount(root, "Total")) == pytest.approx(sums(lines(items))["total"], abs=1e-9), items


@pytest.mark.parametrize(("price", "quantity", "paid"), [(100.03, 3, "300.09"), (0.04, 1, "0.04")])
def test_an_inclusive_price_is_what_is_paid(price: float, quantity: int, paid: str) -> None:
    """The tax is taken out of the price, and the total is the price again, to the last cent."""
    item = {"unit_price": price, "quantity": quantity, "taxes": [{**IVA, "inclusive": True}]}
    root = parse_xml(cfdi_xml(invoice(item)))
    check_sums(root)
    assert root.get("Total") == paid


def test_a_discount_lowers_the_base_of_the_taxes() -> None:
    """The SAT taxes what is left after the discount."""
    root = parse_xml(cfdi_xml(invoice({"unit_price": 100, "discount": 10, "taxes": [IVA]})))
    check_sums(root)
    assert (root.get("Descuento"), root.get("Total")) == ("10.00", "104.40")


def test_the_general_public_gets_a_global_invoice() -> None:
    """Generic receivers live where the issuer is, and have no use for a CFDI."""
    public = {"tax_id": "XAXX010101000", "legal_name": "PUBLICO EN GENERAL"}
    period = {"periodicity": "04", "months": "10", "year": 2026}
    root = parse_xml(cfdi_xml(invoice({"unit_price": 1}, client=public, **{"global": period})))
    shown = root.find(f"{CFDI}InformacionGlobal")
    assert shown is not None
    assert shown.attrib == {"Periodicidad": "04", "Meses": "10", "Año": "2026"}
    receiver = root.find(f"{CFDI}Receptor")
    assert receiver is not None
    told = [receiver.get(name) for name in ("DomicilioFiscalReceptor", "RegimenFiscalReceptor", "UsoCFDI")]
    assert told == ["42501", "616", "S01"]


def test_a_payment_complement_has_no_amounts_but_its_payments() -> None:
    """The complement for payments 2.0, whose totals are those of its documents."""
    tax = {"type": "IVA", "rate": 0.16, "base": 500.0}
    paid = {"uuid": "A", "installment": 1, "last_balance": 1160.0, "amount": 580.0, "taxes": [tax]}
    data = [{"date": 1_791_547_200_000, "payment_form": "03", "related_documents": [paid]}]
    row = invoice(invoice_type="P", complements=[{"type": "pago", "data": data}])
    root = parse_xml(cfdi_xml(row))
    assert [root.get(name) for name in ("Moneda", "SubTotal", "Total")] == ["XXX", "0", "0"]
    assert [root.get(name) for name in ("MetodoPago", "FormaPago", "TipoCambio")] == [None] * 3
    assert root.find(f"{CFDI}Impuestos") is None
    [payments] = root.iter(f"{PAGO}Pagos")
    [document] = root.iter(f"{PAGO}DoctoRelacionado")
    totals = payments.find(f"{PAGO}Totales")
    assert amount(document, "ImpSaldoInsoluto") == Decimal("580.00")
    assert amount(totals, "MontoTotalPagos") == total(payments, f"{PAGO}Pago", "Monto") == 580
    assert amount(totals, "TotalTrasladosImpuestoIVA16") == Decimal("80.00")
    assert [child.tag.removeprefix(PAGO) for child in payments] == ["Totales", "Pago"]


def test_a_transfer_is_worth_nothing() -> None:
    """Goods on their way have neither price nor taxes in their CFDI."""
    root = parse_xml(cfdi_xml(invoice({"unit_price": 5, "taxes": [IVA]}, invoice_type="T")))
    assert (root.get("Total"), root.find(f"{CFDI}Impuestos")) == ("0", None)


def test_a_retention_is_a_document_of_its_own() -> None:
    """Retenciones 2.0, with the services of a platform where there are some."""
    service = {"price_without_tax": 100, "tax_rate": 0.16, "commission": 3, "service_type": "01"}
    tax = {"tax": "001", "base": 100.0, "amount": 10.0, "payment_type": "03"}
    row = {
        "document_type": "retenciones",
        "uuid": "R",
        "retention_key": "26",
        "created_at": 1_791_547_200_000,
        "issuer": ISSUER,
        "receiver": {"legal_name": "ANA", "tax_id": "PEGJ800101ABC", "nationality": "Nacional"},
        "period": {"start": 1, "end": 2, "year": 2026},
        "totals": {"total_operation": 100, "total_taxable": 100, "total_retained": 10, "tax_retained": [tax]},
        "platform_services": {"services": [service]},
    }
    root = parse_xml(cfdi_xml(row))
    assert (root.tag, root.get("Version"), root.get("CveRetenc")) == (f"{RETENTION}Retenciones", "2.0", "26")
    retained = total(root, f"{RETENTION}Totales/{RETENTION}ImpRetenidos", "MontoRet")
    assert amount(root.find(f"{RETENTION}Totales"), "MontoTotRet") == retained == 10
    assert b"ServiciosPlataformasTecnologicas" in tostring(root)


def test_added_xml_stands_in_its_place() -> None:
    """A custom complement and an addenda are taken over as they are."""
    custom = {"type": "custom", "data": '<x:ine xmlns:x="urn:ine" Version="1.1"/>'}
    root = parse_xml(cfdi_xml(invoice({"unit_price": 1}, complements=[custom], addenda="<pedido>7</pedido>")))
    assert root.find(f"{CFDI}Complemento/{{urn:ine}}ine") is not None
    assert root.findtext(f"{CFDI}Addenda/pedido") == "7"


BOMB = b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"
FILE = b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"


@pytest.mark.parametrize(
    "content", [b"", b"<a>", b"<a></b>", b"<a>" * 200, "<a>é</a>".encode("latin-1"), BOMB, FILE]
)
def test_dangerous_xml_is_refused(content: bytes) -> None:
    """No document types, hence no entities; nothing broken, nothing bottomless."""
    with pytest.raises(ValueError, match=r"\w"):
        parse_xml(content)
