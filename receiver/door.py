"""The door: the endpoint that takes one delivery, says yes or no to it, and writes one line about it."""

import time
import traceback
from collections.abc import Callable
from typing import Any, Protocol

import structlog
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from gigstack_events.errors import LedgerUnavailable, Malformed, Refused, Unauthenticated
from gigstack_events.events import Event, Trust, normalise
from gigstack_events.ledger import Accepted
from gigstack_events.settings import Settings
from receiver.bodies import Disconnected, Room, read_body
from receiver.deliveries import Delivery, Verifiers, verify
from receiver.schemes import Header

MOST_AT_ONCE = 256
"""Deliveries whose body is read that are taken at the same time; with 1 MiB each they fill 256 MiB."""

PROOFS = {
    *("webhook-id", "webhook-timestamp", "webhook-signature"),
    *("x-gigstack-signature", "x-gigstack-timestamp", "x-gigstack-webhook-id"),
}
"""Headers that prove something; a configured one with a secret counts as well."""

BROKEN = "Something is broken on our side; send it again later."


class Accepts(Protocol):
    """What the receiver asks of the ledger."""

    async def accept(self, event: Event, body: bytes, trust: Trust) -> Accepted:
        """Store the event, or count a duplicate."""

    async def accept_unreadable(self, body: bytes, trust: Trust, reason: str) -> Accepted:
        """Store an authentic body that cannot be read."""

    async def probe(self) -> None:
        """Prove that the ledger is writable."""

    async def close(self) -> None:
        """Close the connections."""


class Door:
    """An ASGI endpoint for deliveries; `inside` counts those that are read and not yet answered.

    `verifiers` may be replaced at any time, as a whole.
    """

    def __init__(
        self, settings: Settings, ledger: Accepts, verifiers: Verifiers, clock: Callable[[], float]
    ) -> None:
        self.verifiers = verifiers
        self._settings = settings
        self._ledger = ledger
        self._clock = clock
        self.inside = 0
        self._room = Room()
        self._log = structlog.get_logger().bind()  # bound once: it is used for every delivery

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one delivery and answer it, unless its sender has gone."""
        started = time.perf_counter()
        if answer := await self._answer(scope, receive, started):
            await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, started: float) -> Response | None:
        try:
            body = await read_body(receive, self._settings.max_body, self._settings.body_timeout, self._room)
            if self.inside >= MOST_AT_ONCE:
                raise LedgerUnavailable("too many deliveries at once")
            self.inside += 1  # only now: whoever sends slowly must not keep others out
            try:
                accepted, facts = await self._take(scope, body)
            finally:
                self.inside -= 1
        except Disconnected:
            self._log.info("delivery.refused", reason="the sender went away", ms=_ms_since(started))
            return None
        except LedgerUnavailable as exc:
            self._log.error("delivery.refused", status=503, reason=str(exc), ms=_ms_since(started))
            return refusal(503, "The delivery could not be stored; send it again.", {"Retry-After": "5"})
        except Refused as exc:
            self._log.warning("delivery.refused", status=exc.status, reason=str(exc), ms=_ms_since(started))
            # After 408 and 413 the rest of the body may still be on its way; it is not the next request
            return refusal(exc.status, str(exc), {"Connection": "close"} if exc.status in (408, 413) else {})
        except Exception as exc:
            # The place, and not the message: that may quote the payload
            place = "".join(traceback.format_tb(exc.__traceback__))
            self._log.error("delivery.refused", status=500, reason=type(exc).__name__, place=place)
            return refusal(500, BROKEN, {"Retry-After": "60"})
        with bound_contextvars(event=accepted.id):
            self._log.info("delivery.accepted", **facts, outcome=accepted.outcome, ms=_ms_since(started))
        return Response(
            f'{{"status":"accepted","event":"{accepted.id}"}}', 202, media_type="application/json"
        )

    async def _take(self, scope: Scope, body: bytes) -> tuple[Accepted, dict[str, Any]]:
        headers = self._headers(scope)
        delivery = Delivery(headers, body, scope.get("path_params", {}).get("token"))
        trust = verify(delivery, self.verifiers, self._clock())
        try:
            event = normalise(body, headers)
        except Malformed as exc:
            if trust == "none":
                raise
            # A 4xx stops some senders for days, and what is authentic may still matter to somebody
            accepted = await self._ledger.accept_unreadable(body, trust, str(exc))
            return accepted, {"trust": trust, "reason": str(exc)}
        return await self._ledger.accept(event, body, trust), {"trust": trust, "type": event.type}

    def _headers(self, scope: Scope) -> dict[str, str]:
        """Give the headers by name; of a repeated proof nobody could say which one counts."""
        fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        headers = dict(fields)
        if len(headers) < len(fields):
            secret = {scheme.name for scheme in self.verifiers.schemes if isinstance(scheme, Header)}
            names = [name for name, _ in fields]
            for name in sorted(PROOFS | secret):
                if names.count(name) > 1:
                    raise Unauthenticated(f"The header {name} comes more than once; send it once.")
        return headers


def refusal(status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    """Say in one sentence why a request is not served."""
    return JSONResponse({"status": "refused", "error": why}, status, headers)


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
