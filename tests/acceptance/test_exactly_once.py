"""Every receipt becomes one CFDI: through the real receiver, Redis and four workers, in quiet and under fire.

The evidence is the sandbox's journal, never our own ledger.
"""

import collections
import itertools
import os
import random
import signal
import time
from functools import partial
from pathlib import Path

from tests.stack import Stack, eventually

CLIENTS = 200
PAYMENTS = 500
RECEIPTS_EACH = 3


def pay_all(stack: Stack, payments: int, clients: int, seed: int) -> int:
    """Let clients pay in random order; each event is sent up to twice, some receipts come late."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    known = [stack.sandbox.pay(receipts=0, send=False)["client"] for _ in range(clients)]
    for n in range(payments):
        stack.sandbox.pay(
            client=known[n % clients] if n < clients else rng.choice(known),
            receipts=RECEIPTS_EACH,
            duplicates=rng.choice([0, 0, 0, 0, 0, 0, 0, 1, 1, 1]),
            reorder=rng.choice([0.0, 1.0, 3.0]),
            receipt_events=rng.random() < 0.3,
        )
    return payments * RECEIPTS_EACH


def assert_each_stamped_once(stack: Stack, receipts: int) -> None:
    """The sandbox's own books: as many receipts, each with one CFDI, none pending."""
    made = collections.Counter(cfdi["receipt"] for cfdi in stack.sandbox.journal()["cfdis"])
    twice = {receipt: count for receipt, count in made.items() if count > 1}
    assert twice == {}, f"{len(twice)} receipts have more than one CFDI"
    summary = stack.sandbox.summary()
    assert summary["receipts"] == receipts
    assert (len(made), summary["receipts_pending"]) == (receipts, 0)


def assert_one_at_a_time_per_client(stack: Stack) -> None:
    """No two stamps of one client overlap, from the call's arrival to the CFDI."""
    journal = stack.sandbox.journal()
    arrived = {call["n"]: call["at"] for call in journal["calls"]}
    spans: dict[str, list[tuple[int, int]]] = collections.defaultdict(list)
    for cfdi in journal["cfdis"]:
        spans[cfdi["client"]].append((arrived[cfdi["call"]], cfdi["at"]))
    for client, times in spans.items():
        for (_, ended), (began, _) in itertools.pairwise(sorted(times)):
            assert ended <= began, f"two stamps of {client} overlap"


def test_each_receipt_is_stamped_once(tmp_path: Path) -> None:
    """1,500 receipts of 200 clients, 30 % of deliveries twice, in random order, half the receipts late."""
    with Stack(tmp_path, stamp_delay=(0.01, 0.06), seed=11) as stack:
        receipts = pay_all(stack, PAYMENTS, CLIENTS, seed=11)
        stack.settle(within=100)
        assert_each_stamped_once(stack, receipts)
        assert_one_at_a_time_per_client(stack)
        assert {run["state"] for run in stack.runs()} == {"done"}


def kill_one(stack: Stack, rng: random.Random) -> int:
    """SIGKILL a worker; returns how many were killed (none may be alive just now)."""
    pids = stack.worker_pids()
    if pids:
        os.kill(rng.choice(pids), signal.SIGKILL)
    return bool(pids)


def pay_and_kill_in_mid_stamp(stack: Stack, rng: random.Random, rounds: int) -> int:
    """With nothing queued, four clients pay, and a worker is killed while its stamp is on its way.

    The others are idle then and take the orphan up at once, before the API shows what became of it.
    """
    stack.sandbox.call("POST", "/_sandbox/faults", {"op": "receipts.stamp", "kind": "slow", "seconds": 0.5})
    killed = 0
    for _ in range(rounds):
        before = stack.sandbox.summary()["calls"]
        for _ in range(4):
            stack.sandbox.pay(receipts=1, late=0)
        eventually(partial(stamps_under_way, stack, before), within=20)
        killed += kill_one(stack, rng)
    return killed


def stamps_under_way(stack: Stack, since: int) -> int:
    """How many stamps have arrived at the API and are not answered."""
    calls = stack.sandbox.journal()["calls"][since:]
    return sum(call["op"] == "receipts.stamp" and call["status"] is None for call in calls)


def test_each_receipt_is_stamped_once_while_workers_are_killed(tmp_path: Path) -> None:
    """Half as many while a worker is killed every second; then fifteen times in the middle of a stamp."""
    seed = 12
    rng = random.Random(seed)
    with Stack(tmp_path, env={"GIGSTACK_CRASH_BOUND": "50"}, stamp_delay=(0.01, 0.06), seed=seed) as stack:
        eventually(lambda: len(stack.worker_pids()) == 4)
        receipts = pay_all(stack, PAYMENTS // 2, CLIENTS, seed)
        kills, until = 0, time.monotonic() + 100
        while stack.open_work() and time.monotonic() < until:
            kills += kill_one(stack, rng)
            time.sleep(1.0)
        kills += pay_and_kill_in_mid_stamp(stack, rng, rounds=15)
        stack.settle(within=60)
        print(f"{kills} kills")
        assert kills >= 20
        assert_each_stamped_once(stack, receipts + 60)
        states = collections.Counter(run["state"] for run in stack.runs())
        assert set(states) == {"done"}, states
