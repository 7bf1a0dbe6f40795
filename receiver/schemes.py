"""Schemes: the ways in which a delivery can prove itself, and how the settings choose among them.

Every comparison is constant in time and goes through all secrets, whichever of them is right: how long a
refusal takes tells nothing about how close it was, nor how many secrets there are to hit.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import SecretStr

from gigstack_events.errors import ConfigurationError, Unauthenticated
from gigstack_events.events import Trust
from gigstack_events.settings import Settings, variable
from gigstack_events.times import read_time
from receiver.deliveries import Delivery, Scheme, Verifiers

NO_VERIFIER = (
    "nothing says how deliveries prove themselves; name one or several of standard, gigstack, header and "
    "token (or `none`, which believes everybody: only for a try on a machine of your own)"
)


@dataclass(frozen=True, slots=True)
class Standard:
    """Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature`."""

    keys: tuple[bytes, ...] = field(repr=False)
    tolerance: float
    trust: Trust = "signed"
    wants: str = "the headers of Standard Webhooks (webhook-signature)"

    def offered(self, delivery: Delivery) -> bool:
        """A signature header makes the scheme present, be it empty."""
        return "webhook-signature" in delivery.headers

    def check(self, delivery: Delivery, now: float) -> None:
        """Hold the signatures of the known version against `{id}.{timestamp}.{body}`."""
        # https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
        id, timestamp = (delivery.headers.get(name, "") for name in ("webhook-id", "webhook-timestamp"))
        if not id or not timestamp:
            raise Unauthenticated("The delivery is signed but lacks webhook-id or webhook-timestamp.")
        signed = b"%b.%b.%b" % (_bytes(id), _bytes(timestamp), delivery.body)
        # The header is a list, for rotation; `v1a` and other versions are for receivers that know them
        parts = (part.partition(",") for part in delivery.headers["webhook-signature"].split(" "))
        signatures = [_bytes(value) for version, _, value in parts if version == "v1"]
        right = [base64.b64encode(hmac.digest(key, signed, "sha256")) for key in self.keys]
        if not _any_equal(signatures, right):
            raise Unauthenticated("The webhook-signature is not right for this body with any of our secrets.")
        seconds = int(timestamp) if re.fullmatch("[0-9]{1,11}", timestamp) else None
        _refuse_stale(seconds, now, self.tolerance, "webhook-timestamp")


@dataclass(frozen=True, slots=True)
class Gigstack:
    """The vendor's older signature: `X-Gigstack-Signature`, hexadecimal HMAC-SHA256."""

    keys: tuple[bytes, ...] = field(repr=False)
    tolerance: float
    trust: Trust = "signed"
    wants: str = "an X-Gigstack-Signature"

    def offered(self, delivery: Delivery) -> bool:
        """A signature header makes the scheme present, be it empty."""
        return "x-gigstack-signature" in delivery.headers

    def check(self, delivery: Delivery, now: float) -> None:
        """Hold the signature against the body, and against `{timestamp}.{body}` where there is one.

        The time counts only where it is signed: anybody could have written the other kind.
        """
        # No public text defines this scheme. The vendor's blog shows the plain form in two places (Flask
        # and prose) and names X-Gigstack-Timestamp in two others, without saying how it is combined.
        given = [_bytes(delivery.headers["x-gigstack-signature"].strip().lower().removeprefix("sha256="))]
        plain = _any_equal(given, [_hex(key, delivery.body) for key in self.keys])
        timestamp = delivery.headers.get("x-gigstack-timestamp")
        timed = False
        if timestamp is not None:
            signed = b"%b.%b" % (_bytes(timestamp), delivery.body)
            timed = _any_equal(given, [_hex(key, signed) for key in self.keys])
        if not (plain or timed):
            raise Unauthenticated(
                "The X-Gigstack-Signature is not right for this body with any of our secrets."
            )
        if timed:
            ms = read_time(timestamp)
            _refuse_stale(None if ms is None else ms / 1000, now, self.tolerance, "X-Gigstack-Timestamp")


@dataclass(frozen=True, slots=True)
class Header:
    """A static header with a secret value, which gigstack can be told to send with every delivery."""

    name: str
    values: tuple[bytes, ...] = field(repr=False)
    trust: Trust = "secret"

    @property
    def wants(self) -> str:
        """Name the header."""
        return f"the header {self.name}"

    def offered(self, delivery: Delivery) -> bool:
        """The header's presence makes the scheme present, be it empty."""
        return self.name in delivery.headers

    def check(self, delivery: Delivery, now: float) -> None:
        """Compare the value, with and without the `Bearer ` that an Authorization header starts with."""
        given = delivery.headers[self.name].strip()
        if not _any_equal([_bytes(given), _bytes(given.removeprefix("Bearer ").strip())], self.values):
            raise Unauthenticated(f"The header {self.name} does not hold one of our secrets.")


@dataclass(frozen=True, slots=True)
class Token:
    """A secret in the path. Without values it refuses every token: there is nothing to be right about."""

    values: tuple[bytes, ...] = field(repr=False)
    trust: Trust = "secret"

    @property
    def wants(self) -> str:
        """Ask for the token only where one can be right."""
        return "the token in the path" if self.values else ""

    def offered(self, delivery: Delivery) -> bool:
        """A token in the path makes the scheme present."""
        return delivery.token is not None

    def check(self, delivery: Delivery, now: float) -> None:
        """Compare the token."""
        if not _any_equal([_bytes(delivery.token or "")], self.values):
            raise Unauthenticated("The token in the path is not one of ours.")


@dataclass(frozen=True, slots=True)
class Nothing:
    """No proof asked for: every delivery passes, and is trusted for nothing."""

    trust: Trust = "none"
    wants: str = "nothing"

    def offered(self, delivery: Delivery) -> bool:
        """Every delivery offers nothing."""
        return True

    def check(self, delivery: Delivery, now: float) -> None:
        """Hold in any case."""


def build(settings: Settings) -> Verifiers:
    """Make the verifiers that the settings name; raise ConfigurationError where they cannot work.

    A token in the path is always checked, also where the scheme `token` is not in force: accepting a
    URL whose secret nobody looked at would let a mistyped or withdrawn one go unnoticed.
    """
    if not settings.verify:
        raise ConfigurationError(f"{variable('verify')}: {NO_VERIFIER}")
    tokens = settings.webhook_tokens if "token" in settings.verify else ()
    chosen = [_scheme(name, settings) for name in settings.verify if name != "token"]
    return Verifiers((*chosen, Token(_values(tokens))))


def _scheme(name: str, settings: Settings) -> Scheme:
    match name:
        case "standard":
            return Standard(_standard_keys(settings), settings.webhook_tolerance)
        case "gigstack":
            return Gigstack(_values(settings.webhook_secrets), settings.webhook_tolerance)
        case "header":
            return Header(settings.webhook_header.lower(), _values(settings.webhook_header_values))
        case _:
            return Nothing()


def _standard_keys(settings: Settings) -> tuple[bytes, ...]:
    """Decode the secrets; one that is not base64 belongs to the scheme `gigstack` where that is in force."""
    keys = []
    for secret in _values(settings.webhook_secrets):
        text = secret.removeprefix(b"whsec_")
        try:
            key = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
        except binascii.Error:
            key = b""
        if key:
            keys.append(key)
    if not keys:
        raise ConfigurationError(
            f"{variable('webhook_secrets')}: `standard` needs a secret of the form whsec_ and base64; "
            "copy it again as it was shown"
        )
    return tuple(keys)


def _values(secrets: Iterable[SecretStr]) -> tuple[bytes, ...]:
    return tuple(secret.get_secret_value().encode() for secret in secrets)


def _bytes(text: str) -> bytes:
    """The bytes of a header or a part of the path as they came; no text makes this fail."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _hex(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, signed, "sha256").hex().encode()


def _any_equal(given: Iterable[bytes], right: Iterable[bytes]) -> bool:
    """Compare each with each, to the end, in constant time."""
    equal = False
    for value in right:
        for candidate in given:
            equal |= hmac.compare_digest(candidate, value)
    return equal


def _refuse_stale(then: float | None, now: float, tolerance: float, name: str) -> None:
    if then is None:
        raise Unauthenticated(f"The {name} is not a time.")
    if abs(now - then) > tolerance:
        raise Unauthenticated(
            f"The {name} is more than {tolerance:g} s {'old' if then < now else 'ahead'}: "
            "check both clocks, or send the delivery again with a fresh signature."
        )
