"""What the SAT's matrix of errors for CFDI 4.0 refuses, as far as an invoice of this API can break it."""

from collections.abc import Iterator
from datetime import datetime

from gigstack_events.catalogs import CFDI_USES
from gigstack_events.sandbox.invoicing.fiscal import objection, refusal, wanted_error
from gigstack_events.sandbox.invoicing.lines import lines
from gigstack_events.sandbox.invoicing.seals import MEXICO
from gigstack_events.sandbox.tables import Row

GENERAL_PUBLIC = "XAXX010101000"
FOREIGN_PUBLIC = "XEXX010101000"
GENERIC_RECEIVERS = (GENERAL_PUBLIC, FOREIGN_PUBLIC)

_OF_PERSONS = {"605", "606", "607", "608", "611", "612", "614", "615", "621", "625"}
_OF_COMPANIES = {"601", "603", "620", "622", "623", "624"}
_USES_OF_PERSONS = {code for code in CFDI_USES if code.startswith("D")} | {"CN01"}
_PPD_FORM = "99"

Finding = tuple[str, str, str]
"""The SAT's code, what it means and the field."""


def refuse_unfit(invoice: Row, now_ms: int) -> None:
    """Raise Problem for what the SAT would refuse; `metadata.cfdi_error` of client or invoice asks for it."""
    client = invoice["client"]
    if code := wanted_error(client, invoice):
        raise refusal(422, code, "the SAT refuses this CFDI")
    for code, meaning, field in _findings(invoice, client, now_ms):
        raise refusal(400, code, meaning, field)


def _findings(invoice: Row, client: Row, now_ms: int) -> Iterator[Finding]:
    yield from _of_receiver(client)
    if invoice["invoice_type"] in ("I", "E"):
        yield from _of_use(invoice, client)
        yield from _of_payment(invoice)
        yield from _of_lines(invoice)
        yield from _of_global(invoice, client, now_ms)


def _of_receiver(client: Row) -> Iterator[Finding]:
    rfc = str(client.get("tax_id") or "")
    if rfc in GENERIC_RECEIVERS:
        return
    if (found := objection(client)) is not None:
        yield found
    system = str(client.get("tax_system"))
    if system in (_OF_COMPANIES if len(rfc) == 13 else _OF_PERSONS):
        yield (
            "CFDI40158",
            "el régimen fiscal no corresponde con el tipo de persona del receptor",
            "tax_system",
        )


def _of_use(invoice: Row, client: Row) -> Iterator[Finding]:
    use = invoice["use"]
    if use not in CFDI_USES and use != "P01":  # of CFDI 3.3, yet in the API's own examples
        yield "CFDI40160", "el uso del CFDI no es un valor del catálogo c_UsoCFDI", "use"
    if use in _USES_OF_PERSONS and len(str(client.get("tax_id"))) == 12:
        yield "CFDI40161", "el uso del CFDI no corresponde con el tipo de persona del receptor", "use"


def _of_payment(invoice: Row) -> Iterator[Finding]:
    if invoice["payment_method"] == "PPD" and invoice["payment_form"] != _PPD_FORM:
        yield "CFDI40105", "con el método de pago PPD la forma de pago debe ser 99", "payment_form"
    if invoice["currency"] not in ("MXN", "XXX") and not invoice["exchange_rate"]:
        yield "CFDI40115", "falta el tipo de cambio de una moneda distinta de MXN", "exchange_rate"
    if invoice["currency"] == "MXN" and (invoice["exchange_rate"] or 1) != 1:
        yield "CFDI40114", "el tipo de cambio de MXN debe ser 1", "exchange_rate"


def _of_lines(invoice: Row) -> Iterator[Finding]:
    for number, line in enumerate(lines(invoice["items"])):
        at = f"items.{number}"
        if line.amount <= 0:
            yield "CFDI40166", "el valor unitario debe ser mayor que cero", f"{at}.unit_price"
        if line.discount > line.amount:
            yield "CFDI40169", "el descuento es mayor que el importe del concepto", f"{at}.discount"
        if line.object == "02" and not line.taxes:
            yield "CFDI40171", "un concepto que es objeto de impuesto debe llevar impuestos", f"{at}.taxes"
        if line.object in ("01", "03") and line.item.get("taxes"):
            yield "CFDI40172", "un concepto que no es objeto de impuesto no lleva impuestos", f"{at}.taxes"
        if any(tax.withheld and tax.rate is None for tax in line.taxes):
            yield "CFDI40184", "una retención no puede ser exenta", f"{at}.taxes"


def _of_global(invoice: Row, client: Row, now_ms: int) -> Iterator[Finding]:
    wanted = invoice["global"]
    if not wanted:
        return
    if client.get("tax_id") != GENERAL_PUBLIC:
        yield "CFDI40146", f"una factura global es para el RFC {GENERAL_PUBLIC}", "client.tax_id"
    if client.get("legal_name") != "PUBLICO EN GENERAL":
        yield "CFDI40130", "el nombre del receptor debe ser PUBLICO EN GENERAL", "client.legal_name"
    two_months, months = wanted["periodicity"] == "05", str(wanted["months"])
    if two_months and months < "13":
        yield "CFDI40135", "con periodicidad bimestral los meses van de 13 a 18", "global.months"
    if not two_months and months > "12":
        yield "CFDI40134", "los meses van de 01 a 12", "global.months"
    year = datetime.fromtimestamp(now_ms / 1000, MEXICO).year
    if int(wanted["year"]) not in (year, year - 1):
        yield "CFDI40136", "el año debe ser el actual o el anterior", "global.year"
