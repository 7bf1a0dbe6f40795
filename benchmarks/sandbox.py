"""How soon the sandbox is there, and how many calls it answers: `python -m benchmarks.sandbox`.

Beside it stands a bare Starlette route, one uvicorn process as well. A start is counted from the process's
start to its first answer. The calls are those of a handler's day on a made-up business: reads, lists and
searches, and every fifth a write (a client, a payment, a receipt, a stamp that takes no time), each of which
makes events. One load process keeps 8 connections busy. Aims: a start in 1 s, 300 calls a second on 2 cores.
Rounds are interleaved: compare the ratios, not the numbers.
"""

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import uvloop

from benchmarks.ingest import Caller, Round, call, free_port
from gigstack_events.sandbox.process import SandboxProcess

BARE = "bare Starlette route"
EMPTY = "the sandbox"
BUSINESS = "the sandbox, 20 clients"
CLIENTS = 20
YARDSTICK = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def answer(request):
    return JSONResponse({"success": True})

app, quiet = Starlette(routes=[Route("/", answer)]), {"log_config": None, "access_log": False}
uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", **quiet)
"""


class ApiCaller(Caller):
    """Wants what the API answers."""

    good = b"HTTP/1.1 200"


def request(method: str, path: str, body: object = None) -> bytes:
    """Write a call as it goes over the wire."""
    content = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nUser-Agent: benchmark\r\n"
        f"Authorization: Bearer sk_live_sandbox\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def ids(sandbox: SandboxProcess, path: str) -> list[str]:
    """Fetch ids to ask for."""
    return [row["id"] for row in sandbox.call("GET", f"{path}?limit=100")["data"]]


def make_calls(sandbox: SandboxProcess, count: int, seed: int) -> list[bytes]:
    """Draw up the calls of a round; what is stamped is paid for before the clock runs."""
    choices = random.Random(seed)  # noqa: S311 - seeded choices, not secrets
    clients, receipts, payments = (ids(sandbox, f"/{name}") for name in ("clients", "receipts", "payments"))
    fresh = iter(sandbox.pay(receipts=count // 20 + 1, late=0, send=False)["receipts"])

    def sale() -> dict[str, Any]:
        items = [{"description": "Servicio", "quantity": 2, "unit_price": 100.5}]
        return {"client": {"id": choices.choice(clients)}, "items": items, "payment_form": "03"}

    kinds: list[tuple[int, Callable[[], bytes]]] = [
        (5, lambda: request("GET", f"/v2/receipts/{choices.choice(receipts)}")),
        (3, lambda: request("GET", f"/v2/payments/{choices.choice(payments)}")),
        (3, lambda: request("GET", f"/v2/clients/{choices.choice(clients)}")),
        (2, lambda: request("GET", f"/v2/receipts?limit=10&client_id={choices.choice(clients)}")),
        (1, lambda: request("GET", "/v2/payments?limit=10")),
        (1, lambda: request("GET", "/v2/invoices/income?limit=10")),
        (1, lambda: request("GET", "/v2/clients/search?q=comercial")),
        (1, lambda: request("POST", "/v2/clients", {"name": "Ana", "email": "ana@example.mx"})),
        (1, lambda: request("POST", "/v2/payments/register", sale())),
        (1, lambda: request("POST", "/v2/receipts", sale())),
        (1, lambda: request("POST", f"/v2/receipts/{next(fresh)}/stamp", {})),
    ]
    deck = [make for share, make in kinds for _ in range(share)]
    calls = [deck[number % len(deck)]() for number in range(count)]
    choices.shuffle(calls)
    return calls


def start_of(name: str) -> float:
    """Return how many seconds pass from a start to the first answer."""
    if name != BARE:
        began = time.perf_counter()
        with SandboxProcess(business=CLIENTS if name == BUSINESS else 0):
            return time.perf_counter() - began
    port, began = free_port(), time.perf_counter()
    with bare(port):
        return time.perf_counter() - began


@contextmanager
def bare(port: int) -> Iterator[None]:
    """Run the yardstick, from its first answer on."""
    process = subprocess.Popen([sys.executable, "-c", YARDSTICK, str(port)])  # noqa: S603 - our own program
    try:
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.01)
        yield
    finally:
        process.terminate()
        process.wait()


def measure_starts(rounds: int) -> None:
    """Start each some times and print the medians."""
    starts: dict[str, list[float]] = {name: [] for name in (BARE, EMPTY, BUSINESS)}
    for _ in range(rounds):
        for name, seconds in starts.items():
            seconds.append(start_of(name))
    print(f"{'start to first answer':26}{'seconds':>10}{'(least-most)':>16}{'ratio':>8}")
    for name, seconds in starts.items():
        middle, spread = statistics.median(seconds), f"{min(seconds):.2f}-{max(seconds):.2f}"
        print(f"{name:26}{middle:10.2f}{spread:>16}{middle / statistics.median(starts[BARE]):8.2f}")


def measure_calls(rounds: int, count: int, connections: int) -> None:
    """Call each in turn and print the medians."""
    results: dict[str, list[Round]] = {BARE: [], EMPTY: []}
    with ExitStack() as stack:
        port = free_port()
        stack.enter_context(bare(port))
        sandbox = stack.enter_context(SandboxProcess(business=CLIENTS, stamp_delay=(0, 0), seed=7))
        runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        own = int(sandbox.url.rsplit(":", 1)[1])
        plain = [request("GET", "/")] * count
        for number in range(rounds + 1):  # the first is for warming up
            calls = make_calls(sandbox, count, number)
            both = {
                BARE: runner.run(call(port, plain, connections, ApiCaller)),
                EMPTY: runner.run(call(own, calls, connections, ApiCaller)),
            }
            for name, result in both.items():
                results[name] += [result] if number else []
    report(results)


def report(results: dict[str, list[Round]]) -> None:
    """Print medians over the rounds, and each rate as a part of the first one's."""
    rates = {name: statistics.median(round.rate for round in rounds) for name, rounds in results.items()}
    print(f"{'calls':26}{'a second':>10}{'(least-most)':>16}{'p50 ms':>9}{'p99 ms':>9}{'ratio':>8}")
    for name, rounds in results.items():
        ms = sorted(ms for round in rounds for ms in round.latencies)
        spread = f"{min(round.rate for round in rounds):.0f}-{max(round.rate for round in rounds):.0f}"
        print(
            f"{'calls to ' + name:26}{rates[name]:10.0f}{spread:>16}{ms[len(ms) // 2]:9.2f}"
            f"{ms[int(len(ms) * 0.99)]:9.2f}{rates[name] / rates[BARE]:8.2f}"
        )


def main() -> None:
    """Run all rounds and print two tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=3000, help="in each round")
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    measure_starts(options.rounds)
    print()
    measure_calls(options.rounds, options.requests, options.connections)


if __name__ == "__main__":
    main()
