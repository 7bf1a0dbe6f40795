"""How bodies are kept: smaller, and byte for byte."""

import json

from hypothesis import example, given
from hypothesis import strategies as some

from benchmarks.history import accept_all, payments, work_off
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.bodies import guard, pack, unpack
from gigstack_events.ledger.views import Views
from tests.making import claimed


@given(some.binary(max_size=4000))
@example(b"")
@example(b"\x00 begins like a mark")
@example(b"\x01 begins like a mark")
def test_whatever_is_packed_comes_back(body: bytes) -> None:
    """A signature was made over these bytes, readable or not: not one of them changes."""
    for stored in (guard(body), pack(body)):
        assert unpack(stored) == body
        assert len(stored) <= len(body) + 1


def test_dispatching_packs_the_body(ledger: Ledger, redis_url: str) -> None:
    """The door stores a body as it came; once it is dispatched it takes a quarter, and reads the same."""
    bodies = list(payments(2))
    (first, second) = accept_all(redis_url, bodies)
    (other,) = accept_all(redis_url, [bodies[1].replace(b"Cliente", b"Clienta")])
    assert other == second
    work_off(ledger)
    views = Views(ledger.redis)
    assert views.body(first) == bodies[0]
    assert (ledger.redis.memory_usage(f"gs:body:{first}", samples=0) or 0) < len(bodies[0]) / 3
    detail = views.event(second)
    assert detail
    assert sorted(variant.size for variant in detail.variants) == [len(bodies[1])] * 2


def test_results_read_the_same_wherever_they_are_read(ledger: Ledger, redis_url: str) -> None:
    """A long result is kept small; who asks again for the effect, and who looks at it, get all of it."""
    result = json.dumps({"receipt": "receipt_1", "invoices": [f"invoice_{n}" for n in range(40)]})
    claim = claimed(ledger, redis_url)
    ledger.effect_start(claim.run.id, claim.token, "f1", "act:step", "receipt_1", again=False)
    ledger.effect_end(claim.run.id, claim.token, "f1", "done", result)
    assert ledger.effect_start(claim.run.id, claim.token, "f1", "act:step", "receipt_1", again=False) == [
        "done",
        result,
    ]
    ledger.finish(claim.run.id, claim.token, "done", result=result)
    detail = Views(ledger.redis).event(claim.event.id)
    assert detail
    assert (detail.runs[0].result, detail.effects[0].result) == (result, result)
    assert (ledger.redis.hstrlen(f"gs:run:{claim.run.id}", "result")) < len(result) / 2


def test_a_payment_takes_a_quarter() -> None:
    """What every payment says is not kept with every payment."""
    (body,) = payments(1)
    assert len(pack(body)) < len(body) / 4


def test_a_body_that_an_older_version_stored_is_read() -> None:
    """Bodies from before the packing stay readable until they expire."""
    assert unpack(b'{"id":"evt_1"}') == b'{"id":"evt_1"}'
