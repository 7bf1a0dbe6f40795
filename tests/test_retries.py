"""Retry policies: how long a failure waits, what bounds the tries, what its kind changes."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigstack_events import Retry, on
from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.errors import ConfigurationError
from gigstack_events.ledger import Ledger
from gigstack_events.routing import Rule
from tests.making import claimed, pass_time, rule, sweep, take_run

POLICIES = [
    Retry(),
    Retry(3, 1.5, 9),
    Retry(age=86_400),
    Retry(kinds={"TimeoutError": Retry(attempts=3, age=60), "ValueError": None, "memory": None}),
]


@given(st.integers(1, 1000), st.integers())
def test_backoff_has_full_jitter_under_a_cap(failures: int, seed: int) -> None:
    """A delay lies between nothing and the doubled base, never over the cap, and ends with the attempts."""
    policy = Retry(attempts=500, base=2, cap=60)
    delay = policy.delay(failures, random.Random(seed))
    if failures >= 500:
        assert delay is None
    else:
        assert delay is not None
        assert 0 <= delay <= min(60, 2 * 2 ** min(failures, 32))


@pytest.mark.parametrize("policy", POLICIES)
def test_policy_survives_ledger_and_pipe(policy: Retry) -> None:
    """It is data: JSON gives the same policy back, alone and in a rule's snapshot."""
    assert Retry.of_list(json.loads(json.dumps(policy.to_list()))) == policy
    original = rule("r", "payment.*", retry=policy)
    assert Rule.restore(original.snapshot()) == original


def test_policy_is_frozen_and_hashable() -> None:
    """Nobody changes a policy behind a handler's back, not even through the mapping it was made of."""
    kinds: dict[str, Retry | None] = {"ValueError": None}
    policy = Retry(kinds=kinds)
    kinds["KeyError"] = None
    assert list(policy.kinds) == ["ValueError"]
    assert hash(policy) == hash(Retry(kinds={"ValueError": None}))
    with pytest.raises(TypeError):
        policy.kinds["KeyError"] = None  # type: ignore[index]


@pytest.mark.parametrize(
    ("retry", "cure"),
    [
        (3, "write Retry"),
        (Retry(attempts=0), "count from 1"),
        (Retry(attempts=True), "count from 1"),
        (Retry(attempts="3"), "count from 1"),  # type: ignore[arg-type]
        (Retry(base=-1), "give seconds"),
        (Retry(cap=float("nan")), "give seconds"),
        (Retry(age=0), "give seconds above 0"),
        (Retry(age="1 day"), "give seconds above 0"),  # type: ignore[arg-type]
        (Retry(kinds=["ValueError"]), "write kinds="),  # type: ignore[arg-type]
        (Retry(kinds={ValueError: None}), "name it as text, 'ValueError'"),  # type: ignore[dict-item]
        (Retry(kinds={"httpx.TimeoutException": None}), "without its module"),
        (Retry(kinds={"Park": None}), "it is no failure"),
        (Retry(kinds={"ValueError": 3}), "for 'ValueError' 3: write Retry"),  # type: ignore[dict-item]
        (Retry(kinds={"ValueError": Retry(kinds={"KeyError": None})}), "in the outer Retry"),
    ],
)
def test_nonsense_is_refused_with_the_cure(retry: Any, cure: str) -> None:
    """A policy that cannot work is told where the handler is made, not at the first failure."""
    with pytest.raises(ConfigurationError, match="has a retry policy with") as told:
        on("payment.*", retry=retry)(lambda event, ctx: None)
    assert cure in str(told.value)


def test_delay_survives_a_restart_of_redis(tmp_path: Path) -> None:
    """A run that waits stands in the ledger with its time: a killed Redis makes it neither early nor lost."""
    with EmbeddedRedis(tmp_path / "redis") as server:
        ledger = Ledger.at(server.url)
        claim = claimed(ledger, server.url)
        ledger.finish(claim.run.id, claim.token, "waiting", delay_ms=600_000, failures=1)
        due = ledger.redis.hget(f"gs:run:{claim.run.id}", "due")
        server.kill()
        server.start()
        assert ledger.redis.hget(f"gs:run:{claim.run.id}", "due") == due
        pass_time(ledger, 590_000)
        sweep(ledger)
        assert take_run(ledger, "early") is None
        pass_time(ledger, 10_001)
        sweep(ledger)
        again = take_run(ledger, "in time")
        assert again
        assert (again.run.id, again.run.failures) == (claim.run.id, 1)
        ledger.redis.close()
