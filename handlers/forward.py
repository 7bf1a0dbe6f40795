"""Passes events on to other systems, signed by Standard Webhooks, as the documented envelope."""

import base64
import contextlib
import hashlib
import hmac
import re
import ssl
import time
from functools import cache
from typing import Annotated, Any
from urllib.parse import urlsplit

import redis
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gigstack_events import Context, Event, NotDone, Retry, on
from gigstack_events.addresses import PrivateAddress, distrust, place_of
from gigstack_events.destinations import NotNow, reach_all, target
from gigstack_events.errors import ConfigurationError
from gigstack_events.events import to_body
from gigstack_events.ledger.breaker import Breaker
from gigstack_events.settings import load_settings

PASSING = (408, 425, 429)
AGAIN_S = 5.0
LEFT_ALONE = "a target failed too often in a row and is left alone for a while"


class NotTaken(NotDone):
    """The other side did not take the event; `permanent`: it will not until something is corrected."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class ForwardOptions(BaseModel):
    """What an operator may choose."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]
    """Names of targets, as `GIGSTACK_DESTINATIONS` has them: `erp = { url = "...", secret = "..." }`."""
    allow_private: bool = False
    """Whether a target may be in a private network."""
    timeout: float = Field(default=10, gt=0, le=20)
    """Seconds that connecting, and each part of the answer, may take."""
    breaker: int = Field(default=5, ge=1)
    """Failures in a row after which a target is left alone for a while."""
    pause: float = Field(default=30, gt=0, le=3600)
    """Seconds that it is left alone at first; up to an hour later."""

    @model_validator(mode="after")
    def _names_targets(self) -> "ForwardOptions":
        try:
            for name in self.to:
                aim = target(load_settings().destinations, name)
                _check(name, aim["url"].get_secret_value(), aim["secret"].get_secret_value())
            _tls()
        except ConfigurationError as error:
            raise ValueError(str(error)) from None
        return self


@on("*", options=ForwardOptions, writes=False, retry=Retry(attempts=60, cap=1800))
def forward(event: Event, ctx: Context) -> dict[str, Any]:
    """Pass the event on to each target, once."""
    cure = "correct that, then retry this run"
    answers = reach_all(ctx.options.to, lambda name: _pass_on(name, event, ctx), ctx.attempt, cure=cure)
    return {"answers": answers}


def _pass_on(name: str, event: Event, ctx: Context) -> int:
    def do(key: str) -> int:
        breaker = _closed(name, ctx)
        try:
            answer = _post(name, event, ctx.options)
        except NotTaken as failure:
            if not failure.permanent:
                with contextlib.suppress(redis.RedisError):
                    breaker.failed()
            raise
        with contextlib.suppress(redis.RedisError):  # it took the event, and that is what counts
            breaker.succeeded()
        return answer

    answer: int = ctx.effect("forward:send", do, on=f"{event.identity} {name}", repeatable=True)
    return answer


def _closed(name: str, ctx: Context) -> Breaker:
    """The target's breaker, which lets a call through; raises NotNow."""
    try:
        breaker = ctx.breaker(name, ctx.options.breaker, ctx.options.pause)
        wait = breaker.wait()
    except redis.RedisError:  # nothing was sent
        raise NotNow(AGAIN_S, LEFT_ALONE) from None
    if wait > 0:
        raise NotNow(wait, LEFT_ALONE)
    return breaker


def _post(name: str, event: Event, options: ForwardOptions) -> int:
    import httpx

    try:
        aim = target(load_settings().destinations, name)
        place = place_of(aim["url"].get_secret_value(), allow_private=options.allow_private)
    except ConfigurationError as error:
        raise NotTaken(str(error), permanent=True) from None
    except NotDone as error:
        raise NotTaken(f"{name}: {error}", permanent=isinstance(error, PrivateAddress)) from None
    body = to_body(event)
    headers = {
        "host": place.host,
        **signed(event.id, body, aim["secret"].get_secret_value(), int(time.time())),
    }
    try:
        # Neither redirects nor proxies nor a second look-up: it goes to the address that was checked.
        with (
            httpx.Client(
                verify=_tls(), timeout=options.timeout, trust_env=False, follow_redirects=False
            ) as client,
            client.stream(
                "POST", place.url, content=body, headers=headers, extensions={"sni_hostname": place.name}
            ) as reply,
        ):
            status = reply.status_code
    except httpx.HTTPError as error:
        raise NotTaken(f"{name} cannot be reached ({distrust(error) or type(error).__name__})") from None
    if 300 <= status < 500 and status not in PASSING:
        raise NotTaken(f"{name} refuses the event with {status}", permanent=True)
    if status >= 300:
        raise NotTaken(f"{name} answers {status}")
    return status


def signed(id: str, body: bytes, secret: str, now: int) -> dict[str, str]:
    """The headers of Standard Webhooks for a body; a secret is `whsec_` and base64, or any text."""
    if not re.fullmatch(r"[!-~]+", id):  # a header cannot carry it
        id = hashlib.sha256(id.encode()).hexdigest()
    digest = hmac.new(_key(secret), f"{id}.{now}.".encode() + body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(now),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _key(secret: str) -> bytes:
    return base64.b64decode(secret[6:], validate=True) if secret.startswith("whsec_") else secret.encode()


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than a call. `SSL_CERT_FILE` names one's own."""
    import httpx

    try:
        return httpx.create_ssl_context()
    except OSError:  # also what is no certificate
        raise ConfigurationError("SSL_CERT_FILE names no file of certificates that can be read") from None


def _check(name: str, url: str, secret: str) -> None:
    parts, place = urlsplit(url), f"{name}: its url in GIGSTACK_DESTINATIONS"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"{place} must begin with https:// or http://")
    if "@" in parts.netloc:
        raise ConfigurationError(f"{place} holds a user or password; the signature proves who sends")
    try:
        _key(secret)
    except ValueError:
        raise ConfigurationError(f"{place.replace('url', 'secret')} is whsec_ but no base64") from None
