"""The built-in handlers where the API lets only so many calls pass."""

from collections.abc import Callable

from gigstack_events.limiter import Limiters
from tests.handlers.conftest import Shop
from tests.handlers.test_stamp_receipts import HANDLER


def test_a_longer_retry_after_is_the_engine_s_to_wait_for(shop: Shop, fault: Callable[..., None]) -> None:
    """The run waits, and its worker is free meanwhile."""
    shop.handlers["stamp_receipts"] = HANDLER
    fault(op="receipts.list", kind="429", times=1, retry_after=3)
    shop.announce("payment.succeeded", shop.paid(receipts=1)["payment"])
    shop.work()
    assert (shop.run().state, shop.run().reason_code) == ("waiting", "RateLimited")
    shop.work(seconds=10)
    assert (shop.run().state, len(shop.cfdis())) == ("done", 1)


def test_few_turns_make_it_late_and_nothing_else(shop: Shop) -> None:
    """A payment's receipts are stamped once each, however long it takes."""
    shop.handlers["stamp_receipts"] = HANDLER
    shop.limiters = Limiters(shop.ledger.redis, 4, "live")
    paid = shop.paid(receipts=3)
    shop.announce("payment.succeeded", paid["payment"])
    for _ in range(10):
        shop.work(seconds=1)
    assert shop.run().state == "done"
    assert (shop.run().failures, shop.cfdis()) == (0, sorted(paid["receipts"]))
