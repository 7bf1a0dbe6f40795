"""`handler_contract` finds what careless authors do, and says it in one sentence."""

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from gigstack_events import Context, Event, on
from gigstack_events.testing import Report
from tests.kit import careless

Contract = Callable[..., Report]

FOUND = {
    "acts_outside": "was recorded 2 times: do it inside ctx.effect(...)",
    "writes_outside": "once: with nothing wrong its run is failed: a handler may change or buy things in "
    "gigstack only inside ctx.effect(...)",
    "posts_outside": "once: outside ctx.effect: POST http://127.0.0.1:9/told",
    "one_identity": "effect 'mail' on None was asked for twice in one run: give each its own `on`",
    "guesses_no": "death after act 1: 'mail' on 'payment_",
    "guesses_yes": "its check said that it happened, but it did not",
    "stamps_by_guess": "lost from receipts.stamp: 'stamp' on 'receipt_",
    "swallows_the_limit": "it swallows the end of its time: catch Exception, never BaseException",
    "never_ends": "it goes on after its time is up: catch Exception, never BaseException",
    "returns_no_json": "handler 'returns_no_json' returned what is not JSON",
    "keeps_its_client": "live and test: for an event of test mode it called clients.get in live mode",
    "wants_all_it_knows": "unknown fields: its run fails: ",
    "gives_up_at_once": "429 from clients.get: its run fails: the API is broken",
    "forgets_its_act": "death before act 1: its run is parked: nobody knows whether mail happened",
    "posts_in_a_thread": "once: outside ctx.effect: POST http://127.0.0.1:9/told",
    "posts_what_went_wrong": "429 from clients.get: outside ctx.effect: POST http://127.0.0.1:9/told",
    "names_the_attempt": "'mail' was done 2 times, not 1: what it is `on` must be the same at each attempt",
    "tries_once": "429 from clients.get: its run is done, and 'mail' was not done: let the error be raised",
    "stands_still": "once: it has not ended after the 0.5 s that it may take",
    "posts_at_first": "once: outside ctx.effect: POST http://127.0.0.1:9/told",
    "books_what_is_new": "once: 'book' was done in the first play alone: let `given` empty what",
}


@pytest.fixture(autouse=True)
def nothing_sent() -> None:
    """Forget what the handlers of the test before sent."""
    careless.SENT.clear()
    careless.LOST.clear()
    careless._clients.clear()


@pytest.mark.parametrize(("name", "sentence"), FOUND.items())
def test_careless_handler_is_caught(name: str, sentence: str, handler_contract: Contract) -> None:
    """Each careless habit breaks its promise in front of its author."""
    handler = getattr(careless, name)
    with pytest.raises(AssertionError) as caught:
        handler_contract(handler, handler.patterns[0], acts=lambda: careless.SENT)
    assert str(caught.value).startswith(f"{name} breaks the contract (")
    assert sentence in str(caught.value)


def test_careful_handler_is_not_blamed(handler_contract: Contract, tmp_path: Path) -> None:
    """What looks like an act and is none can be named; a temporary file, or a long way out, is no act."""
    cache = tmp_path / "cache.json"

    @on("payment.succeeded")
    def reads_elsewhere(event: Event, ctx: Context) -> int:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "page").write_text("a page")
        with contextlib.suppress(httpx.HTTPError):
            httpx.post("http://127.0.0.1:9/graphql", timeout=0.2)
        cache.write_text("{}")
        try:
            return len(ctx.gigstack.clients.get(event.object["client"]["id"]).id)
        finally:
            sum(len(str(number)) for number in range(3000))

    handler_contract(reads_elsewhere, "payment.succeeded", harmless=["POST */graphql", f"writing to {cache}"])
    with pytest.raises(AssertionError, match=r"POST http://127\.0\.0\.1:9/graphql\n- .* writing to .*json$"):
        handler_contract(reads_elsewhere, "payment.succeeded")


def test_wrong_question_is_told(handler_contract: Contract) -> None:
    """A contract for an event that the handler does not want, or for no handler, is a mistake."""
    with pytest.raises(ValueError, match=r"guesses_no is for payment\.succeeded, not for receipt\.created"):
        handler_contract(careless.guesses_no, "receipt.created")
    with pytest.raises(TypeError, match=r"put @on\(\.\.\.\) before it"):
        handler_contract(careless.guesses_no.function, "payment.succeeded")
