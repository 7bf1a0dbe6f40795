"""What must be set up before the SAT can be asked, and what gigstack knows of it."""

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gigstack_events.api import Gigstack
from gigstack_events.errors import ApiError
from gigstack_events.sat_plans import PRICE_MXN, price_in
from gigstack_events.times import read_time

_ACTIVATION = {
    "needs_activation": "Descarga Masiva is off: activate it in gigstack (`sat.activate`)",
    "needs_addon": "Descarga Masiva needs its add-on: buy it in gigstack",
    "needs_upgrade": "the plan does not have Descarga Masiva: upgrade it in gigstack",
}
_FIEL = "there is no FIEL: upload the .cer and .key in gigstack (`sat.upload_fiel`)"
_EXPIRED = "the FIEL has expired: renew it at the SAT, then upload the new one in gigstack"
_REGISTRATION = "the business is not registered at the SAT: register it in gigstack (`sat.register`)"


@dataclass(frozen=True, slots=True)
class SatSetup:
    """What is missing, as sentences that say what to do; whose FIEL it is; what an XML costs."""

    missing: tuple[str, ...]
    rfc: str
    price: Decimal


def read_setup(gigstack: Gigstack, team: str | None) -> SatSetup:
    """Ask gigstack. What it leaves open counts as there: the request itself will tell."""
    activation, schedule = gigstack.sat.activation(), gigstack.sat.schedule()
    fiel = _fiel(gigstack)
    missing = []
    told = activation.status or activation.is_activated is False
    if told and not activation.is_active:
        status = activation.status.lower()
        missing.append(_ACTIVATION.get(status, f"Descarga Masiva is not active ({status or 'no status'})"))
    if schedule.fiel_uploaded is False:
        missing.append(_FIEL)
    elif (until := read_time(fiel.get("expires_at"))) is not None and until < time.time() * 1000:
        missing.append(_EXPIRED)
    if schedule.registered is False:
        missing.append(_REGISTRATION)
    rfc = str(fiel.get("rfc") or "") or _tax_id(gigstack, team)
    pricing = activation.pricing.per_download
    return SatSetup(tuple(missing), rfc.strip().upper(), price_in(pricing) if pricing else PRICE_MXN)


def _fiel(gigstack: Gigstack) -> dict[str, Any]:
    """The FIEL's own facts. No page of the API states where they stand, so they may be missing."""
    try:
        facts = gigstack.sat.debug().model_extra or {}
    except ApiError as error:
        if error.transient:
            raise
        return {}
    inner = facts.get("fiel")
    return inner if isinstance(inner, dict) else facts


def _tax_id(gigstack: Gigstack, team: str | None) -> str:
    try:
        return (gigstack.teams.get(team).tax_id if team else None) or ""
    except ApiError as error:
        if error.transient:
            raise
        return ""
