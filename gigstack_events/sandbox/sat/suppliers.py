"""Made-up suppliers and what they bill: the invoices that a team receives from nobody in particular."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

from gigstack_events.sandbox.business import rfcs
from gigstack_events.sandbox.invoicing.lines import lines, sums
from gigstack_events.sandbox.sat.dates import moment, months_later
from gigstack_events.sandbox.tables import Row

A_MONTH = 12


@dataclass(frozen=True, slots=True)
class Trade:
    """What a kind of supplier is called and sells: concepts with their prices, from and to."""

    name: str
    product_key: str
    unit: tuple[str, str]
    concepts: tuple[tuple[str, int, int], ...]
    most: int = 1
    person: bool = False


_SERVICE, _PIECE = ("E48", "Unidad de servicio"), ("H87", "Pieza")
TRADES = (
    Trade("TELECOMUNICACIONES DEL {}", "81161700", _SERVICE, (
        ("Internet simétrico 200 Mbps, renta mensual", 899, 1499),
        ("Línea telefónica, renta mensual", 299, 499))),
    Trade("PAPELERIA {}", "44121700", _PIECE, (
        ("Bolígrafo punto mediano, caja con 12", 60, 120), ("Cuaderno profesional", 35, 80),
        ("Tóner para impresora láser", 900, 2400)), most=6),
    Trade("MENSAJERIA Y PAQUETERIA {}", "78102200", _SERVICE, (
        ("Envío nacional terrestre", 140, 320), ("Envío nacional al día siguiente", 220, 540)), most=8),
    Trade("SERVICIO GASOLINERO {}", "15101514", ("LTR", "Litro"), (
        ("Gasolina menor a 91 octanos", 22, 25),), most=60),
    Trade("LIMPIEZA INTEGRAL {}", "76111500", _SERVICE, (
        ("Servicio de limpieza de oficinas, mensual", 3500, 9800),)),
    Trade("COMPUTO Y REDES {}", "43211500", _PIECE, (
        ("Computadora portátil 14 pulgadas", 12500, 24800), ("Monitor de 27 pulgadas", 3400, 7200)), most=2),
    Trade("HOSPEDAJE WEB {}", "81112100", _SERVICE, (
        ("Hospedaje de sitio web, plan mensual", 250, 900), ("Registro de dominio, anual", 280, 420))),
    Trade("RESTAURANTE {}", "90101500", _SERVICE, (("Consumo de alimentos", 320, 2600),)),
    Trade("INMOBILIARIA {}", "80131500", _SERVICE, (("Renta de oficina, mensual", 12000, 38000),)),
    Trade("FERRETERIA {}", "31161500", _PIECE, (
        ("Tornillo para madera, caja con 100", 45, 120), ("Taladro percutor", 1200, 3200)), most=4),
    Trade("{}", "84111500", _SERVICE, (
        ("Honorarios por servicios contables, mensual", 2500, 8500), ("Declaración anual", 4000, 9000)),
        person=True),
    Trade("{}", "80141600", _SERVICE, (("Diseño de campaña publicitaria", 5000, 22000),), person=True),
)  # fmt: skip
_PLACES = "NORTE BAJIO VALLE CENTRO PACIFICO GOLFO SURESTE ALTIPLANO"
_SURNAMES = "Hernández García Martínez López González Pérez Rodríguez Sánchez Ramírez Cruz Flores Muñoz"
_NAMES = "Guadalupe Juan Verónica Miguel Ángeles Francisco Leticia Alejandro Patricia Roberto"


def suppliers_of(random: Random) -> list[Row]:
    """Choose a team's suppliers: seven, always the same for the same seed."""
    return [_supplier(random, trade) for trade in random.sample(TRADES, 7)]


def made_up_month(random: Random, suppliers: list[Row], month: date) -> list[Row]:
    """Make up what suppliers have billed in a month; dates ascend, and with them each one's folios."""
    days = (months_later(month, 1) - month).days
    moments = sorted(_moment(random, month + timedelta(days=random.randrange(days))) for _ in range(A_MONTH))
    first = month.year * 12 + month.month
    return [
        made_up_invoice(random, random.choice(suppliers), at, first * 100 % 90_000 + 100 + number)
        for number, at in enumerate(moments)
    ]


def made_up_invoice(random: Random, supplier: Row, at: int, folio: int) -> Row:
    """Make up one invoice of a supplier; whose it is, is still to be said."""
    items = _items(random, supplier)
    method = "PPD" if random.random() < 0.2 else "PUE"
    uuid = str(UUID(int=random.getrandbits(128), version=4)).upper()
    return {
        "id": uuid,
        "uuid": uuid,
        "date": at,
        "created_at": at // 1000,
        "invoice_type": "I",
        "status": "valid",
        "series": supplier["series"],
        "folio_number": folio,
        "currency": "MXN",
        "exchange_rate": 1,
        "use": "G03",
        "payment_method": method,
        "payment_form": "99" if method == "PPD" else random.choice(["03", "03", "04", "28"]),
        "exports": "01",
        "items": items,
        **sums(lines(items)),
        "issuer_info": {name: supplier[name] for name in ("legal_name", "tax_id", "tax_system", "zip")},
        "stamp": {"stamp_at": at + 7000, "provider": "SANDBOX", "sello": ""},
        "cancellation": None,
        "payments": [],
        "invoices": [],
        "related_documents": [],
    }


def _supplier(random: Random, trade: Trade) -> Row:
    zip_code = f"{random.randrange(1000, 98_000):05}"
    series = random.choice("ABCFGMT")
    facts = {"zip": zip_code, "series": series, "trade": TRADES.index(trade)}
    day = date(1970, 1, 1) + timedelta(days=random.randrange(12_000))
    if trade.person:
        first, paternal, maternal = (random.choice(names.split()) for names in (_NAMES, _SURNAMES, _SURNAMES))
        name = f"{first} {paternal} {maternal}".upper().translate(str.maketrans("ÁÉÍÓÚ", "AEIOU"))
        rfc = rfcs.person_rfc(first, paternal, maternal, day)
        return {"legal_name": name, "tax_id": rfc, "tax_system": "612", **facts}
    name = trade.name.format(random.choice(_PLACES.split()))
    return {"legal_name": name, "tax_id": rfcs.company_rfc(name, day), "tax_system": "601", **facts}


def _items(random: Random, supplier: Row) -> list[Row]:
    trade = TRADES[supplier["trade"]]
    concepts = random.sample(trade.concepts, random.randint(1, len(trade.concepts)))
    return [_item(random, supplier, trade, *concept) for concept in concepts]


def _item(random: Random, supplier: Row, trade: Trade, description: str, least: int, most: int) -> Row:
    taxes = [{"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False, "inclusive": False}]
    if supplier["tax_system"] == "612":
        taxes.append({"type": "ISR", "rate": 0.1, "factor": "Tasa", "withholding": True, "inclusive": False})
    return {
        "id": None,
        "description": description,
        "product_key": trade.product_key,
        "unit_key": trade.unit[0],
        "unit_name": trade.unit[1],
        "unit_price": random.randint(least * 100, most * 100) / 100,
        "quantity": random.randint(1, trade.most),
        "discount": 0,
        "taxability": "02",
        "taxes": taxes,
    }


def _moment(random: Random, day: date) -> int:
    return moment(day, random.randrange(9, 19), random.randrange(60), random.randrange(60))
