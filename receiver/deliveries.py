"""Deliveries: one HTTP POST as values, and the question why it should be believed. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gigstack_events.errors import Unauthenticated
from gigstack_events.events import TRUST_RANK, Trust


@dataclass(frozen=True, slots=True)
class Delivery:
    """One HTTP POST as it arrived.

    `headers` have lower-case names and Latin-1 values, `token` is the last part of the path where there
    is one. Secrets pass through here: the representation shows the body's size and nothing else.
    """

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    token: str | None = field(default=None, repr=False)


class Scheme(Protocol):
    """One way in which a delivery can prove where it comes from."""

    @property
    def trust(self) -> Trust:
        """What a delivery that passes is trusted as."""

    @property
    def wants(self) -> str:
        """What a delivery must bring, in words for whoever set up the sender; '' where nothing helps."""

    def offered(self, delivery: Delivery) -> bool:
        """Say whether the delivery brings this proof at all, be it good or bad."""

    def check(self, delivery: Delivery, now: float) -> None:
        """Raise Unauthenticated unless the proof holds; `now` is in epoch seconds."""


@dataclass(frozen=True, slots=True)
class Verifiers:
    """Every scheme in force with its secrets: one value, so that a rotation swaps all of them at once."""

    schemes: tuple[Scheme, ...]


def verify(delivery: Delivery, verifiers: Verifiers, now: float) -> Trust:
    """Return why the delivery is believed, or raise Unauthenticated.

    A delivery must offer at least one proof, and *every* proof that it offers must hold; it is trusted
    as its best one. So nobody who has only the path's token gets past a bad signature, and a request
    that has a good signature and a wrong token is refused as well: a wrong secret means a sender that is
    set up for somebody else, a token that was rotated away, or somebody who tries, and a valid
    signature can be a captured one.
    """
    offered = [scheme for scheme in verifiers.schemes if scheme.offered(delivery)]
    if not offered:
        wanted = " or ".join(scheme.wants for scheme in verifiers.schemes if scheme.wants)
        raise Unauthenticated(f"Nothing proves who sent this delivery: it needs {wanted}.")
    for scheme in offered:
        scheme.check(delivery, now)
    return max((scheme.trust for scheme in offered), key=TRUST_RANK.__getitem__)
