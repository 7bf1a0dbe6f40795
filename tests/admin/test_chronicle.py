"""The chronicle: what happens becomes lines, once each, whatever the texts hold."""

import asyncio
import io
import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from rich.console import Console

from admin.chronicle import Chronicle, Recent
from gigstack_events.ledger import AsyncLedger, Ledger
from gigstack_events.ledger.views import Views
from gigstack_events.sandbox.process import SandboxProcess
from tests.making import accept, body_of, claimed, pass_time, rule, take_event


@pytest.fixture
def chronicle(sandbox: SandboxProcess, ledger: Ledger) -> Iterator[Chronicle]:
    with httpx.Client(trust_env=False) as http:
        chronicle = Chronicle(http, sandbox.url, Views(ledger.redis), ledger.now())
        chronicle.news()  # what other tests left in the sandbox
        yield chronicle


def told(chronicle: Chronicle) -> str:
    out = Console(file=io.StringIO(), width=300)
    for line in chronicle.news():
        out.print(str(line))
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def test_each_thing_is_told_once(chronicle: Chronicle, ledger: Ledger, redis_url: str) -> None:
    """Acceptance and end of a run are told when they happen, and never again."""
    claim = claimed(ledger, redis_url, id="evt_1")
    assert "signed payment.succeeded accepted  evt_1" in told(chronicle)
    assert told(chronicle) == ""
    ledger.finish(claim.run.id, claim.token, "done")
    assert re.search(r"act is done after \d\.\d s  r", told(chronicle))
    assert chronicle.is_settled("evt_1")
    assert told(chronicle) == ""


def test_event_of_the_sandbox_has_one_line(ledger: Ledger, redis_url: str) -> None:
    """Whether ledger or sandbox is seen first, an event is told of once; a second delivery too."""
    deliveries: list[dict[str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/_sandbox/summary":
            return httpx.Response(200, json={"deliveries": len(deliveries), "cfdis": 0})
        return httpx.Response(200, json={"deliveries": deliveries, "cfdis": []})

    http = httpx.Client(transport=httpx.MockTransport(answer))
    chronicle = Chronicle(http, "http://sandbox", Views(ledger.redis), ledger.now())

    def deliver(event: str) -> None:
        facts = {"event": event, "type": "receipt.created", "at": 1, "attempt": 1, "status": 202}
        deliveries.append({**facts, "signature": "good", "error": None})

    accept(redis_url, body_of(id="evt_1"))
    first = told(chronicle)
    deliver("evt_1")
    assert (first.count("evt_1"), told(chronicle)) == (1, "")
    deliver("evt_2")
    accept(redis_url, body_of(id="evt_2"))
    assert told(chronicle).count("evt_2") == 1
    deliver("evt_2")
    assert "delivered → 202 accepted  evt_2" in told(chronicle)


@pytest.mark.parametrize(("count", "words"), [(1, "1 effect recorded"), (2, "2 effects recorded")])
def test_effects_are_counted(
    chronicle: Chronicle, ledger: Ledger, redis_url: str, count: int, words: str
) -> None:
    """One effect is no plural."""
    claim = claimed(ledger, redis_url, id="evt_1")
    ledger.redis.hset(f"gs:run:{claim.run.id}", "effects", " ".join("xy"[:count]))
    ledger.finish(claim.run.id, claim.token, "done")
    assert f", {words}  r" in told(chronicle)


def test_each_wait_is_told(chronicle: Chronicle, ledger: Ledger, redis_url: str) -> None:
    """A run that waits says how long and for what."""
    claim = claimed(ledger, redis_url, id="evt_1")
    ledger.finish(claim.run.id, claim.token, "waiting", reason="no receipts yet", delay_ms=60_000)
    assert "act waits, 60 s: no receipts yet" in told(chronicle)
    assert not chronicle.is_settled("evt_1")


def test_run_is_told_by_its_rule(chronicle: Chronicle, ledger: Ledger, redis_url: str) -> None:
    """Several rules may have one handler, and pauses and replays go by the rule."""
    claim = claimed(ledger, redis_url, replace(rule("notify"), name="tell-ops"), id="evt_1")
    ledger.finish(claim.run.id, claim.token, "done")
    assert "tell-ops is done" in told(chronicle)


def test_texts_of_others_are_harmless(chronicle: Chronicle, ledger: Ledger, redis_url: str) -> None:
    """Brackets are no markup, and escape sequences do not reach the terminal."""
    claim = claimed(ledger, redis_url, id="evt_[/bold]")
    ledger.finish(claim.run.id, claim.token, "failed", reason="[/red] \x1b[31m\nagain")
    text = told(chronicle)
    assert "evt_[/bold]" in text
    assert "act failed: [/red]  [31m again" in text
    assert "\x1b" not in text


def test_what_cannot_be_read_is_told(chronicle: Chronicle, redis_url: str) -> None:
    """An authentic body that nobody can read is no silent acceptance."""

    async def deliver() -> None:
        door = AsyncLedger(redis_url)
        await door.accept_unreadable(b"?", "signed", "The body is not JSON.")
        await door.close()

    asyncio.run(deliver())
    assert "unreadable body accepted, but unreadable: The body is not JSON." in told(chronicle)


def test_unwanted_event_settles(chronicle: Chronicle, ledger: Ledger, redis_url: str) -> None:
    """An event that no rule wants is told as such."""
    accept(redis_url, body_of(type="invoice.failed"))
    ledger.dispatch(take_event(ledger).event, [])
    assert "invoice.failed settled: no rule wants it" in told(chronicle)


def test_flood_is_cut_short(chronicle: Chronicle, ledger: Ledger, redis_url: str) -> None:
    """Very many lines at once become a few, and the way to see the rest."""
    accept(redis_url, *(body_of(id=f"evt_{number}") for number in range(80)))
    text = told(chronicle)
    assert len(text.splitlines()) <= 31
    assert "python -m admin events list" in text
    pass_time(ledger, 1000)
    accept(redis_url, body_of(id="evt_later"))
    assert "evt_later" in told(chronicle)


def test_recent_names_are_bounded() -> None:
    """Only so many names are remembered, the newest."""
    recent = Recent(most=2)
    for name in "abc":
        recent.add(name)
    assert [name in recent for name in "abc"] == [False, True, True]
