"""The lines of a CFDI: what each comes to, its taxes, and the sums of all, to the cent."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from gigstack_events.catalogs import TAXES
from gigstack_events.sandbox.replies import invalid
from gigstack_events.sandbox.tables import Row

_CODES = {name: code for code, name in TAXES.items()}
_UNTAXED = ("01", "03", "04")  # objects of tax whose line shows no taxes
_FIELDS = (
    "id", "description", "product_key", "quantity", "unit_price", "unit_key", "unit_name", "sku",
    "taxability", "taxes", "discount", "customs_request", "complement", "property_tax_account", "third_party",
)  # fmt: skip
_MOST = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Tax:
    """One tax of a line, or of all lines together. `rate` is None where it is exempt."""

    code: str
    factor: str
    rate: Decimal | None
    withheld: bool
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `amount` is before `discount`, without taxes."""

    item: Row
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    discount: Decimal
    object: str
    taxes: tuple[Tax, ...]


def lines(items: Iterable[Row]) -> list[Line]:
    """Work out items; Problem (400) for what is no item."""
    return [_line(item) for item in items]


def shown(line: Line) -> Row:
    """Return a line the way an invoice shows its items: every field, rates and bases as texts."""
    item = line.item
    return {
        **dict.fromkeys(_FIELDS),
        **item,
        "quantity": float(line.quantity),
        "discount": float(line.discount),
        "taxability": line.object,
        "taxes": [_shown_tax(tax, line.amount - line.discount) for tax in item.get("taxes") or []],
    }


def _shown_tax(tax: Row, base: Decimal) -> Row:
    exempt = str(tax.get("factor") or "").capitalize() == "Exento"
    return {
        "type": str(tax.get("type") or "IVA").upper(),
        "rate": None if exempt else str(_or(tax.get("rate"), 0)),
        "base": f"{base:.2f}",
        "factor": str(tax.get("factor") or "Tasa").capitalize(),
        "withholding": bool(tax.get("withholding")),
        "inclusive": bool(tax.get("inclusive")),
    }


def sums(found: list[Line]) -> Row:
    """Add lines up as the API shows it, in pesos."""
    subtotal = sum((line.amount for line in found), Decimal(0))
    discount = sum((line.discount for line in found), Decimal(0))
    taxes = sum((tax.amount for line in found for tax in line.taxes if not tax.withheld), Decimal(0))
    withheld = sum((tax.amount for line in found for tax in line.taxes if tax.withheld), Decimal(0))
    return {
        "subtotal": float(subtotal),
        "discount": float(discount),
        "taxes": float(taxes),
        "withholding_taxes": float(withheld),
        "total": float(subtotal - discount + taxes - withheld),
    }


def tax_totals(found: Iterable[Tax]) -> list[Tax]:
    """Add taxes up, one for each kind, factor and rate."""
    totals: dict[tuple[bool, str, str, Decimal | None], Tax] = {}
    for tax in found:
        key = (tax.withheld, tax.code, tax.factor, tax.rate)
        before = totals.get(key, Tax(tax.code, tax.factor, tax.rate, tax.withheld, Decimal(0), Decimal(0)))
        base, amount = before.base + tax.base, before.amount + tax.amount
        totals[key] = Tax(tax.code, tax.factor, tax.rate, tax.withheld, base, amount)
    return list(totals.values())


def cents(value: Decimal) -> Decimal:
    """Round to the cent, as the SAT does."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def number(value: object, field: str = "items") -> Decimal:
    """Read a number that came as one or as text; Problem (400) for anything else."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise invalid(f"{field}: {str(value)[:40]!r} is not a number", field) from None
    if isinstance(value, bool) or not found.is_finite() or abs(found) >= _MOST:
        raise invalid(f"{field}: {str(value)[:40]!r} is not an amount", field)
    return found


def _line(item: Row) -> Line:
    quantity = number(_or(item.get("quantity"), 1))
    price, discount = number(_or(item.get("unit_price"), 0)), cents(number(item.get("discount") or 0))
    taxes = [tax for tax in item.get("taxes") or [] if isinstance(tax, dict)]
    object = str(item.get("taxability") or ("02" if taxes else "01"))
    taxes = [] if object in _UNTAXED else taxes
    net = price / (1 + sum((_rate(tax) for tax in taxes if tax.get("inclusive")), Decimal(0)))
    net = net.quantize(Decimal("0.000001"), ROUND_HALF_UP)
    amount = cents(quantity * net)
    found = [_tax(tax, amount - discount) for tax in taxes]
    if len(taxes) == 1 and taxes[0].get("inclusive") and found[0].rate is not None and not discount:
        # What the price holds beside the base, so that the line comes to the price that was asked for.
        found = [_with_amount(found[0], cents(quantity * price) - amount)]
    return Line(item, quantity, net, amount, discount, object, tuple(found))


def _tax(tax: Row, base: Decimal) -> Tax:
    code = _CODES.get(str(tax.get("type") or "IVA").upper(), "002")
    factor = str(tax.get("factor") or "Tasa").capitalize()
    withheld = bool(tax.get("withholding"))
    if factor == "Exento":
        return Tax(code, factor, None, withheld, base, Decimal(0))
    rate = _rate(tax)
    return Tax(code, factor, rate, withheld, base, cents(base * rate))


def _rate(tax: Row) -> Decimal:
    exempt = str(tax.get("factor") or "").capitalize() == "Exento"
    rate = Decimal(0) if exempt else number(_or(tax.get("rate"), 0), "items.taxes.rate")
    return rate.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def _with_amount(tax: Tax, amount: Decimal) -> Tax:
    return Tax(tax.code, tax.factor, tax.rate, tax.withheld, tax.base, amount)


def _or(value: object, default: int) -> object:
    return default if value is None else value
