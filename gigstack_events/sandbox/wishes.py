"""What may be wanted of a payment at `/_sandbox/pay`: a slip is refused, not guessed at."""

from collections.abc import Callable
from typing import Any

from gigstack_events.sandbox.nearest import hint
from gigstack_events.sandbox.replies import invalid
from gigstack_events.sandbox.schemas import check
from gigstack_events.sandbox.schemas.clients import ClientFields
from gigstack_events.sandbox.tables import Row

MOST_RECEIPTS = 1000
MOST_COPIES = 1000
LONGEST = 10 * 366 * 86_400
"""Ten years, as far as the clock can be put forward at once."""


def check_wishes(body: Row) -> None:
    """Raise Problem (400) for a key that is not known, or a value that does not fit its key."""
    for name, value in body.items():
        if name not in _WISHES:
            raise invalid(f"{name} cannot be wanted; {hint(name, _WISHES)}", name)
        fits, wanted = _WISHES[name]
        if not fits(value):
            raise invalid(f"{name} is {wanted}", name)
    if isinstance(client := body.get("client"), dict):
        check(ClientFields, client)


def _is_seconds(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value <= LONGEST  # type: ignore[operator]


def _is_seconds_or_none(value: object) -> bool:
    return value is None or _is_seconds(value)


def _is_copies(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value <= MOST_COPIES  # type: ignore[operator]


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _up_to(most: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and 0 <= value <= most


_WISHES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "client": (lambda value: value is None or isinstance(value, str | dict), "a client's id or its fields"),
    "duplicates": (_is_copies, f"a number, 0 or more and at most {MOST_COPIES}"),
    "late": (
        lambda value: value is None or _is_seconds(value),
        f"a number of seconds, 0 or more and at most {LONGEST}",
    ),
    "livemode": (_is_flag, "true or false"),
    "paid": (_is_flag, "true or false"),
    "receipt_events": (_is_flag, "true or false"),
    "receipts": (_up_to(MOST_RECEIPTS), f"a whole number from 0 to {MOST_RECEIPTS}"),
    "reorder": (_is_seconds, f"a number of seconds, 0 or more and at most {LONGEST}"),
    "send": (_is_flag, "true or false"),
    "signature": (_is_text, "good, bad or none"),
    "team": (_is_text, "a team's id"),
}
