"""Deliveries for tests, signed by the official libraries or by hand, and a way to send them to the app."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx
import standardwebhooks
from starlette.applications import Starlette

from gigstack_events.ledger import AsyncLedger
from gigstack_events.settings import Settings, load_settings
from receiver.app import create_app

NOW = 1_790_000_000.0
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
TOKEN = "a-token-for-the-path"
KEY = "a-key-for-the-header"
BODY = json.dumps(
    {
        "id": "evt_1",
        "type": "payment.succeeded",
        "created": int(NOW * 1000),
        "livemode": True,
        "data": {"object": {"id": "payment_1", "status": "succeeded", "team": "team_1"}},
    }
).encode()


def settings(verify: str = "standard", redis_url: str = "redis://127.0.0.1:1/0", **more: str) -> Settings:
    """Settings with the secrets that the schemes in `verify` need."""
    env = {"REDIS_URL": redis_url, "GIGSTACK_VERIFY": verify}
    if "standard" in verify or "gigstack" in verify:
        env["GIGSTACK_WEBHOOK_SECRETS"] = SECRET
    if "token" in verify:
        env["GIGSTACK_WEBHOOK_TOKENS"] = TOKEN
    if "header" in verify:
        env |= {"GIGSTACK_WEBHOOK_HEADER": "Authorization", "GIGSTACK_WEBHOOK_HEADER_VALUES": KEY}
    return load_settings(env | {f"GIGSTACK_{name.upper()}": value for name, value in more.items()})


def standard(
    body: bytes = BODY, *, secret: str = SECRET, at: float = NOW, id: str = "msg_1"
) -> dict[str, str]:
    """Headers as the official library of Standard Webhooks signs them."""
    moment = datetime.fromtimestamp(at, UTC)
    signature = standardwebhooks.Webhook(secret).sign(id, moment, body.decode())
    return {"webhook-id": id, "webhook-timestamp": str(int(at)), "webhook-signature": signature}


def legacy(body: bytes = BODY, *, secret: str = SECRET, timestamp: str | None = None) -> dict[str, str]:
    """Headers of the vendor's older scheme; with a timestamp, the signature covers it."""
    signed = body if timestamp is None else timestamp.encode() + b"." + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {"x-gigstack-signature": digest} | ({"x-gigstack-timestamp": timestamp} if timestamp else {})


async def send(
    app: Starlette, body: bytes, headers: Mapping[str, str], path: str = "", method: str = "POST"
) -> httpx.Response:
    """One request to the application, without a network."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
        return await client.request(method, "/webhooks/gigstack" + path, content=body, headers=dict(headers))


def deliver(
    redis_url: str,
    body: bytes = BODY,
    headers: Mapping[str, str] | None = None,
    *,
    verify: str = "standard",
    path: str = "",
    **more: str,
) -> httpx.Response:
    """One delivery to a receiver of its own, on a real ledger; by default a good one."""

    async def run() -> httpx.Response:
        ledger = AsyncLedger(redis_url)
        app = create_app(settings(verify, redis_url, **more), ledger, clock=lambda: NOW)
        try:
            return await send(app, body, standard(body) if headers is None else headers, path)
        finally:
            await ledger.close()

    return asyncio.run(run())
