"""The ledger as the receiver sees it: asynchronous, one round trip for each delivery."""

import hashlib
import time
from typing import Any

import hiredis

from gigstack_events.errors import LedgerUnavailable
from gigstack_events.events import Event, Trust
from gigstack_events.ledger.acceptance import Accepted, delivered, told
from gigstack_events.ledger.ids import event_id
from gigstack_events.ledger.pipeline import Pipeline
from gigstack_events.ledger.scripts import script
from gigstack_events.safety import refusal_in_words

AGAIN_WITHIN_S = 0.2
TOO_OLD_MS = 400 * 86_400_000


class AsyncLedger:
    """Accepts deliveries. `timeout` (s) bounds each call; it connects lazily and reconnects by itself.

    A delivery counts as stored when so many `replicas` have it as well.
    """

    def __init__(self, url: str, *, timeout: float = 1.5, replicas: int = 0) -> None:
        self._redis = Pipeline(url, timeout=timeout, replicas=replicas)
        self._replicas = replicas
        self._accept = script("accept")

    async def accept(self, event: Event, body: bytes, trust: Trust) -> Accepted:
        """Store a delivery and the hint to dispatch its event, or count a duplicate.

        Raises LedgerUnavailable: nothing is known to be stored, the sender should try again.
        """
        return await self._store(told(event, body, trust, too_old(event)))

    async def accept_unreadable(self, body: bytes, trust: Trust, reason: str) -> Accepted:
        """Store what is authentic but cannot be read, for a person to look at."""
        hashed = hashlib.sha256(body).hexdigest()
        facts = ("", "", "", "", hashed, "unreadable", "")
        id = event_id("unreadable", hashed)
        stored = await self._store(delivered(id, body, trust, "", "unreadable", reason, *facts))
        return Accepted("unreadable", stored.id)

    async def probe(self) -> None:
        """Prove that the ledger is writable; raises LedgerUnavailable with the reason in words."""
        self._insist(*await self._redis.keep("SET", "gs:probe", "1", "PX", "1000"))

    async def close(self) -> None:
        """Close the connection."""
        await self._redis.close()

    async def _store(self, arguments: tuple[Any, ...]) -> Accepted:
        began = time.monotonic()
        try:
            reply, kept = await self._call(arguments)
        except LedgerUnavailable:
            if time.monotonic() > began + AGAIN_WITHIN_S:
                raise
            # A connection that broke is opened again; the nonce keeps this second try from counting twice.
            reply, kept = await self._call(arguments)
        self._insist(reply, kept)
        return Accepted(reply.decode(), arguments[0])

    def _insist(self, reply: Any, kept: Any) -> None:
        for answer in (reply, kept):
            if isinstance(answer, hiredis.ReplyError):
                raise LedgerUnavailable(refusal_in_words(answer))
        if kept < self._replicas:
            raise LedgerUnavailable(f"{kept} of {self._replicas} replicas have it: start the others")

    async def _call(self, arguments: tuple[Any, ...]) -> tuple[Any, Any]:
        reply, kept = await self._redis.keep("EVALSHA", self._accept.digest, "0", *arguments)
        if isinstance(reply, hiredis.ReplyError) and str(reply).startswith("NOSCRIPT"):
            return await self._redis.keep("EVAL", self._accept.source, "0", *arguments)
        return reply, kept


def too_old(event: Event, *, now_ms: int | None = None) -> str:
    """Why nobody can tell whether this event was handled before, or '' (retention is 400 days)."""
    now_ms = int(time.time() * 1000) if now_ms is None else now_ms
    if event.created_at is None:
        return "" if event.id_source != "hash" else "it has neither a date nor an id of its own"
    return "it is older than the 400 days that ids are kept" if event.created_at < now_ms - TOO_OLD_MS else ""
