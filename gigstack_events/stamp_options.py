"""What an operator may choose about stamping receipts, and which payments and clients that leaves out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gigstack_events.api.choices import Choice
from gigstack_events.api.errors import InvalidInput
from gigstack_events.api.models import Client, Payment
from gigstack_events.catalogs import PAYMENT_FORMS
from gigstack_events.errors import GiveUp, NotDone, RetryLater
from gigstack_events.events import FISCAL_DATA
from gigstack_events.routing import NamesRule

_FORMS = Choice("the SAT's forms of payment", PAYMENT_FORMS)
_PESOS = ("", "MXN")
TO_BE_PAID = frozenset({"requires_payment_method", "pending", "processing"})
"""What a payment is before it has succeeded."""
_DAY_S = 86_400.0
_FIRST_PAUSE_S = 600.0
_LONGEST_PAUSE_S = 21_600.0


def _form(value: Any) -> Any:
    try:
        _FORMS("payment_forms", value)
    except InvalidInput as error:
        word = value.strip().casefold() if isinstance(value, str) else ""
        meant = {code: told for code, told in PAYMENT_FORMS.items() if word and word in told.casefold()}
        hint = f"; there are {_named(meant)}" if meant else '; write codes such as "03", in quotes'
        plain = str(error).partition("; `gigstack")[0]
        raise ValueError(plain if "nearest" in plain else plain + hint) from None
    return value


def _named(forms: Mapping[str, str]) -> str:
    return ", ".join(f'"{code}" ({told})' for code, told in forms.items())


Form = Annotated[str, BeforeValidator(_form)]
"""A code of c_FormaPago."""
Seconds = Annotated[float, Field(gt=0, le=90 * _DAY_S)]
"""A moment after the event."""


class StampOptions(BaseModel):
    """What an operator may choose, as the rule's options or as JSON in `GIGSTACK_HANDLER_STAMP_RECEIPTS`."""

    model_config = ConfigDict(extra="forbid")

    min_amount: float = Field(default=0, ge=0, le=1e12, allow_inf_nan=False)
    """Pesos: payments below are left out. Other currencies count by the payment's exchange rate."""
    payment_forms: tuple[Form, ...] = ()
    """The SAT's codes of the forms of payment that count; none: all, also a payment that names none."""
    scope: Literal["payment", "client"] = "payment"
    """Which receipts: those of the payment, or all that the client has pending."""
    most: int = Field(default=50, gt=0, le=1000)
    """With scope `client`: park rather than stamp more than this; first use shall not stamp old backlogs."""
    lacking: Literal["fail", "wait", "skip"] = "fail"
    """What becomes of the receipts of a client who lacks fiscal data."""
    wait_days: float = Field(default=7, gt=0, le=90)
    """With `wait`: so long the client is looked at again, then the run fails."""
    tell: Annotated[str, NamesRule(FISCAL_DATA)] = ""
    """The rule that hears at once of a client who lacks fiscal data."""
    dry_run: bool = False
    """Only say what would be stamped."""
    look_again: Annotated[tuple[Seconds, ...], Field(max_length=20)] = (60, 300, 900, 3600)
    """Receipts may appear late: when to look again, in seconds after the event."""

    def next_look(self, age: float) -> float | None:
        """Seconds until receipts are looked for again; `age` is the run's, in seconds."""
        return next((when - age for when in sorted(self.look_again) if when > age), None)

    def once_more(self, age: float, why: str) -> RetryLater | GiveUp:
        """Look again, as for late receipts; after the last look the run fails, and does not forget them."""
        later = self.next_look(age)
        return GiveUp(f"{why}: look at it, then retry this run") if later is None else RetryLater(later, why)

    def patience(self, age: float) -> float | None:
        """Seconds until clients are looked at again: as many as the run's age; None once the wait is over."""
        left = self.wait_days * _DAY_S - age
        if self.lacking != "wait" or left <= 0:
            return None
        return min(max(age, _FIRST_PAUSE_S), _LONGEST_PAUSE_S, left)


class LeftOut(Exception):
    """No receipt is to be stamped for an event; the message says why."""


class NotPending(NotDone):
    """A receipt is not to be stamped as it is now."""


def why_left_out(payment: Payment, options: StampOptions) -> str:
    """Why the receipts of a payment are not stamped, in plain words; '' where they are."""
    if not payment.is_succeeded:
        return f"payment {payment.id} is {payment.status or 'of no status'}"
    return _too_small(payment, options.min_amount) or _other_form(payment, options.payment_forms)


def _too_small(payment: Payment, least: float) -> str:
    if not least:
        return ""
    currency, rate = (payment.currency or "").upper(), payment.exchange_rate or 0.0
    what = f"payment {payment.id} cannot be compared with min_amount"
    if payment.total is None:
        return f"{what}: it names no total"
    if currency in _PESOS:
        pesos = payment.total
    elif rate <= 0 or rate == 1:  # gigstack's default, and no currency's rate
        return f"{what}: it is in {currency} and names no exchange rate"
    else:
        pesos = payment.total * rate
    if round(pesos, 2) >= least:
        return ""
    converted = "" if currency in _PESOS else f" ({payment.total:,.2f} {currency} at {rate:g})"
    return f"payment {payment.id} is {pesos:,.2f} pesos{converted}, less than min_amount ({least:,.2f})"


def _other_form(payment: Payment, forms: tuple[str, ...]) -> str:
    if not forms or payment.payment_form in forms:
        return ""
    if not payment.payment_form:
        return f"payment {payment.id} names no form of payment, and payment_forms asks for {', '.join(forms)}"
    told = PAYMENT_FORMS.get(payment.payment_form, "which the SAT's catalogue does not have")
    return f"payment {payment.id} was paid by {payment.payment_form} ({told}), not by {', '.join(forms)}"


@dataclass(frozen=True, slots=True)
class Lack:
    """A client who lacks fiscal data, by the names of the fields, and the receipts that this holds up."""

    client: Client
    missing: list[str]
    receipts: list[str]

    def __str__(self) -> str:
        gone = self.missing == ["client"]
        what = "is not in gigstack any more" if gone else f"lacks {', '.join(self.missing)}"
        return f"client {self.client.id} {what}"
