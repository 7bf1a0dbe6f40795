"""The limiter: what all who share a Redis may do together, on the tests' clock."""

import threading
import time
from itertools import pairwise

import pytest
import redis as redis_client

from gigstack_events.ledger.ledger import connect
from gigstack_events.limiter import Limiter, Limiters
from gigstack_events.sandbox.limits import Limit
from gigstack_events.sandbox.replies import Problem
from tests.buckets import RATE, SLOW, kept, limiter, now, pass_time, passed, per_second


def test_a_burst_then_the_rate(redis: "redis_client.Redis") -> None:
    """Half a second's calls may go at once, then no more than the rate, whoever asks."""
    one, other = limiter(redis), limiter(redis)
    began = now(redis)
    assert 5 <= passed(redis, one) + passed(redis, other) <= 6 + RATE * (now(redis) - began)
    assert per_second(redis, one, other) == pytest.approx(RATE, rel=0.03)


def test_each_mode_has_its_own(redis: "redis_client.Redis") -> None:
    """A test that calls much leaves live work alone."""
    passed(redis, limiter(redis, mode="test"))
    assert passed(redis, limiter(redis)) >= 5
    assert {key.decode() for key in redis.scan_iter("gs:rate:*")} == {"gs:rate:live", "gs:rate:test"}


def test_bulk_gets_at_most_half(redis: "redis_client.Redis") -> None:
    """Even where nobody else calls; and what it takes, live work does not get as well."""
    bulk = limiter(redis, lane="bulk")
    passed(redis, bulk)
    assert per_second(redis, bulk) == pytest.approx(RATE / 2, rel=0.05)
    live = limiter(redis)
    passed(redis, live)
    assert per_second(redis, live, bulk) == pytest.approx(RATE, rel=0.03)


def test_a_429_halves_the_rate_once_a_second(redis: "redis_client.Redis") -> None:
    """Ten refusals at one moment are one sign; another a second later is another."""
    one = limiter(redis)
    for _ in range(10):
        one.refused(None)
    assert 5 <= kept(redis, "rate") < 6
    assert one.take() > 0
    pass_time(redis, 1)
    one.refused(None)
    assert 2.5 <= kept(redis, "rate") < 3.5


def test_the_rate_grows_again_up_to_what_is_set(redis: "redis_client.Redis") -> None:
    """Step by step: a sixtieth a second, and never beyond the setting."""
    one = limiter(redis)
    one.refused(None)
    pass_time(redis, 12)
    one.take()
    assert 7 <= kept(redis, "rate") < 8
    pass_time(redis, 3600)
    one.take()
    assert kept(redis, "rate") == RATE


def test_the_rate_never_reaches_nothing(redis: "redis_client.Redis") -> None:
    """However often the API refuses, one call in two seconds is tried."""
    one = limiter(redis)
    for _ in range(20):
        one.refused(None)
        pass_time(redis, 1)
    assert 0 < one.take() <= 2


def test_nobody_calls_before_retry_after_is_over(redis: "redis_client.Redis") -> None:
    """Not in this process, not in another, and there is no burst afterwards."""
    one, other = limiter(redis), limiter(redis, lane="bulk")
    one.refused(30.0)
    assert one.take() > 25
    assert other.take() > 25
    pass_time(redis, 20)
    assert one.take() > 0
    pass_time(redis, 10.5)
    assert 1 <= passed(redis, one) <= 4


def test_an_absurd_retry_after_is_an_hour(redis: "redis_client.Redis") -> None:
    """A slip of the API's shall not stop all work for a year."""
    one = limiter(redis)
    one.refused(1e12)
    assert 3590 < one.take() <= 3600


def test_those_who_wait_come_back_one_by_one(redis: "redis_client.Redis") -> None:
    """Each is told a time of his own, a token apart, so that a backlog does not ask again and again."""
    one = limiter(redis, SLOW)
    passed(redis, one)
    turns = [kept(redis, "turn:all") for _ in range(20) if one.take()]
    assert [later - earlier for earlier, later in pairwise(turns)] == pytest.approx([1000 / SLOW] * 19)
    for turn in turns:
        pass_time(redis, max(turn / 1000 - now(redis), 0) + 0.001)
        assert one.take() == 0


def test_a_token_given_back_is_anothers(redis: "redis_client.Redis") -> None:
    """What was taken and not used is not lost."""
    one, other = limiter(redis, SLOW), limiter(redis, SLOW)
    passed(redis, one)
    one.give()
    assert (other.take(), other.take() > 0) == (0, True)


def test_it_knows_nothing_for_ever(redis: "redis_client.Redis") -> None:
    """A key that is not used any more leaves nothing behind."""
    one = limiter(redis)
    one.refused(3600)
    assert 3_600_000 < redis.pttl("gs:rate:live") <= 7_200_000


def test_script_flush_is_survived(redis: "redis_client.Redis") -> None:
    """A server that has forgotten the script is told it again, and the count goes on."""
    one = limiter(redis, SLOW)
    passed(redis, one)
    redis.script_flush()
    assert one.take() > 0


def test_a_clock_that_is_put_back_stops_nothing(redis: "redis_client.Redis") -> None:
    """After a failover the other server's clock may be behind."""
    one = limiter(redis)
    pass_time(redis, 1000)
    passed(redis, one)
    one.refused(None)
    pass_time(redis, -1000)
    one.refused(None)
    one.take()
    pass_time(redis, 10)
    assert passed(redis, one) > 0


@pytest.mark.parametrize("broken", ["away", "full", "odd"])
def test_trouble_lets_calls_pass(redis: "redis_client.Redis", broken: str) -> None:
    """It is a courtesy: where Redis is away, full or odd, no call fails or waits for it."""
    client = redis
    if broken == "away":
        client = connect("redis://127.0.0.1:1")
    elif broken == "full":
        redis.config_set("maxmemory", 1)
    else:
        redis.set("gs:rate:live", "something else")
    try:
        one = limiter(client)
        one.refused(60.0)
        assert passed(client, one, most=1000) == 1000
        one.give()
    finally:
        redis.config_set("maxmemory", 0)


def test_refusals_become_few_and_most_of_the_limit_is_used(redis: "redis_client.Redis") -> None:
    """An API lets 10 calls a second pass, and we begin with 40: after some seconds both get along."""
    one, api = Limiter(redis, "live", 40.0, recovery=60), Limit(10.0)
    refused: list[int] = []
    for step in range(1200):
        pass_time(redis, 0.05)
        while one.take() == 0:
            try:
                api.take(True, now(redis))
                refused.append(0)
            except Problem as refusal:
                refused.append(1)
                told = (refusal.headers or {}).get("retry-after")
                one.refused(float(told) if told else None)
        if step == 40:
            early = sum(refused) / len(refused)
            refused.clear()
    assert early > 3 * sum(refused) / len(refused)
    assert sum(refused) / len(refused) < 0.04
    assert len(refused) > 58 * 10 * 0.5


def test_many_at_once_share_one_rate(redis_url: str) -> None:
    """Takers on connections of their own get together what one would get."""
    counts: list[int] = []

    def take_all() -> None:
        with redis_client.Redis.from_url(redis_url) as client:
            counts.append(passed(client, Limiter(client, "live", 200.0), most=500))

    threads = [threading.Thread(target=take_all) for _ in range(4)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 100 <= sum(counts) <= 101 + 200 * (time.monotonic() - started)


def test_a_rate_of_nothing_means_no_limiter(redis: "redis_client.Redis") -> None:
    """`GIGSTACK_RATE=0` switches it off; any other rate gives one per mode."""
    assert Limiters(redis, 0, "live").of(True) is None
    limiters = Limiters(redis, RATE, "bulk")
    assert limiters.of(True) is limiters.of(True) is not limiters.of(False) is not None
