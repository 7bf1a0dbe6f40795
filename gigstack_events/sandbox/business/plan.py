"""A believable small Mexican business, drawn up from a seed: who it is, what it sells, and to whom.

Faker gives names and addresses; it comes with the extra `sandbox` and is imported only here, when needed.
"""

import random
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gigstack_events.sandbox.business import rfcs
from gigstack_events.sandbox.replies import Problem
from gigstack_events.sandbox.tables import Row

NO_FAKER = "A made-up business needs Faker: pip install 'gigstack-events[sandbox]'"

_VAT: Row = {"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False}
# What it sells: description, product key, unit key and name, price in pesos.
_TRADES: dict[str, tuple[tuple[str, str, str, str, int], ...]] = {
    "Consultoría en Sistemas": (
        ("Consultoría en tecnologías de la información, hora", "80101507", "HUR", "Hora", 950),
        ("Desarrollo de software a la medida", "81111500", "E48", "Unidad de servicio", 18500),
        ("Soporte técnico mensual", "81111811", "E48", "Unidad de servicio", 4200),
        ("Hospedaje de aplicación, plan mensual", "81112105", "E48", "Unidad de servicio", 1290),
        ("Licencia de uso, usuario por mes", "43231500", "E48", "Unidad de servicio", 349),
    ),
    "Estudio de Diseño": (
        ("Diseño de identidad visual", "82141500", "E48", "Unidad de servicio", 14800),
        ("Sesión de fotografía de producto", "82131603", "E48", "Unidad de servicio", 5600),
        ("Campaña en redes sociales, mes", "82101600", "E48", "Unidad de servicio", 7900),
        ("Impresión de catálogo", "82121500", "H87", "Pieza", 85),
        ("Ilustración", "82141502", "H87", "Pieza", 2100),
    ),
    "Instituto de Idiomas": (
        ("Curso de inglés, trimestre", "86111700", "E48", "Unidad de servicio", 6300),
        ("Clase particular, hora", "86111602", "HUR", "Hora", 420),
        ("Examen de certificación", "86131500", "E48", "Unidad de servicio", 2950),
        ("Traducción, página", "82111804", "H87", "Pieza", 310),
        ("Libro de texto", "55101509", "H87", "Pieza", 690),
    ),
    "Gimnasio": (
        ("Membresía mensual", "86131601", "E48", "Unidad de servicio", 799),
        ("Membresía anual", "86131601", "E48", "Unidad de servicio", 7490),
        ("Entrenamiento personal, sesión", "86131601", "E48", "Unidad de servicio", 380),
        ("Valoración nutricional", "85151603", "E48", "Unidad de servicio", 650),
        ("Proteína en polvo, 1 kg", "50501500", "H87", "Pieza", 890),
    ),
}
# Zip, city and state, as they belong together.
_PLACES = (
    ("03100", "Benito Juárez", "Ciudad de México"), ("06700", "Cuauhtémoc", "Ciudad de México"),
    ("44100", "Guadalajara", "Jalisco"), ("45050", "Zapopan", "Jalisco"),
    ("64000", "Monterrey", "Nuevo León"), ("66220", "San Pedro Garza García", "Nuevo León"),
    ("72000", "Puebla", "Puebla"), ("76000", "Querétaro", "Querétaro"), ("97000", "Mérida", "Yucatán"),
    ("37000", "León", "Guanajuato"), ("22000", "Tijuana", "Baja California"),
    ("80000", "Culiacán", "Sinaloa"), ("91000", "Xalapa", "Veracruz"), ("68000", "Oaxaca", "Oaxaca"),
)  # fmt: skip
_COMPANY_WORDS = (
    "Comercializadora", "Distribuidora", "Constructora", "Transportes", "Grupo Industrial", "Servicios",
    "Ferretería", "Laboratorios", "Alimentos", "Inmobiliaria",
)  # fmt: skip
_COMPANY_SYSTEMS, _PERSON_SYSTEMS = ("601", "601", "601", "626"), ("612", "626", "626", "605")
_USES = {"605": "S01"}
_KINDS = ("invoiced", "invoiced", "invoiced", "receipt", "receipt", "owed", "settled", "asked")
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Sale:
    """What a client buys: services by place in the list with a quantity each, and how it goes on.

    `invoiced` is paid and stamped, `receipt` paid only, `owed` an invoice that is not paid yet, `settled`
    one that was, with its complement, and `asked` a payment that nobody has made.
    """

    seconds_ago: int
    client: int
    items: tuple[tuple[int, int], ...]
    kind: str
    payment_form: str


@dataclass(frozen=True, slots=True)
class Business:
    """The plan: fields as the API takes them. Sales are in the order in which they happen."""

    team: Row
    services: list[Row]
    clients: list[Row]
    sales: list[Sale]


def draw_up_business(clients: int, seed: int, months: int = 6) -> Business:
    """Draw up a business; the same arguments give the same one. Problem (400) without Faker."""
    choices = random.Random(f"{seed}:business")  # noqa: S311 - seeded choices, not secrets
    people = _People(choices, _faker(seed))
    trade = choices.choice(sorted(_TRADES))
    services = [_service(number, *facts) for number, facts in enumerate(_TRADES[trade])]
    buyers = [people.company() if choices.random() < 0.6 else people.person() for _ in range(clients)]
    bought = [
        _sale(choices, client, months) for client in range(clients) for _ in range(choices.randint(1, 6))
    ]
    sales = sorted(bought, key=lambda sale: -sale.seconds_ago)
    return Business(people.team(trade), services, buyers, sales)


def draw_up_client(choices: random.Random) -> Row:
    """Draw up one client, a company or a person. Problem (400) without Faker."""
    people = _People(choices, _faker(choices.randrange(2**32)))
    return people.company() if choices.random() < 0.6 else people.person()


def draw_up_service(choices: random.Random) -> Row:
    """Draw up something to sell."""
    return _service(choices.randrange(1, 100), *choices.choice(_TRADES[choices.choice(sorted(_TRADES))]))


def _faker(seed: int) -> Any:
    try:
        from faker import Faker
    except ImportError:
        raise Problem(400, "operation_not_allowed", NO_FAKER) from None
    faker = Faker("es_MX")  # 15 ms the first time, 1 ms then
    faker.seed_instance(seed)
    return faker


def _service(number: int, description: str, product: str, unit: str, unit_name: str, price: int) -> Row:
    return {
        "description": description,
        "unit_price": price,
        "product_key": product,
        "unit_key": unit,
        "unit_name": unit_name,
        "sku": f"SRV-{number + 1:03d}",
        "taxability": "02",
        "taxes": [{**_VAT}],
    }


def _sale(choices: random.Random, client: int, months: int) -> Sale:
    kind = choices.choice(_KINDS)
    # What is asked for now was asked for lately, and what is settled has had time for it.
    first, last = {"asked": (1, 5), "settled": (20, 0)}.get(kind, (1, 0))
    days = choices.randint(first, last or max(30 * months, first + 1))
    wanted = choices.sample(range(5), choices.randint(1, 3))
    items = tuple((service, choices.choice((1, 1, 1, 2, 3, 10))) for service in wanted)
    form = choices.choice(("01", "03", "03", "03", "04", "28"))
    return Sale(days * _DAY - choices.randrange(_DAY), client, items, kind, form)


@dataclass(frozen=True, slots=True)
class _People:
    """Makes up who is who; every RFC follows from name and date, as the SAT makes it."""

    choices: random.Random
    faker: Any

    def company(self, word: str = "") -> Row:
        """Make up a company; its legal name is without its legal form, as a CFDI wants it."""
        word = word or self.choices.choice(_COMPANY_WORDS)
        name = f"{word} {self.faker.last_name()} {self.faker.last_name()}"
        fields = {"name": name, "legal_name": capitals(name), "company": f"{name}, S.A. de C.V."}
        rfc = rfcs.company_rfc(name, self._day(1985, 2021))
        return {**fields, **self._fiscal(rfc, _COMPANY_SYSTEMS), "email": f"facturas@{slug(name)}.example"}

    def person(self) -> Row:
        """Make up a person."""
        first, paternal, maternal = self.faker.first_name(), self.faker.last_name(), self.faker.last_name()
        name = f"{first} {paternal} {maternal}"
        rfc = rfcs.person_rfc(first, paternal, maternal, self._day(1955, 2002))
        email = f"{slug(first)}.{slug(paternal)}{self.choices.randrange(100)}@correo.example"
        fields = {"name": name, "legal_name": capitals(name), "company": None, "email": email}
        return {**fields, **self._fiscal(rfc, _PERSON_SYSTEMS)}

    def team(self, trade: str) -> Row:
        """Make up the business itself."""
        own = self.company(trade)
        return {
            **{name: own[name] for name in ("legal_name", "tax_id", "address")},
            "tax_system": "601",
            "brand": {"alias": own["name"], "primary_color": "#1f6feb"},
            "support_email": own["email"].replace("facturas", "soporte"),
            "support_phone": own["phone"],
        }

    def _fiscal(self, rfc: str, systems: tuple[str, ...]) -> Row:
        system = self.choices.choice(systems)
        address = {
            "country": "MEX",
            "street": self.faker.street_name(),
            "exterior": str(self.choices.randrange(1, 900)),
            **dict(zip(("zip", "city", "state"), self.choices.choice(_PLACES), strict=True)),
        }
        phone = f"+52{self.choices.choice(('55', '33', '81'))}{self.choices.randrange(10**7, 10**8)}"
        use = _USES.get(system, "G03")
        return {"tax_id": rfc, "tax_system": system, "use": use, "address": address, "phone": phone}

    def _day(self, first: int, last: int) -> date:
        start = date(first, 1, 1)
        return start + timedelta(days=self.choices.randrange((date(last, 12, 31) - start).days))


def capitals(name: str) -> str:
    """Write a name as the SAT does: in capitals without accents; the Ñ stays."""
    return _plain(name.upper().replace("Ñ", "\0")).replace("\0", "Ñ")


def slug(name: str) -> str:
    """Write a name as a part of an address."""
    return "-".join("".join(char for char in word if char.isalnum()) for word in _plain(name.lower()).split())


def _plain(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
