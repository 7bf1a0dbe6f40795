"""With replicas asked for: a write counts when they have it, for deliveries and for effects."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from gigstack_events import DidNotHappen
from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.errors import LedgerUnavailable
from gigstack_events.events import normalise
from gigstack_events.ledger import AsyncLedger, Ledger
from tests.engine.conftest import Bench
from tests.engine.outside import Outside
from tests.making import body_of
from tests.replica import AT_ONCE, following, freeze, thaw
from tests.stack import eventually


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[EmbeddedRedis, EmbeddedRedis]]:
    """A server and its replica, in step."""
    with (
        EmbeddedRedis(tmp_path / "one", extra=AT_ONCE) as one,
        following(one, tmp_path / "two") as two,
    ):
        with Ledger.at(one.url).redis as client:
            eventually(lambda: client.wait(1, 100) == 1)
        yield one, two


async def deliver(door: AsyncLedger, n: int) -> str:
    """The outcome of one delivery, or why it could not be stored."""
    body = body_of(f"evt_{n}")
    try:
        return (await door.accept(normalise(body, {}), body, "signed")).outcome
    except LedgerUnavailable as error:
        return str(error)


def test_delivery_counts_when_the_replica_has_it(pair: tuple[EmbeddedRedis, EmbeddedRedis]) -> None:
    """A frozen replica: each of many deliveries is refused within two seconds, and taken when it is back."""
    one, two = pair

    async def timed(door: AsyncLedger, n: int) -> tuple[str, float]:
        await asyncio.sleep(n / 100)  # several loop ticks, several WAITs on one connection
        began = time.monotonic()
        return await deliver(door, n), time.monotonic() - began

    async def scenario() -> None:
        door = AsyncLedger(one.url, replicas=1)
        assert await asyncio.gather(*(deliver(door, n) for n in range(50))) == ["new"] * 50
        freeze(two)
        refused = await asyncio.gather(*(timed(door, n) for n in range(50, 100)))
        assert {said for said, _ in refused} & {"0 of 1 replicas have it: start the others"}
        assert "new" not in {said for said, _ in refused}
        assert max(took for _, took in refused) < 2
        with pytest.raises(LedgerUnavailable, match="replicas"):
            await door.probe()
        thaw(two)
        again = await asyncio.gather(*(deliver(door, n) for n in range(50, 100)))
        assert set(again) <= {"new", "duplicate"}
        await door.close()

    asyncio.run(scenario())
    with closing(redis.Redis.from_url(two.url)) as client:
        assert client.zcard("gs:events") == 100


def test_second_try_of_one_call_waits_too(pair: tuple[EmbeddedRedis, EmbeddedRedis]) -> None:
    """A repeated call writes nothing new, and yet its 202 waits until a replica has what it repeats."""
    one, two = pair

    async def scenario() -> None:
        first = AsyncLedger(one.url)
        assert await deliver(first, 1) == "new"
        freeze(two)
        assert await deliver(first, 2) == "new"
        with Ledger.at(one.url).redis as client:
            (key,) = [key for key in client.scan_iter("gs:event:*") if client.hget(key, "id") == b"evt_2"]
            nonce = client.hget(key, "nonce")
        second = AsyncLedger(one.url, replicas=1)
        body = body_of("evt_2")
        arguments = (key.decode().removeprefix("gs:event:"), nonce, 2, "signed", "v", body, "", 8, "accepted",
                     "", *[""] * 7)  # fmt: skip
        reply, kept = await second._call(arguments)
        assert (reply, kept) == (b"duplicate", 0)
        thaw(two)
        await first.close()
        await second.close()

    asyncio.run(scenario())


def test_no_effect_begins_that_no_replica_knows(pair: tuple[EmbeddedRedis, EmbeddedRedis]) -> None:
    """A frozen replica: nothing is sent, the run waits, and acts when it is back."""
    one, two = pair
    bench = Bench(one.url, Ledger.at(one.url, replicas=1))
    outside = Outside()
    bench.handler(lambda e, ctx: ctx.effect("act", outside.act, on="r", check=lambda: DidNotHappen()))
    bench.ledger.redis.script_flush()
    bench.deliver()
    freeze(two)
    bench.work()
    assert (bench.run().state, bench.effect_states(), outside.acts) == ("waiting", ["not_done"], 0)
    assert "replicas" in bench.run().reason
    thaw(two)
    bench.work(seconds=6)
    assert (bench.run().state, bench.effect_states(), outside.acts) == ("done", ["done"], 1)
    bench.ledger.redis.close()


def test_handler_cannot_pass_over_an_effect_that_did_not_begin(
    pair: tuple[EmbeddedRedis, EmbeddedRedis],
) -> None:
    """A handler that catches everything does not turn the refusal into success."""
    one, two = pair
    bench = Bench(one.url, Ledger.at(one.url, replicas=1))
    outside = Outside()

    def careless(event: object, ctx: object) -> str:
        try:
            ctx.effect("act", outside.act, on="r")  # type: ignore[attr-defined]
        except Exception:
            return "fine"
        return "acted"

    bench.handler(careless)
    bench.deliver()
    freeze(two)
    bench.work()
    assert (bench.run().state, outside.acts) == ("waiting", 0)
    thaw(two)
    bench.work(seconds=6)
    assert (bench.run().result, outside.acts) == ('"acted"', 1)
    bench.ledger.redis.close()


def test_without_a_wish_replicas_are_not_waited_for(pair: tuple[EmbeddedRedis, EmbeddedRedis]) -> None:
    """The default asks for none: a frozen replica delays nothing."""
    one, two = pair
    freeze(two)

    async def scenario() -> str:
        door = AsyncLedger(one.url)
        try:
            return await deliver(door, 1)
        finally:
            await door.close()

    assert asyncio.run(scenario()) == "new"
