"""A ledger with a history, for benchmarks and tests: payments carried out here, and time that passes."""

import asyncio
import os
import random
import uuid
from collections.abc import Iterator, Sequence
from ctypes.util import find_library

import redis

from gigstack_events import Context, Event, on
from gigstack_events.effect_records import Timing
from gigstack_events.engine import Engine, Worker
from gigstack_events.events import normalise
from gigstack_events.gates import Clients, Gates
from gigstack_events.ledger import AsyncLedger, Ledger
from gigstack_events.ledger.records import Claim
from gigstack_events.routing import Handler, Rule, rule_of
from gigstack_events.sandbox.sales.clients import make_client
from gigstack_events.sandbox.sales.payments import make_payment
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import TEAM, Row, Scope
from gigstack_events.sandbox.webhooks.events import new_event

SCOPE: Scope = (True, TEAM)
DAY_MS = 86_400_000
IN_FLIGHT = 256

# Lowers the time that each key has left, and deletes what has run out. ARGV: ms, then keys.
# Reply: how many keys were deleted.
_AGE = """
local deleted = 0
for i = 2, #ARGV do
  local left = redis.call('PTTL', ARGV[i])
  if left >= 0 and left <= tonumber(ARGV[1]) then
    deleted = deleted + redis.call('DEL', ARGV[i])
  elseif left >= 0 then
    redis.call('PEXPIRE', ARGV[i], left - ARGV[1])
  end
end
return deleted
"""


def use_jemalloc() -> str:
    """Let the servers started from here allocate as Redis does in distributions and images; says which way.

    The embedded server was built on the C library's allocator, whose own cost grows with the heap.
    """
    if found := find_library("jemalloc"):
        os.environ["LD_PRELOAD"] = found
        return "jemalloc"
    return "the C library's: its cost grows with the heap; install libjemalloc2 to see the ledger's alone"


def payments(count: int, seed: int = 1) -> Iterator[bytes]:
    """Raw bodies of `payment.succeeded` as the sandbox sends them: three items, three receipts, a client."""
    sandbox, rng = Sandbox(), random.Random(seed)  # noqa: S311 - choices, not secrets
    clients = [_client(sandbox, rng, number) for number in range(max(1, count // 3))]
    for _ in range(count):
        items = [_item(rng.randrange(100, 5000)) for _ in range(3)]
        payment = make_payment(sandbox, SCOPE, rng.choice(clients), "succeeded", items=items)
        payment["receipts"] = [sandbox.receipts.new_id() for _ in range(3)]
        sandbox.payments.remove(payment["id"])
        yield new_event("payment.succeeded", payment, SCOPE).snapshot


def accept_all(url: str, bodies: Sequence[bytes]) -> list[str]:
    """Accept signed deliveries, many at once; returns the internal ids."""
    return asyncio.run(_accept_all(url, bodies))


async def _accept_all(url: str, bodies: Sequence[bytes]) -> list[str]:
    ledger, ids = AsyncLedger(url, timeout=60), []
    for start in range(0, len(bodies), IN_FLIGHT):
        some = bodies[start : start + IN_FLIGHT]
        ids += await asyncio.gather(*(ledger.accept(normalise(body, {}), body, "signed") for body in some))
    await ledger.close()
    return [accepted.id for accepted in ids]


def work_off(ledger: Ledger, *handlers: Handler) -> None:
    """Carry out all that waits in the live lane; by default each payment's first receipt is stamped."""
    chosen = {handler.name: handler for handler in handlers or (stamp_receipts,)}
    rng = random.Random(1)  # noqa: S311 - jitter and tokens of one process
    engine = Engine(
        ledger,
        Worker("bench/live-1", "live", 60),
        chosen,
        [rule_of(handler, {}) for handler in chosen.values()],
        Gates(ledger, Clients(lambda livemode: None, "http://gigstack.invalid", 5)),
        timing=Timing(),
        watch=_Nobody(),
        new_token=lambda: uuid.uuid4().hex,
        rng=rng,
    )
    work = engine.take()
    while work is not None:
        work = engine.carry_out(work)


@on("payment.succeeded", key="object.client", trust="signed", writes=False)
def stamp_receipts(event: Event, ctx: Context) -> dict[str, object]:
    """Record what stamping one receipt leaves behind."""
    receipt = event.object["receipts"][0]
    invoices = [str(uuid.uuid4()).upper()]
    done = {"receipt": receipt, "answer": receipt, "invoices": invoices}
    ctx.effect("receipt:stamp", lambda key: done, on=receipt)
    return {"payment": event.object["id"], "stamped": [receipt]}


def pass_days(client: "redis.Redis", days: float) -> int:
    """Let days pass for a whole ledger: its clock moves on, and what runs out meanwhile is deleted."""
    ms, deleted = round(days * DAY_MS), 0
    client.incrby("gs:clock:offset", ms)
    age, cursor = client.register_script(_AGE), 0
    while True:
        cursor, keys = client.scan(cursor, match="gs:*", count=2000)
        if keys:
            deleted += age(args=[ms, *keys])
        if cursor == 0:
            return deleted


def sweep_up(ledger: Ledger, passes: int) -> None:
    """Sweep as often as the workers do in so many seconds."""
    for _ in range(passes):
        ledger.sweep(lost_after_ms=30_000, lost_bound=10)


class _Nobody:
    def asking(self) -> None:
        pass

    def claimed(self, claim: Claim, rule: Rule) -> None:
        pass

    def ended(self) -> None:
        pass


def _client(sandbox: Sandbox, rng: random.Random, number: int) -> Row:
    fields = {
        "name": f"Cliente {number}",
        "legal_name": f"PERSONA DE PRUEBA {number}",
        "tax_id": "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVXYZ", k=4)) + f"{rng.randrange(10**6):06}XA1",
        "tax_system": "612",
        "use": "G03",
        "address": {"zip": f"{rng.randrange(10**5):05}", "country": "MEX"},
    }
    return make_client(sandbox, SCOPE, fields)


def _item(price: int) -> Row:
    tax = {"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False}
    return {"description": "Servicio", "quantity": 1, "unit_price": price, "taxes": [tax]}
