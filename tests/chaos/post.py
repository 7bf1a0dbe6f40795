"""The senders' post: signs deliveries, sends each until it is taken, and writes down every 202."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PATIENCE_S = 5.0
TEAM = "team_sandbox"


@dataclass(frozen=True, slots=True)
class Letter:
    """One event as one delivery tells it.

    `trust` is how it proves itself: signed, secret (the token in the path) or forged. `due` are the
    receipts that have to be stamped once it has been taken; `true` is False for a lie.
    """

    event: str
    type: str
    object: dict[str, Any]
    trust: str
    payment: str
    due: tuple[str, ...] = ()
    true: bool = True

    @property
    def body(self) -> bytes:
        """What is sent."""
        envelope = {"id": self.event, "type": self.type, "created": 0, "livemode": True}
        return json.dumps({**envelope, "created": now_ms(), "data": {"object": self.object}}).encode()


def now_ms() -> int:
    """The time as epoch milliseconds."""
    return time.time_ns() // 1_000_000


class Post:
    """Sends letters and counts; `log` gets one line for each answer that counts, before anything else."""

    def __init__(self, doors: list[str], secret: str, token: str, log: Path, seed: int) -> None:
        self._doors = doors
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._token = token
        self._log = log.open("a", encoding="utf-8", buffering=1)
        self._rng = random.Random(f"{seed}:post")
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.sent: list[tuple[Letter, bytes]] = []
        # _until_taken bounds each exchange; a proxy would only stand between local processes.
        self._client = httpx.AsyncClient(
            limits=httpx.Limits(max_connections=64), timeout=PATIENCE_S, trust_env=False
        )

    async def deliver(self, letter: Letter, copies: int = 1, spread: float = 0.0) -> None:
        """Send a letter and its copies at different times within `spread`, each until it is answered."""
        body = letter.body
        self.sent.append((letter, body))
        delays = [0.0, *(self._rng.uniform(0, spread) for _ in range(copies - 1))]
        await asyncio.gather(*(self._until_taken(letter, body, delay) for delay in delays))

    async def again(self, letter: Letter, body: bytes) -> None:
        """Send the very same body once more, signed anew."""
        await self._until_taken(letter, body, 0)

    def note(self, **facts: Any) -> None:
        """Write down what else is due."""
        self._log.write(json.dumps(facts) + "\n")

    async def close(self) -> None:
        """Close connections and log."""
        await self._client.aclose()
        self._log.close()

    async def _until_taken(self, letter: Letter, body: bytes, delay: float) -> None:
        await asyncio.sleep(delay)
        pause = 0.1
        while (status := await self._attempt(letter, body)) not in (202, 401):
            if status and status < 500:
                self.wrong.append(f"{letter.event}: {status}")
                return
            await asyncio.sleep(self._rng.uniform(pause / 2, pause))
            pause = min(pause * 2, 2.0)
        if (status == 401) != (letter.trust == "forged"):
            self.wrong.append(f"{letter.event} ({letter.trust}): {status}")

    async def _attempt(self, letter: Letter, body: bytes) -> int:
        url = self._rng.choice(self._doors)
        headers = self._signed(letter, body)
        if letter.trust == "secret":
            url = f"{url}/{self._token}"
        self.counts["sent"] += 1
        try:
            status = (await self._client.post(url, content=body, headers=headers)).status_code
        except httpx.TransportError:
            self.counts["unanswered"] += 1
            return 0
        self.counts[str(status)] += 1
        if status == 202:
            self.note(
                event=letter.event, payment=letter.payment, trust=letter.trust, type=letter.type,
                due=letter.due, true=letter.true, at=now_ms(),
            )  # fmt: skip
        return status

    def _signed(self, letter: Letter, body: bytes) -> dict[str, str]:
        if letter.trust == "secret":
            return {}
        id, at = letter.event, str(int(time.time()))
        key = self._rng.randbytes(24) if letter.trust == "forged" else self._key
        signature = hmac.digest(key, f"{id}.{at}.".encode() + body, hashlib.sha256)
        value = "v1," + base64.b64encode(signature).decode()
        return {"webhook-id": id, "webhook-timestamp": at, "webhook-signature": value}
