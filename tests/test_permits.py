"""Permits: the limiter as one run sees it."""

import redis as redis_client

from gigstack_events.fence import Fence
from gigstack_events.limiter import Permits
from tests.buckets import SLOW, kept, limiter, pass_time, passed


class Run:
    """The permits of one run, with its pauses noted instead of made."""

    def __init__(self, client: "redis_client.Redis", rate: float = SLOW) -> None:
        self.client = client
        self.fence = Fence(5)
        self.slept: list[float] = []
        self.shared = limiter(client, rate)
        self.permits = Permits(self.shared, self.fence, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        """Let the tests' time pass."""
        self.slept.append(seconds)
        pass_time(self.client, seconds)

    @property
    def left(self) -> float:
        """The tokens that the bucket holds."""
        return kept(self.client, "all")


def test_a_write_uses_the_token_that_was_taken_for_it(redis: "redis_client.Redis") -> None:
    """One round trip in all: the write itself asks for nothing."""
    run = Run(redis)
    assert run.permits.reserve() == 0
    before = redis.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0)
    run.fence.open()
    assert run.permits.take(write=True) == 0
    assert redis.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0) == before
    run.permits.give_back()
    assert run.left == 0.5


def test_a_token_that_no_write_used_goes_to_the_next_effect_or_back(redis: "redis_client.Redis") -> None:
    """An effect that finds its act done costs nothing in the end."""
    run = Run(redis)
    run.permits.reserve()
    run.permits.reserve()
    assert run.left == 0.5
    run.permits.give_back()
    run.permits.give_back()
    assert run.left == 1.5


def test_a_moment_is_waited_for_and_more_is_not(redis: "redis_client.Redis") -> None:
    """A token due in a tenth of a second is waited for; for one that is far the run makes room."""
    run = Run(redis, 100)
    run.shared.refused(0.2)
    assert run.permits.reserve() == 0
    assert len(run.slept) == 1
    run.shared.refused(60)
    again = Run(redis)
    assert again.permits.reserve() > 50
    assert again.slept == []


def test_a_run_that_has_to_wait_asks_once(redis: "redis_client.Redis") -> None:
    """Its other effects are told the same time, so that one run takes one turn."""
    run = Run(redis)
    run.shared.refused(60)
    first = run.permits.reserve()
    turn = redis.hget("gs:rate:live", "turn:all")
    assert 0 <= first - run.permits.reserve() < 1
    assert redis.hget("gs:rate:live", "turn:all") == turn


def test_reads_inside_an_effect_do_not_wait(redis: "redis_client.Redis") -> None:
    """Nothing waits between the go-ahead and the write; the token is owed, and others wait for it."""
    run = Run(redis)
    passed(redis, run.shared)
    run.fence.open()
    assert run.permits.take(write=False) == 0
    assert run.left < 0
    run.fence.close()
    assert run.permits.take(write=False) > 0
