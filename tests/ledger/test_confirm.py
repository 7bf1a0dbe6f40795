"""What the API confirmed is kept beside the body it confirmed, under the claim's token."""

import pytest

from gigstack_events.errors import StaleToken
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.records import Claim, text
from tests.making import accept, body_of, plan_of, rule, take_event, take_run


def weak_claims(ledger: Ledger, url: str, *bodies: bytes, runs: int = 1) -> list[Claim]:
    """Deliver an event with a secret, in these bodies, and claim its runs."""
    accept(url, *bodies, trust="secret")
    work = take_event(ledger)
    ledger.dispatch(work.event, [plan_of(work.event.id, rule(f"act{n}")) for n in range(runs)])
    claims = [take_run(ledger, f"token-{n}") for n in range(runs)]
    return [claim for claim in claims if claim]


def test_claim_that_is_over_confirms_nothing(ledger: Ledger, redis_url: str) -> None:
    """A worker that lost its claim may not say what others see."""
    (claim,) = weak_claims(ledger, redis_url, body_of())
    ledger.finish(claim.run.id, claim.token, "waiting", delay_ms=0)
    with pytest.raises(StaleToken):
        ledger.confirm(claim, b"api")
    assert ledger.redis.hlen(f"gs:body:{claim.event.id}") == 1


def test_two_confirmations_at_once_are_one(ledger: Ledger, redis_url: str) -> None:
    """Two runs that ask the API at the same time do no harm: the first answer is kept for all that follow."""
    first, second, third = weak_claims(ledger, redis_url, body_of(), runs=3)
    ledger.confirm(first, b"first")
    ledger.confirm(second, b"second")
    ledger.finish(third.run.id, third.token, "handed_back")
    again = take_run(ledger, "again")
    assert again
    assert (again.body, again.event.confirmed, first.body) == (b"first", True, body_of())


def test_variant_that_is_pushed_out_is_a_delivered_one(ledger: Ledger, redis_url: str) -> None:
    """The kept object counts as no variant: eight bodies stay, and the stronger delivery is among them."""
    (claim,) = weak_claims(ledger, redis_url, *(body_of(total=n) for n in range(8)))
    ledger.confirm(claim, b"api")
    accept(redis_url, body_of(total=1000))
    names = ledger.redis.hkeys(f"gs:body:{claim.event.id}")
    assert len(names) == 8
    assert not [name for name in names if text(name).startswith("c:")]
    assert ledger.redis.hget(f"gs:event:{claim.event.id}", "variants") == b"8"
    work = take_event(ledger)
    assert (work.body, work.event.confirmed) == (body_of(total=1000), False)
