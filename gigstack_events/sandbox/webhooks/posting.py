"""One POST of a delivery to an endpoint. Apart from the sender, so that a start need not load httpx."""

import asyncio
import time
from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class Answer:
    """How an endpoint answered: a status with a body, or the name of what went wrong."""

    status: int | None
    error: str | None
    body: bytes
    latency_ms: int

    @property
    def is_good(self) -> bool:
        """Whether the delivery has arrived."""
        return self.status is not None and 200 <= self.status < 300


class Poster:
    """Connections to endpoints, for so many deliveries at once."""

    def __init__(self, slots: int, timeout: float) -> None:
        self._timeout = timeout
        # `post` bounds the whole exchange; a proxy would only stand between local processes.
        limits = httpx.Limits(max_connections=slots)
        self._client = httpx.AsyncClient(limits=limits, timeout=None, trust_env=False)  # noqa: S113

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Deliver once, and follow no redirect."""
        began = time.monotonic()
        status, error, answer = None, None, b""
        try:
            async with asyncio.timeout(self._timeout):
                reply = await self._client.post(url, content=body, headers=headers)
                status, answer = reply.status_code, reply.content
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, UnicodeError) as problem:
            error = type(problem).__name__
        return Answer(status, error, answer, round((time.monotonic() - began) * 1000))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
