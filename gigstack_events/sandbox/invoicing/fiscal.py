"""What the SAT wants to know of a receiver, and what it says when a part of that is missing or wrong."""

import re

from gigstack_events.catalogs import TAX_REGIMES
from gigstack_events.sandbox.replies import Problem
from gigstack_events.sandbox.tables import Row

_RFC = re.compile(r"[A-ZÑ&]{3,4}\d{6}[A-Z\d]{3}", re.ASCII)
_ZIP = re.compile(r"\d{5}", re.ASCII)
_RULES = {
    "tax_id": ("CFDI40143", "el RFC del receptor no está en la lista de RFC inscritos del SAT"),
    "legal_name": ("CFDI40145", "el nombre del receptor no es el asociado al RFC"),
    "zip": ("CFDI40147", "el domicilio fiscal del receptor no es el asociado al RFC"),
    "tax_system": ("CFDI40157", "el régimen fiscal del receptor no es válido"),
}
_VALUES = {char: value for value, char in enumerate("0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ")}


def objection(client: Row) -> tuple[str, str, str] | None:
    """Return the SAT's code, its meaning and the field for the first thing that does not fit.

    The check digit of an RFC is not looked at: examples seldom have the right one.
    """
    fiscal = {"zip": (client.get("address") or {}).get("zip"), **client}
    for field, (code, meaning) in _RULES.items():
        if not _fits(field, fiscal.get(field)):
            return code, meaning, field
    return None


def wanted_error(*sources: Row) -> str | None:
    """Return the refusal that `metadata.cfdi_error` of a client or another object asks for."""
    codes = ((source.get("metadata") or {}).get("cfdi_error") for source in sources)
    return next((str(code) for code in codes if code), None)


def refusal(status: int, code: str, meaning: str, field: str | None = None) -> Problem:
    """Make the answer to a CFDI that the SAT refuses."""
    details = [{"code": code, "message": meaning, "field": field}]
    return Problem(status, "business_rule_violation", f"{code}: {meaning}", details)


def judgement(client: Row) -> Row:
    """Tell what a client's validation finds: `is_valid`, `fiscal_validation` and `efos`."""
    if code := wanted_error(client):
        found: tuple[str, str, str] | None = (code, "the SAT refuses this client", "")
    else:
        found = objection(client)
    message = f"{found[0]}: {found[1]}" if found else _praise(str(client["tax_id"]))
    return {
        "is_valid": found is None,
        "fiscal_validation": {"status": "invalid" if found else "valid", "message": message},
        "efos": {"is_valid": True},
    }


def _fits(field: str, value: object) -> bool:
    text = str(value or "")
    if field == "tax_id":
        return _RFC.fullmatch(text) is not None
    if field == "zip":
        return _ZIP.fullmatch(text) is not None
    return text in TAX_REGIMES if field == "tax_system" else bool(text.strip())


def _praise(rfc: str) -> str:
    total = sum(
        _VALUES[char] * weight for char, weight in zip(rfc[:-1].rjust(12), range(13, 1, -1), strict=True)
    )
    digit = "0A987654321"[total % 11] if total % 11 else "0"
    generic = rfc in ("XAXX010101000", "XEXX010101000")
    doubt = "" if generic or rfc[-1] == digit else "; the check digit of the RFC is not the SAT's"
    return f"The fiscal data are complete{doubt}"
