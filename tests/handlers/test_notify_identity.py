"""notify and forward: two events are two, also where somebody gave them one id."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gigstack_events.events import normalise
from gigstack_events.ledger import AsyncLedger
from tests.engine.stand_in import answering
from tests.handlers.notifying import HANDLER, Desk
from tests.handlers.test_forward import HANDLER as FORWARD
from tests.handlers.test_forward import aim
from tests.making import body_of

DUE = "notify@2026-11-27T08:00"


def deliver(desk: Desk, body: bytes, headers: dict[str, str]) -> None:
    """Accept one unsigned delivery with headers."""

    async def accept() -> None:
        ledger = AsyncLedger(desk.url)
        await ledger.accept(normalise(body, headers), body, "none")
        await ledger.close()

    asyncio.run(accept())


@pytest.mark.parametrize("at_most", [{}, {"at_most": {"count": 9, "every": 60}}])
def test_delivery_with_the_id_of_our_own_event_does_not_silence_it(
    desk: Desk, at_most: dict[str, object]
) -> None:
    """A due time's id can be guessed: who heard of a payment under it still hears that the time has come."""
    desk.choose(**at_most)
    desk.handlers["notify"] = replace(HANDLER, patterns=("payment.*", "schedule.due"))
    for type in ("payment.succeeded", "schedule.due"):
        desk.tell(DUE, type)
        desk.work()
    assert (desk.states(), len(desk.sink.got)) == ({"done"}, 2)


def test_events_that_share_an_id_are_both_passed_on(desk: Desk) -> None:
    """The other side gets what our calendar says although a delivery had its id before."""
    aim(desk)
    desk.handlers = {"notify": replace(FORWARD, name="notify", patterns=("payment.*", "schedule.due"))}
    for type in ("payment.succeeded", "schedule.due"):
        desk.tell(DUE, type)
        desk.work()
    assert (desk.states(), len(desk.sink.raw)) == ({"done"}, 2)


def test_confirmed_event_is_the_one_that_it_was(desk: Desk) -> None:
    """Its id came in a header: who hears of it unproved does not hear of it again once it is confirmed."""
    paid: dict[str, Any] = {"id": "payment_1", "status": "succeeded", "total": 5, "livemode": True}
    desk.keys.answer = answering(**paid)
    desk.handlers = {
        "a": replace(HANDLER, name="a", trust="none"),
        "b": replace(HANDLER, name="b", trust="signed"),
    }
    deliver(desk, body_of(id=None, thing=paid), {"webhook-id": "evt_1"})
    desk.work()
    assert ([run.state for run in desk.runs()], len(desk.sink.got)) == (["done"] * 2, 1)
