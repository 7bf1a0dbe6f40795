"""What all tests share: a real Redis, empty for each test."""

from collections.abc import Iterator

import hypothesis
import pytest
import redis as redis_client

from gigstack_events.embedded import EmbeddedRedis

# A busy machine is no failure. What failed can be repeated from the printed blob.
hypothesis.settings.register_profile(
    "project", deadline=None, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("project")


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """A server of our own for the whole session."""
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: EmbeddedRedis) -> str:
    """The address of an empty Redis."""
    with redis_client.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture
def redis(redis_url: str) -> Iterator[redis_client.Redis]:
    """A client of an empty Redis."""
    with redis_client.Redis.from_url(redis_url) as client:
        yield client
