"""What is said about a Redis that could lose or refuse work."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.safety import redis_warnings, refusal_in_words


@pytest.fixture
def own(tmp_path: Path) -> Iterator[redis.Redis]:
    """A server of the test's own, to spoil."""
    with EmbeddedRedis(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        yield client


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("appendonly", "no", "appendonly is off: a restart of Redis loses work"),
        (
            "appendfsync",
            "everysec",
            "appendfsync is everysec: when Redis or its machine dies, the last second",
        ),
        ("appendfsync", "no", "appendfsync is no: "),
        ("maxmemory-policy", "allkeys-lru", "maxmemory-policy is allkeys-lru: short of memory"),
    ],
)
def test_an_unsafe_setting_is_named_with_its_cure(
    own: redis.Redis, name: str, value: str, words: str
) -> None:
    """One sentence for each: what it is, what it costs, what to set."""
    own.config_set(name, value)
    [warning] = redis_warnings(own)
    assert warning.startswith(words)
    assert f"set `{name} " in warning


def test_all_that_is_wrong_is_told(own: redis.Redis) -> None:
    """Several problems give several sentences."""
    own.config_set("appendfsync", "everysec")
    own.config_set("maxmemory-policy", "volatile-ttl")
    assert len(redis_warnings(own)) == 2


def test_a_replica_is_named(own: redis.Redis) -> None:
    """A server that follows another refuses writes, so it cannot hold the ledger."""
    own.replicaof("127.0.0.1", "1")
    assert "This Redis is a replica and refuses writes: point REDIS_URL at the primary." in redis_warnings(
        own
    )


def test_an_old_server_is_named(redis: redis.Redis) -> None:
    """Servers before 6.2 lack commands that the ledger needs."""
    redis.set_response_callback("INFO", lambda *_, **__: {"redis_version": "6.0.16", "role": "master"})
    assert redis_warnings(redis) == ["Redis 6.0.16 is too old: install 6.2 or newer."]


def test_a_server_that_hides_its_configuration_is_named(own: redis.Redis) -> None:
    """Hosted servers often forbid CONFIG: then the operator has to make sure."""
    own.acl_setuser("app", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-config"])
    port = own.connection_pool.connection_kwargs["port"]
    with redis.Redis(port=port, username="app", password="any") as client:
        [warning] = redis_warnings(client)
    assert warning.startswith("Redis does not permit CONFIG, so its safety is not known: make sure that")


def test_clients_that_decode_are_served_too(redis_url: str) -> None:
    """The kind of client makes no difference."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        assert redis_warnings(client) == []


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        (redis.exceptions.OutOfMemoryError("command not allowed"), "raise maxmemory"),
        (redis.ResponseError("OOM command not allowed"), "raise maxmemory"),
        (redis.exceptions.ReadOnlyError("You can't write"), "point REDIS_URL at the primary"),
        (redis.BusyLoadingError("Redis is loading"), "still loading"),
        (redis.ResponseError("MISCONF Redis is configured to save"), "free space"),
        (redis.ResponseError("BUSY Redis is busy"), "SCRIPT KILL"),
        (redis.AuthenticationError("WRONGPASS invalid"), "password"),
        (redis.exceptions.NoPermissionError("this user"), "ACL"),
        (redis.ResponseError("UNBLOCKED force unblock"), "refused the command (UNBLOCKED)"),
        (redis.ResponseError("secret-of-a-client is wrong"), "refused the command (ResponseError)"),
    ],
)
def test_a_refusal_is_said_with_its_cure(error: Exception, cure: str) -> None:
    """Whoever reads the log knows what to do, and reads nothing of what was being written."""
    assert cure in refusal_in_words(error)
    assert "secret" not in refusal_in_words(error)
