"""Headers that come more than once: legal, unless they prove something."""

import asyncio

import httpx
import pytest

from gigstack_events.ledger import AsyncLedger
from receiver.app import create_app
from tests.receiver.making import BODY, KEY, NOW, legacy, settings, standard


def answer(redis_url: str, verify: str, headers: list[tuple[str, str]]) -> httpx.Response:
    """What a delivery with these headers, in this order, is answered."""

    async def run() -> httpx.Response:
        app = create_app(settings(verify, redis_url), ledger := AsyncLedger(redis_url), clock=lambda: NOW)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
            got = await client.post("/webhooks/gigstack", content=BODY, headers=headers)
        await ledger.close()
        return got

    return asyncio.run(run())


@pytest.mark.parametrize("value", [None, "bad"])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    ("verify", "name"),
    [
        *(("standard", name) for name in standard()),
        *(("gigstack", name) for name in legacy(timestamp=str(int(NOW)))),
        ("gigstack", "x-gigstack-webhook-id"),
        ("header", "authorization"),
    ],
)
def test_a_repeated_proof_is_401(
    redis_url: str, verify: str, name: str, first: bool, value: str | None
) -> None:
    """Neither the first nor the last of two counts, not even where both are right."""
    good = {
        "standard": standard(),
        "gigstack": legacy(timestamp=str(int(NOW))) | {"x-gigstack-webhook-id": "1"},
        "header": {"authorization": KEY},
    }[verify]
    again = (name.title(), good[name] if value is None else value)
    headers = [again, *good.items()] if first else [*good.items(), again]
    assert answer(redis_url, verify, [*good.items()]).status_code == 202
    refused = answer(redis_url, verify, headers)
    assert refused.status_code == 401
    assert refused.json()["error"] == f"The header {name} comes more than once; send it once."


def test_another_header_may_come_again(redis_url: str) -> None:
    """Proxies repeat what they like; a static header that is not configured is one of those."""
    twice = [("forwarded", "for=a"), ("forwarded", "for=b"), ("authorization", "a"), ("authorization", "b")]
    assert answer(redis_url, "standard", [*standard().items(), *twice]).status_code == 202
