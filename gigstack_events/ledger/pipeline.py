"""One Redis connection that many coroutines share: commands of one loop tick leave in one write.

redis-py's cost per command is Python, not Redis; a door that sends one script call per delivery needs
nothing but this: pack, write, and a first-in first-out list of futures for the replies. One timer watches
the oldest of them; replies come in order, so that a late one makes all behind it late.
"""

import asyncio
import ssl
from collections import deque
from typing import Any
from urllib.parse import urlsplit

import hiredis
from redis.connection import parse_url

from gigstack_events.errors import LedgerUnavailable

MOST_IN_FLIGHT = 2048


class _Wire(asyncio.Protocol):
    """The socket's side: parses replies and hands each to the oldest waiting future."""

    def __init__(self, loop: asyncio.AbstractEventLoop, timeout: float) -> None:
        self.waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self.closed = False
        self._loop = loop
        self._timeout = timeout
        self._reader = hiredis.Reader()
        self._transport: asyncio.Transport | None = None
        self._outbox: list[bytes] = []
        self._watched = False
        self._kept: asyncio.Future[Any] | None = None
        self._wait = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # TCP, TLS and Unix transports are all full ones

    def data_received(self, data: bytes) -> None:
        try:
            self._take_in(data)
        except hiredis.ProtocolError:
            self.abort("what answers there does not speak as Redis does: mend REDIS_URL")

    def _take_in(self, data: bytes) -> None:
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            if not self.waiting:
                self.abort("Redis sent an answer that nobody asked for")
                return
            future, _ = self.waiting.popleft()
            if not future.done():
                future.set_result(reply)
            if isinstance(reply, hiredis.ReplyError) and str(reply).startswith("READONLY"):
                self.abort("this Redis is a read-only replica: point REDIS_URL at the primary")
                return

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail("the connection to Redis was lost")

    def send(self, packed: bytes) -> "asyncio.Future[Any]":
        if not self._outbox:
            self._loop.call_soon(self._flush)
        return self._put(packed)

    def kept(self, wait: bytes) -> "asyncio.Future[Any]":
        """The replicas' answer to all that leaves in this tick: `wait` is sent once, behind it."""
        if self._kept is None:
            self._wait, self._kept = wait, self._loop.create_future()
        return self._kept

    def _put(self, packed: bytes, future: "asyncio.Future[Any] | None" = None) -> "asyncio.Future[Any]":
        self._outbox.append(packed)
        future = future or self._loop.create_future()
        self.waiting.append((future, self._loop.time() + self._timeout))
        if not self._watched:
            self._watched = True
            self._loop.call_later(self._timeout, self._watch)
        return future

    def abort(self, why: str) -> None:
        if self._transport is not None:
            self._transport.abort()
        self._fail(why)

    def _flush(self) -> None:
        if self._kept is not None:
            self._put(self._wait, self._kept)
            self._kept = None
        if self._transport is not None and not self.closed:
            self._transport.write(b"".join(self._outbox))
        self._outbox.clear()

    def _watch(self) -> None:
        self._watched = False
        if not self.waiting or self.closed:
            return
        left = self.waiting[0][1] - self._loop.time()
        if left <= 0:
            self.abort(f"Redis did not answer within {self._timeout:.1f} s")
        else:
            self._watched = True
            self._loop.call_later(left, self._watch)

    def _fail(self, why: str) -> None:
        self.closed = True
        if self._kept is not None:
            self.waiting.append((self._kept, 0.0))
            self._kept = None
        while self.waiting:
            future, _ = self.waiting.popleft()
            if not future.done():
                future.set_exception(LedgerUnavailable(why))
                future.exception()  # seen: not everybody waits for both answers


class Pipeline:
    """A self-healing shared connection.

    Whoever waits on it does so for `timeout` (s) at most: a quarter for a connection, the rest for the reply,
    of which `replicas` have half.
    """

    def __init__(self, url: str, *, timeout: float, replicas: int = 0) -> None:
        # redis-py's own reading, so that receiver and workers never mean two databases by one address.
        self._at: dict[str, Any] = dict(parse_url(url))  # type: ignore[no-untyped-call]
        self._tls = urlsplit(url).scheme == "rediss"
        self._to_connect, self._to_reply = timeout / 4, timeout * 3 / 4
        wait: tuple[Any, ...] = ("WAIT", replicas, round(self._to_reply * 500))
        self._wait = hiredis.pack_command(wait) if replicas else b""
        self._wire: _Wire | None = None
        self._connecting: asyncio.Lock = asyncio.Lock()

    async def execute(self, *command: Any) -> Any:
        """Send one command and return its reply; an error reply comes back as a value (hiredis.ReplyError).

        Raises LedgerUnavailable when there is no connection, or no reply, in time.
        """
        return await (await self._ready()).send(hiredis.pack_command(command))

    async def keep(self, *command: Any) -> tuple[Any, Any]:
        """Send one command that writes; its reply, and how many replicas have it (0 where none are asked)."""
        wire = await self._ready()
        reply = wire.send(hiredis.pack_command(command))
        kept = wire.kept(self._wait) if self._wait else None
        # Shielded: one delivery that is given up must not take the answer from the others of its tick.
        return await reply, await asyncio.shield(kept) if kept else 0

    async def _ready(self) -> _Wire:
        wire = self._wire
        if wire is None or wire.closed:
            wire = await self._connect()
        if len(wire.waiting) >= MOST_IN_FLIGHT:
            raise LedgerUnavailable("too many deliveries are waiting for Redis")
        return wire

    async def close(self) -> None:
        """Close the connection; the next `execute` opens a new one."""
        if self._wire is not None:
            self._wire.abort("the ledger was closed")
            self._wire = None

    async def _connect(self) -> _Wire:
        try:
            async with asyncio.timeout(self._to_connect), self._connecting:
                if self._wire is None or self._wire.closed:
                    self._wire = await self._open()
                return self._wire
        except TimeoutError:
            raise LedgerUnavailable(f"Redis did not answer within {self._to_connect:.1f} s") from None
        except OSError as error:
            raise LedgerUnavailable(f"Redis cannot be reached ({type(error).__name__})") from None

    async def _open(self) -> _Wire:
        loop, at = asyncio.get_running_loop(), self._at

        def make() -> _Wire:
            return _Wire(loop, self._to_reply)

        if "path" in at:
            _, wire = await loop.create_unix_connection(make, at["path"])
        else:
            tls = ssl.create_default_context() if self._tls else None
            host, port = at.get("host", "127.0.0.1"), at.get("port", 6379)
            _, wire = await loop.create_connection(make, host, port, ssl=tls)
        for command in self._greetings():
            reply = await wire.send(hiredis.pack_command(command))  # type: ignore[arg-type]  # the stub forgets longer tuples
            if isinstance(reply, hiredis.ReplyError):
                why = f"Redis refuses the connection: {str(reply).split(' ')[0]}"
                wire.abort(why)
                raise LedgerUnavailable(why)
        return wire

    def _greetings(self) -> list[tuple[str, ...]]:
        greetings: list[tuple[str, ...]] = []
        if password := self._at.get("password"):
            user = (self._at["username"],) if self._at.get("username") else ()
            greetings.append(("AUTH", *user, password))
        if database := self._at.get("db"):
            greetings.append(("SELECT", str(database)))
        return greetings
