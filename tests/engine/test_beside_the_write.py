"""What goes wrong beside an effect's write says nothing of the write; and one act at a time."""

import threading
from typing import Any

import pytest

from gigstack_events import Happened, NotDone
from tests.engine.conftest import Bench
from tests.engine.stand_in import answering


def stamps(bench: Bench) -> int:
    """How many writes the API has seen."""
    return sum(request.method == "POST" for request in bench.keys.requests)


def refuse(key: str) -> None:
    """An act that certainly did not happen."""
    raise NotDone("the mail server is away")


@pytest.mark.parametrize("second", ["no id", "odd input"])
def test_call_that_was_not_sent_says_nothing_of_the_write_before_it(bench: Bench, second: str) -> None:
    """The receipt has its CFDI by then: to count the act as not done would stamp it again."""
    bench.keys.answer = answering(id="receipt_1")

    def do(key: str, ctx: Any) -> None:
        ctx.gigstack.receipts.stamp("receipt_1")
        if second == "no id":
            ctx.gigstack.receipts.get("")
        ctx.gigstack.receipts.stamp("receipt_2", payment_form="none")

    bench.handler(
        lambda e, ctx: ctx.effect("stamp", lambda key: do(key, ctx), on="r", check=lambda: Happened())
    )
    bench.deliver()
    bench.work()
    assert (bench.run().reason_code, bench.effect_states()) == ("unknown", ["started"])
    for seconds in (121, 11):
        bench.work(seconds=seconds)
    assert (bench.run().state, stamps(bench)) == ("done", 1)


def test_refused_write_stays_refused_whatever_is_read_after_it(bench: Bench) -> None:
    """The API said no, and the handler looked why: nobody has to look whether it happened."""
    bench.keys.answer = lambda request: answering(422 if request.method == "POST" else 200)(request)

    def do(key: str, ctx: Any) -> None:
        try:
            ctx.gigstack.receipts.stamp("receipt_1")
        finally:
            ctx.gigstack.receipts.get("receipt_1")

    bench.handler(lambda e, ctx: ctx.effect("stamp", lambda key: do(key, ctx), on="r"))
    bench.deliver()
    bench.work()
    assert (bench.run().state, bench.effect_states()) == ("failed", ["not_done"])


@pytest.mark.parametrize("check", [None, lambda: Happened()])
def test_effect_within_an_effect_is_refused(bench: Bench, check: Any) -> None:
    """It would be forgotten once the outer one is done, and its failure would pass for the outer one's."""
    bench.keys.answer = answering(id="receipt_1")

    def do(key: str, ctx: Any) -> None:
        ctx.gigstack.receipts.stamp("receipt_1")
        ctx.effect("mail", refuse, on="r")

    bench.handler(lambda e, ctx: ctx.effect("stamp", lambda key: do(key, ctx), on="r", check=check))
    bench.deliver()
    for seconds in (0, 10, 121):
        bench.work(seconds=seconds)
    assert (bench.run().state, bench.effect_states(), stamps(bench)) == ("parked", ["started"], 1)
    assert "effect 'mail' was asked for while another one was under way" in bench.run().reason


def test_effect_beside_an_effect_in_a_thread_is_refused_and_told(bench: Bench) -> None:
    """Neither act's error may pass for the other's, and what was not done does not end with its thread."""
    bench.keys.answer = answering(id="receipt_1")
    refused: list[str] = []

    def aside(ctx: Any) -> None:
        try:
            ctx.effect("mail", refuse, on="r")
        except Exception as error:
            refused.append(type(error).__name__)

    def do(key: str, ctx: Any) -> None:
        ctx.gigstack.receipts.stamp("receipt_1")
        thread = threading.Thread(target=aside, args=(ctx,))
        thread.start()
        thread.join()

    bench.handler(lambda e, ctx: ctx.effect("stamp", lambda key: do(key, ctx), on="r"))
    bench.deliver()
    bench.work()
    assert (bench.run().state, bench.effect_states(), refused) == ("failed", ["done"], ["Nested"])
    assert "while another one was under way" in bench.run().reason
