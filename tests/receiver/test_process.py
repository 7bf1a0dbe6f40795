"""The receiver as a process: start, rotation of secrets, Redis that goes and comes back, end."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import redis as redis_client

from gigstack_events.embedded import EmbeddedRedis
from tests.receiver.making import BODY, OTHER, SECRET, TOKEN, standard
from tests.stack import ROOT, Program, eventually

NOWHERE = "redis://127.0.0.1:1/0"
Start = Callable[..., "Receiver"]


class Receiver(Program):
    """A receiver on a port of its own choice."""

    def __init__(self, log: Path, **env: str) -> None:
        super().__init__("receiver", "--port", "0", env=env, log=log)
        found = eventually(lambda: re.search(r'"receiver.listening".*"port": (\d+)', self.output))
        self.url = f"http://127.0.0.1:{found[1]}"

    def post(self, headers: dict[str, str], path: str = "", body: bytes = BODY) -> httpx.Response:
        """Send one delivery."""
        return httpx.post(f"{self.url}/webhooks/gigstack{path}", content=body, headers=headers, timeout=5)

    def lines(self, name: str) -> list[dict[str, str]]:
        """The lines of that name in the log, which consists of JSON."""
        lines = (json.loads(line) for line in self.output.splitlines())
        return [line for line in lines if line["message"] == name]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start receivers that end with the test."""
    with ExitStack() as stack:

        def run(**env: str) -> Receiver:
            receiver = Receiver(tmp_path / "receiver.log", **env)
            stack.callback(receiver.kill)
            return receiver

        yield run


def fresh(secret: str = SECRET, body: bytes = BODY) -> dict[str, str]:
    """The headers of a delivery that is signed now."""
    return standard(body, secret=secret, at=time.time())


def run_badly(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a receiver that is expected not to start."""
    command = [sys.executable, "-m", "receiver", *(args or ("--port", "0"))]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=30, check=False)


def test_nothing_configured_is_told_and_ends_with_2() -> None:
    """Without a verifier the door stays shut, and the operator reads why and what else is missing."""
    ended = run_badly()
    assert ended.returncode == 2
    assert "GIGSTACK_VERIFY: " in ended.stderr
    assert "REDIS_URL: " in ended.stderr
    assert "Traceback" not in ended.stderr


def test_all_problems_are_told_at_once() -> None:
    """What is wrong is listed line by line, by the names of the variables."""
    ended = run_badly(GIGSTACK_VERIFY="standard,none", GIGSTACK_MAX_BODY="much", GIGSTACK_VERYFI="x")
    assert ended.returncode == 2
    for name in ("GIGSTACK_VERIFY", "GIGSTACK_WEBHOOK_SECRETS", "GIGSTACK_MAX_BODY", "GIGSTACK_VERYFI"):
        assert name in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("url", ["redis://host:port/0", "redis://[::1/0", "redis://127.0.0.1:65536/0"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    """A mistyped REDIS_URL is the operator's to mend, not a defect."""
    ended = run_badly(GIGSTACK_VERIFY="none", REDIS_URL=url)
    assert (ended.returncode, "REDIS_URL: " in ended.stderr) == (2, True)
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("port", ["99999", "-1", "http", "9" * 5000])
def test_a_port_that_is_none_is_told(port: str) -> None:
    """A port beyond the last one does not wrap around to another."""
    ended = run_badly(f"--port={port}", GIGSTACK_VERIFY="none", REDIS_URL="what is looked at later")
    assert (ended.returncode, "--port: a port is a number from 0 to 65535" in ended.stderr) == (2, True)


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("127.0.0.1", "Address already in use"),
        ("no.such.host.invalid", "N"),  # the words are the resolver's
        ("a" * 70, "Not a host name"),
    ],
)
def test_where_it_cannot_listen_is_told(host: str, why: str) -> None:
    """A port in use or a host that is none ends the start in one sentence that says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_badly("--host", host, "--port", str(port), GIGSTACK_VERIFY="none", REDIS_URL=NOWHERE)
    assert (ended.returncode, ended.stdout) == (2, "")
    told = ended.stderr.splitlines()
    assert told[0] == "The receiver cannot start:"
    assert told[1].startswith(f"--host {host} --port {port}: {why}")
    assert told[1].endswith("; end the program that listens there, or choose another")
    assert len(told) == 2


def test_a_ledger_of_another_schema_is_refused(redis: redis_client.Redis, redis_url: str) -> None:
    """A door of the version before does not open on a ledger that has been migrated."""
    redis.set("gs:schema", 99)
    ended = run_badly(GIGSTACK_VERIFY="none", REDIS_URL=redis_url)
    assert (ended.returncode, "schema 99" in ended.stderr) == (2, True)
    assert "Traceback" not in ended.stderr


def test_starts_without_redis_and_ends_in_good_order(start: Start) -> None:
    """Redis may come later: until then the receiver is alive, not ready, and answers 503."""
    receiver = start(REDIS_URL=NOWHERE, GIGSTACK_VERIFY="token", GIGSTACK_WEBHOOK_TOKENS=TOKEN)
    assert receiver.lines("redis.unreachable")
    assert httpx.get(f"{receiver.url}/healthz").status_code == 200
    assert httpx.get(f"{receiver.url}/readyz").status_code == 503
    assert receiver.post({}, f"/{TOKEN}").status_code == 503
    assert receiver.stop() == 0
    assert "Traceback" not in receiver.output


def test_redis_goes_and_comes_back(start: Start, tmp_path: Path) -> None:
    """While Redis is away the answer is 503 within 2 s; afterwards all that was accepted is still there."""
    with EmbeddedRedis(tmp_path / "redis") as server:
        receiver = start(REDIS_URL=server.url, GIGSTACK_VERIFY="standard", GIGSTACK_WEBHOOK_SECRETS=SECRET)
        bodies = [BODY.replace(b"evt_1", b"evt_%d" % number) for number in range(5)]
        ids = {receiver.post(fresh(body=body), body=body).json()["event"] for body in bodies}
        server.stop()
        for _ in range(3):
            began = time.monotonic()
            answer = receiver.post(fresh())
            assert time.monotonic() - began < 2
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        server.start()
        eventually(lambda: receiver.post(fresh()).status_code == 202)
        with redis_client.Redis.from_url(server.url, decode_responses=True) as client:
            assert set(client.zrange("gs:events", 0, -1)) == ids


def test_redis_that_hangs_is_503_in_time(start: Start, tmp_path: Path) -> None:
    """A server that takes the connection and never answers is no better than none."""
    with EmbeddedRedis(tmp_path / "redis") as server:
        receiver = start(REDIS_URL=server.url, GIGSTACK_VERIFY="none")
        assert receiver.post({}).status_code == 202
        assert server.process
        server.process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert receiver.post({}).status_code == 503
            assert time.monotonic() - began < 2
        finally:
            server.process.send_signal(signal.SIGCONT)
        eventually(lambda: receiver.post({}).status_code == 202)


def test_secrets_rotate_on_sighup(start: Start, redis_url: str, tmp_path: Path) -> None:
    """A new secrets file counts at once, in the same process; a bad one leaves the old secrets in force."""
    secrets = tmp_path / "secrets"
    secrets.write_text(SECRET)
    receiver = start(
        REDIS_URL=redis_url, GIGSTACK_VERIFY="standard", GIGSTACK_WEBHOOK_SECRETS_FILE=str(secrets)
    )

    def rotate(text: str, heard: str, times: int) -> tuple[int, int]:
        secrets.write_text(text)
        receiver.process.send_signal(signal.SIGHUP)
        eventually(lambda: len(receiver.lines(heard)) == times)
        return receiver.post(fresh(SECRET)).status_code, receiver.post(fresh(OTHER)).status_code

    assert receiver.post(fresh(OTHER)).status_code == 401
    assert rotate(f"{OTHER} {SECRET}", "secrets.reloaded", 1) == (202, 202)
    assert rotate(OTHER, "secrets.reloaded", 2) == (401, 202)
    assert rotate("whsec_!!!", "secrets.kept", 1) == (401, 202)
    assert "GIGSTACK_WEBHOOK_SECRETS" in receiver.lines("secrets.kept")[0]["reason"]
    assert not any(secret in receiver.output for secret in (SECRET, OTHER, "whsec_!!!"))


def test_the_token_never_reaches_the_log(start: Start, redis_url: str) -> None:
    """Not from good requests, nor from refused, misdirected or broken ones."""
    receiver = start(
        REDIS_URL=redis_url,
        GIGSTACK_VERIFY="token",
        GIGSTACK_WEBHOOK_TOKENS=TOKEN,
        GIGSTACK_LOG_LEVEL="debug",
    )
    codes = [
        receiver.post({}, f"/{TOKEN}").status_code,
        receiver.post({}, f"/{TOKEN}", b"{").status_code,
        receiver.post({}, f"/{TOKEN}x").status_code,
        receiver.post({}, f"/{TOKEN}/x").status_code,
        httpx.get(f"{receiver.url}/webhooks/gigstack/{TOKEN}").status_code,
        receiver.post({"x": "x" * 20_000}, f"/{TOKEN}").status_code,
        receiver.post({"upgrade": "h2c", "connection": "upgrade"}, f"/{TOKEN}").status_code,
    ]
    assert codes == [202, 202, 401, 404, 405, 431, 400]
    assert receiver.stop() == 0
    assert len(receiver.lines("delivery.accepted")) == 2
    assert TOKEN not in receiver.output
    assert "payment_1" not in receiver.output
