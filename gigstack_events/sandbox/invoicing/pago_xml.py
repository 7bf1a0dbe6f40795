"""The complement for payments received, version 2.0, of a CFDI of type P."""

from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement

from gigstack_events.sandbox.invoicing.lines import Tax, cents, number, tax_totals
from gigstack_events.sandbox.invoicing.seals import local_time, node
from gigstack_events.sandbox.tables import Row

PAGO_NAMESPACE = "http://www.sat.gob.mx/Pagos20"
PAGO_XSD = "http://www.sat.gob.mx/sitio_internet/cfd/Pagos/Pagos20.xsd"

# The totals that the SAT asks for, by tax and rate.
_MOVED = {Decimal("0.16"): "IVA16", Decimal("0.08"): "IVA8", Decimal(0): "IVA0", None: "IVAExento"}
_WITHHELD = {"001": "ISR", "002": "IVA", "003": "IEPS"}


def add_payments(complement: Element, payments: list[Row]) -> None:
    """Add `pago20:Pagos`; a payment has `date` (epoch ms), `payment_form` and `related_documents`."""
    root = node(complement, "pago20:Pagos", {"Version": "2.0"})
    totals = SubElement(root, "pago20:Totales")
    taxes: list[Tax] = []
    amount = Decimal(0)
    for payment in payments:
        paid, found = _add_payment(root, payment)
        amount += paid
        taxes += found
    totals.attrib.update(_totals(tax_totals(taxes)))
    totals.set("MontoTotalPagos", f"{amount:.2f}")


def _add_payment(root: Element, payment: Row) -> tuple[Decimal, list[Tax]]:
    documents = payment.get("related_documents") or []
    paid = sum((cents(number(document["amount"])) for document in documents), Decimal(0))
    currency = payment.get("currency") or "MXN"
    rate = number(payment.get("exchange_rate") or 1)
    element = node(root, "pago20:Pago", {
        "FechaPago": local_time(int(payment["date"])),
        "FormaDePagoP": payment.get("payment_form") or "03",
        "MonedaP": currency,
        "TipoCambioP": "1" if currency == "MXN" else f"{rate:f}",
        "Monto": f"{paid:.2f}",
    })  # fmt: skip
    taxes: list[Tax] = []
    for document in documents:
        taxes += _add_document(element, document, currency)
    totals = tax_totals(taxes)
    _add_taxes(element, "P", totals)
    return cents(paid * rate), [_in_pesos(tax, rate) for tax in totals]


def _in_pesos(tax: Tax, rate: Decimal) -> Tax:
    return Tax(tax.code, tax.factor, tax.rate, tax.withheld, cents(tax.base * rate), cents(tax.amount * rate))


def _add_document(payment: Element, document: Row, currency: str) -> list[Tax]:
    owed, paid = cents(number(document["last_balance"])), cents(number(document["amount"]))
    taxes = [_tax(tax) for tax in document.get("taxes") or []]
    element = node(payment, "pago20:DoctoRelacionado", {
        "IdDocumento": document["uuid"],
        "Serie": document.get("series"),
        "Folio": document.get("folio_number"),
        "MonedaDR": document.get("currency") or currency,
        "EquivalenciaDR": "1",
        "NumParcialidad": document.get("installment") or 1,
        "ImpSaldoAnt": f"{owed:.2f}",
        "ImpPagado": f"{paid:.2f}",
        "ImpSaldoInsoluto": f"{owed - paid:.2f}",
        "ObjetoImpDR": "02" if taxes else "01",
    })  # fmt: skip
    _add_taxes(element, "DR", taxes)
    return taxes


def _tax(tax: Row) -> Tax:
    codes = {name: code for code, name in _WITHHELD.items()}
    code = codes.get(str(tax.get("type") or "IVA").upper(), "002")
    base = number(tax.get("base") or 0)
    if tax.get("factor") == "Exento":
        return Tax(code, "Exento", None, bool(tax.get("withholding")), base, Decimal(0))
    rate = number(tax.get("rate") or 0)
    factor = str(tax.get("factor") or "Tasa")
    return Tax(code, factor, rate, bool(tax.get("withholding")), base, cents(base * rate))


def _add_taxes(parent: Element, suffix: str, taxes: list[Tax]) -> None:
    """Write taxes of a document (`DR`) or payment (`P`): withheld ones first, as the schema wants it."""
    if not taxes:
        return
    group = SubElement(parent, f"pago20:Impuestos{suffix}")
    for withheld, plural, name in ((True, "Retenciones", "Retencion"), (False, "Traslados", "Traslado")):
        of_kind = [tax for tax in taxes if tax.withheld is withheld]
        children = SubElement(group, f"pago20:{plural}{suffix}") if of_kind else group
        for tax in of_kind:
            node(children, f"pago20:{name}{suffix}", _attributes(tax, suffix, withheld))


def _attributes(tax: Tax, suffix: str, withheld: bool) -> Row:
    if withheld and suffix == "P":
        return {"ImpuestoP": tax.code, "ImporteP": f"{tax.amount:.2f}"}
    exempt = tax.rate is None
    return {
        f"Base{suffix}": f"{tax.base:.2f}",
        f"Impuesto{suffix}": tax.code,
        f"TipoFactor{suffix}": tax.factor,
        f"TasaOCuota{suffix}": None if exempt else f"{tax.rate:.6f}",
        f"Importe{suffix}": None if exempt else f"{tax.amount:.2f}",
    }


def _totals(taxes: list[Tax]) -> dict[str, str]:
    shown: dict[str, Decimal] = {}
    for tax in taxes:
        for name, value in _total(tax):
            shown[name] = shown.get(name, Decimal(0)) + value
    return {name: f"{value:.2f}" for name, value in shown.items()}


def _total(tax: Tax) -> list[tuple[str, Decimal]]:
    if tax.withheld:
        return [(f"TotalRetenciones{_WITHHELD[tax.code]}", tax.amount)]
    rate = None if tax.rate is None else tax.rate.normalize() + 0
    if tax.code != "002" or rate not in _MOVED:
        return []
    base = (f"TotalTrasladosBase{_MOVED[rate]}", tax.base)
    return [base] if rate is None else [base, (f"TotalTrasladosImpuesto{_MOVED[rate]}", tax.amount)]
