"""How fast deliveries come in: `python -m benchmarks.ingest`.

Three servers, each one uvicorn process on uvloop and httptools: a bare Starlette route; the same with an
HMAC check and JSON parsing; the receiver, with a Redis that writes every event to disk before it answers.
One load process keeps 32 connections busy. The rounds are interleaved, so that a noisy minute of the
machine hits all three: compare the ratios, not the numbers.
"""

import argparse
import asyncio
import base64
import hmac
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gigstack_events.embedded import EmbeddedRedis

KEY = b"a key for a benchmark only"
PATH = "/webhooks/gigstack"
BODY = (
    '{"id":"evt_%s","type":"payment.succeeded","created":%d,"livemode":true,"data":{"object":{'
    '"id":"payment_%s","status":"succeeded","total":1160.0,"subtotal":1000.0,"taxes":160.0,'
    '"currency":"MXN","exchange_rate":1,"payment_form":"03","items":[{"description":"Consultoría",'
    '"product_key":"80101500","unit_key":"E48","unit_price":1000.0,"quantity":1,"taxes":'
    '[{"type":"IVA","rate":0.16,"factor":"Tasa","withholding":false,"inclusive":false}]}],'
    '"client":{"id":"client_12","legal_name":"Una clienta","tax_id":"XAXX010101000"},"metadata":{},'
    '"invoices":[],"receipts":["receipt_1","receipt_2","receipt_3"],"team":"team_1","livemode":true}}}'
)
SERVERS = {
    "bare": "bare Starlette route",
    "hmac": "the same, HMAC and JSON",
    "receiver": "the receiver and Redis",
}


@dataclass
class Round:
    """What one burst of requests showed: requests per second, and latencies in ms."""

    rate: float
    latencies: list[float] = field(repr=False)


class Caller(asyncio.Protocol):
    """One connection that sends its next request when the last answer is complete."""

    good = b"HTTP/1.1 202"

    def __init__(self, requests: Iterator[bytes], latencies: list[float]) -> None:
        self.requests = requests
        self.latencies = latencies
        self.answer = b""
        self.sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's classes are not asyncio's
        self.send()

    def send(self) -> None:
        """Send the next request, or close when there is none."""
        request = next(self.requests, None)
        self.sent = time.perf_counter()
        if request is None:
            self.transport.close()
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Collect the answer; it has to be a good one."""
        self.answer += data
        head, end, body = self.answer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head) if end else None
        if length is None or len(body) < int(length[1]):
            return
        self.latencies.append((time.perf_counter() - self.sent) * 1000)
        if not head.startswith(self.good):
            self.done.set_exception(RuntimeError(self.answer.decode()))
            self.transport.close()
            return
        self.answer = b""
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        """End this connection's part of the round."""
        if not self.done.done():
            self.done.set_result(None)


def make_requests(count: int, label: str) -> list[bytes]:
    """Sign `count` deliveries of different events, before the clock runs."""
    now = int(time.time())
    requests = []
    for number in range(count):
        id = f"{label}{number:06}"
        body = (BODY % (id, now * 1000, id)).encode()
        digest = hmac.digest(KEY, b"evt_%b.%d.%b" % (id.encode(), now, body), "sha256")
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: benchmark\r\nAccept: */*\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nwebhook-id: evt_{id}\r\n"
            f"webhook-timestamp: {now}\r\nwebhook-signature: v1,{base64.b64encode(digest).decode()}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    return requests


async def call(port: int, requests: list[bytes], connections: int, caller: type[Caller] = Caller) -> Round:
    """Send all requests over so many connections."""
    loop = asyncio.get_running_loop()
    queue, latencies = iter(requests), list[float]()
    started = time.perf_counter()
    opened = [
        await loop.create_connection(lambda: caller(queue, latencies), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in opened))
    return Round(len(latencies) / (time.perf_counter() - started), latencies)


async def bare(request: Request) -> Response:
    """Answer as the receiver does, for nothing."""
    return JSONResponse({"status": "accepted"}, 202)


async def checked(request: Request) -> Response:
    """Read, check and parse the delivery, as briefly as that can be written."""
    body, headers = await request.body(), request.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.digest(KEY, signed, "sha256")).decode()
    if not hmac.compare_digest(headers["webhook-signature"], f"v1,{right}"):
        return JSONResponse({"status": "refused"}, 401)
    event = json.loads(body)
    return JSONResponse({"status": "accepted", "event": event["id"]}, 202)


def serve(name: str, port: int) -> None:
    """Run one of the two yardsticks."""
    app = Starlette(routes=[Route(PATH, bare if name == "bare" else checked, methods=["POST"])])
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", log_config=None, access_log=False)


@contextmanager
def running(name: str, port: int, redis_url: str, folder: Path) -> Iterator[None]:
    """Start a server process, wait until it listens, and end it."""
    command = [sys.executable, "-m", "benchmarks.ingest", "--serve", name, "--port", str(port)]
    if name == "receiver":
        command = [sys.executable, "-m", "receiver", "--port", str(port)]
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIGSTACK_")}
    env |= {"REDIS_URL": redis_url, "GIGSTACK_VERIFY": "standard"}
    env["GIGSTACK_WEBHOOK_SECRETS"] = "whsec_" + base64.b64encode(KEY).decode()
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)  # noqa: S603 - our own programs
    try:
        wait_for(port, process)
        yield
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Return when something listens on the port."""
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit("a server did not start")


def report(results: dict[str, list[Round]]) -> None:
    """Print medians over the rounds, and each rate as a part of the second one's."""
    rates = {name: statistics.median(round.rate for round in rounds) for name, rounds in results.items()}
    print(f"{'':26}{'requests/s':>12}{'(least-most)':>16}{'p50 ms':>9}{'p99 ms':>9}{'ratio':>8}")
    for name, rounds in results.items():
        ms = sorted(ms for round in rounds for ms in round.latencies)
        spread = f"{min(round.rate for round in rounds):.0f}-{max(round.rate for round in rounds):.0f}"
        ratio = rates[name] / rates["hmac"]
        print(
            f"{SERVERS[name]:26}{rates[name]:12.0f}{spread:>16}"
            f"{ms[len(ms) // 2]:9.2f}{ms[int(len(ms) * 0.99)]:9.2f}{ratio:8.2f}"
        )


def main() -> None:
    """Run all rounds and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=8000, help="in each round, for each server")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--serve", choices=("bare", "hmac"), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.port)
        return
    results: dict[str, list[Round]] = {name: [] for name in SERVERS}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(EmbeddedRedis(folder / "redis"))
        ports = {name: free_port() for name in SERVERS}
        for name, port in ports.items():
            stack.enter_context(running(name, port, redis.url, folder))
        runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        for number in range(options.rounds + 1):  # the first is for warming up
            for name, port in ports.items():
                requests = make_requests(options.requests, f"{name}{number}_")
                result = runner.run(call(port, requests, options.connections))
                results[name] += [result] if number else []
    report(results)


if __name__ == "__main__":
    main()
