"""What is wrong with a call can often be said before it is sent: this looks at the fields by their names.

Only what surely cannot be right is refused; `Gigstack(check_inputs=False)` lets everything pass.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gigstack_events import catalogs
from gigstack_events.api import formats
from gigstack_events.api.choices import Choice, words
from gigstack_events.api.errors import InvalidInput
from gigstack_events.api.formats import iso_date, month_range

__all__ = ["check_batch", "check_inputs", "iso_date", "month_range"]

Rule = Callable[[str, Any], object]
"""Raises InvalidInput for a value of a field; a list is checked row by row."""

_USES = Choice("the SAT's uses of a CFDI", catalogs.CFDI_USES, also=frozenset({"P01"}))  # of CFDI 3.3
_PERIODS = words("the periods of receipts", "day", "week", "two_weeks", "month", "two_months")
_DIRECTIONS = words("the directions", "issued", "received")
_TAXES = words("the taxes", "IVA", "ISR", "IEPS", any_case=True)

_RULES: Mapping[str, Rule] = {
    "tax_id": formats.rfc,
    "rfc": formats.rfc,
    "zip": formats.zip_code,
    "tax_system": Choice("the SAT's tax regimes", catalogs.TAX_REGIMES),
    "use": _USES,
    "uses_on_self_invoice_portal": _USES,
    "payment_form": Choice("the SAT's payment forms", catalogs.PAYMENT_FORMS),
    "payment_method": Choice("the SAT's payment methods", catalogs.PAYMENT_METHODS),
    "relationship": Choice("the SAT's relations between CFDIs", catalogs.INVOICE_RELATIONSHIPS),
    "motive": Choice("the SAT's motives of a cancellation", catalogs.CANCELLATION_MOTIVES),
    "taxability": Choice("the SAT's objects of tax", catalogs.TAX_OBJECTS),
    "invoice_type": Choice("the SAT's types of a CFDI", catalogs.INVOICE_TYPES),
    "exports": Choice("the SAT's exports", catalogs.EXPORTS),
    "retention_key": Choice("the SAT's kinds of retentions", catalogs.RETENTION_KEYS),
    "payment_type": Choice("the types of a retained tax", catalogs.RETENTION_PAYMENT_TYPES),
    "periodicity": _PERIODS,
    "automation_type": words(
        "the automations", "pue_invoice", "ppd_invoice_and_complement", "none", "payment",
        "payment_and_complement",
    ),
    "stamp_to": words("the receivers", "client", "general_public_national", "general_public_foreign"),
    "documentType": words(
        "the types of support documents", "contract", "delivery_proof", "payment_proof", "communication",
        "payment_confirmation", "subscription_info",
    ),
    "role": words("the roles", "admin", "editor", "viewer"),
    "rfc_type": _DIRECTIONS,
    "directions": _DIRECTIONS,
    "download_types": _DIRECTIONS,
    "request_type": words("the types of a SAT request", "metadata", "cfdi"),
    "email": formats.email,
    "support_email": formats.email,
    "emails": formats.email,
    "bcc": formats.email,
    "invoices_bcc": formats.email,
    "payments_bcc": formats.email,
    "receipts_bcc": formats.email,
    "substitution_uuid": formats.uuid,
    "uuids": formats.uuid,
    "start_date": iso_date,
    "end_date": iso_date,
    "sync_start_date": iso_date,
    "period_start": formats.month,
    "period_end": formats.month,
    "period_year": formats.year,
    "currency": formats.currency,
    "exchange_rate": formats.positive,
    "quantity": formats.positive,
    **dict.fromkeys(
        ("unit_price", "amount", "discount", "rate", "base", "total_operation", "total_exempt"),
        formats.amount,
    ),
    "confirm_cost_mxn": formats.amount,
}  # fmt: skip
_PLACED: Mapping[tuple[str, str], Rule] = {
    ("global", "periodicity"): Choice("the SAT's periodicities", catalogs.PERIODICITIES),
    ("global", "months"): Choice("the SAT's months", catalogs.MONTHS),
    ("global", "year"): formats.year,
    ("taxes", "type"): _TAXES,
    ("taxes", "tax"): Choice("the taxes", _TAXES.values, also=frozenset(catalogs.TAXES), any_case=True),
    ("taxes", "factor"): words("the SAT's factors", "Tasa", "Cuota", "Exento", any_case=True),
    ("related_documents", "documents"): formats.uuid,
}
"""Rules for a field within another; they go before those of the field alone."""

# What these hold is the caller's own, or follows other catalogues than the rest.
_FREE = frozenset(
    {
        "metadata",
        "platform_services",
        "security",
        "plan",
        "complements",
        "complement",
        "addenda",
        "item_complement",
    }
)
_MEXICAN = frozenset({"tax_id", "rfc", "zip", "tax_system"})
_MEXICO = frozenset({"mex", "mx", "mexico", "méxico"})


def check_inputs(body: Any) -> None:
    """Raise InvalidInput for the first field, at any depth, whose value cannot be right."""
    _check(body, "", "", False)


def check_batch(invoices: Sequence[Mapping[str, Any]], idempotency_key: str) -> None:
    """Raise InvalidInput for a batch that is too large, or whose invoices could be made twice."""
    formats.header_key("idempotency_key", idempotency_key)
    if len(invoices) > 1000:
        raise InvalidInput(f"invoices: {len(invoices)} are more than the 1000 that one batch takes")
    keys = [invoice.get("idempotency_key") for invoice in invoices]
    for number, key in enumerate(keys):
        if not key or keys.index(key) != number:
            raise InvalidInput(f"invoices[{number}].idempotency_key: each invoice needs one of its own")


def _check(value: Any, path: str, within: str, abroad: bool) -> None:
    if isinstance(value, Mapping):
        _check_fields(value, path, within, abroad or _is_abroad(value))
        _check_together(value, path, within)
    elif isinstance(value, list | tuple):
        for number, row in enumerate(value):
            _check(row, f"{path}[{number}]", within, abroad)


def _check_fields(fields: Mapping[Any, Any], path: str, within: str, abroad: bool) -> None:
    for name, value in fields.items():
        rule = _PLACED.get((within, name)) or _RULES.get(name)
        at = f"{path}.{name}" if path else str(name)
        if rule is not None and not (abroad and name in _MEXICAN):
            for place, single in _singles(at, value):
                rule(place, single)
        if name not in _FREE:
            _check(value, at, str(name), abroad)


def _singles(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Give what a rule can judge; None clears a field, and an object is no single value."""
    if isinstance(value, list | tuple):
        for number, row in enumerate(value):
            yield from _singles(f"{path}[{number}]", row)
    elif value is not None and not isinstance(value, Mapping):
        yield path, value


def _check_together(fields: Mapping[Any, Any], path: str, within: str) -> None:
    """Judge fields that depend on each other."""
    at = f"{path}." if path else ""
    if fields.get("motive") == "01" and not (fields.get("substitution_uuid") or fields.get("replacement")):
        raise InvalidInput(f"{at}substitution_uuid: with motive 01, name the CFDI that takes its place")
    two_months = isinstance(fields.get("months"), str) and fields["months"] > "12"
    if within == "global" and two_months and fields.get("periodicity") not in (None, "05"):
        raise InvalidInput(f"{at}months: 13 to 18 are two months each, for periodicity '05' (Bimestral) only")


def _is_abroad(fields: Mapping[Any, Any]) -> bool:
    """Tell whether this is no Mexican taxpayer or address: other rules hold there, and none are known."""
    address = fields.get("address")
    countries = [fields.get("country"), address.get("country") if isinstance(address, Mapping) else None]
    return (
        bool(fields.get("document_type"))
        or str(fields.get("tax_id")).upper() == formats.GENERIC_FOREIGN
        or any(country and str(country).casefold() not in _MEXICO for country in countries)
    )
