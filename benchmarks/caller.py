"""One process that calls the API in many ways, as fast as the shared limiter lets it, and notes outcomes."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import redis

from gigstack_events.api import ApiError, Gigstack, HeldBack, Tries
from gigstack_events.limiter import Limiter

KEY = "sk_live_sandbox"
ITEMS = [{"description": "Consultoría", "quantity": 1, "unit_price": 100.0}]
INVOICED = [{**ITEMS[0], "product_key": "80141503", "unit_key": "E48"}]
HASTE_S = 1.0
MOST_TURNS = 50
HOW_OFTEN = {
    "get": 4,
    "list": 3,
    "search": 2,
    "create client": 2,
    "create receipt": 4,
    "create invoice": 3,
    "register payment": 3,
    "request payment": 2,
    "mark as paid": 2,
    "update client": 3,
    "stamp": 4,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What one process is to do: how many calls, with which chances, at which servers.

    `rate` and `recovery` are the limiter's, a rate of 0 is none. `clients` may be used by all processes,
    `receipts` and `payments` by this one only: each of them is stamped, or marked as paid, once.
    """

    name: str
    calls: int
    seed: int
    api_url: str
    redis_url: str
    rate: float
    recovery: float
    clients: tuple[str, ...]
    receipts: tuple[str, ...]
    payments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Noted:
    """One call: its `tag` is in the sandbox's journal too. `error` is a class, `outcome` what it means."""

    tag: str
    kind: str
    outcome: str
    error: str = ""
    expected: bool = True


class Caller:
    """Calls as its plan says."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._rng = random.Random(plan.seed)  # noqa: S311 - chances, no secrets
        self._receipts = list(plan.receipts)
        self._payments = list(plan.payments)
        self._kinds: dict[str, Callable[[Gigstack, str], object]] = {
            "get": lambda gigstack, tag: gigstack.clients.get(self._client()),
            "list": lambda gigstack, tag: list(islice(gigstack.receipts.list(client_id=self._client()), 50)),
            "search": lambda gigstack, tag: list(islice(gigstack.clients.search("Cliente"), 50)),
            "create client": lambda gigstack, tag: gigstack.clients.create(name=f"Cliente {tag}"),
            "create receipt": self._create_receipt,
            "create invoice": self._create_invoice,
            "register payment": self._register,
            "request payment": self._request,
            "mark as paid": self._mark_as_paid,
            "update client": self._update,
            "stamp": lambda gigstack, tag: gigstack.receipts.stamp(self._receipts.pop()),
        }

    def call_all(self) -> list[Noted]:
        """Make all calls of the plan."""
        tries = Tries(first=0.02, rng=self._rng)
        plan = self._plan
        with redis.Redis.from_url(plan.redis_url) as client:
            limiter = Limiter(client, "live", plan.rate, recovery=plan.recovery)
            with Gigstack(KEY, base_url=plan.api_url, tries=tries) as lone:
                gigstack = lone.bound(limiter=limiter if plan.rate else None)
                return [self._note(gigstack, f"{plan.name}-{number}") for number in range(plan.calls)]

    def _note(self, gigstack: Gigstack, tag: str) -> Noted:
        kind = self._choose()
        tagged = gigstack.bound(event_id=tag)
        for _ in range(MOST_TURNS):
            try:
                self._kinds[kind](tagged, tag)
                return Noted(tag, kind, "done")
            except HeldBack as error:  # nothing was sent: the call is made when its turn comes
                time.sleep(error.retry_after or 0.0)
            except ApiError as error:
                return Noted(tag, kind, error.outcome, type(error).__name__)
            except Exception as error:
                return Noted(tag, kind, "unknown", f"{type(error).__name__}: {error}"[:200], expected=False)
        return Noted(tag, kind, "not_done", "HeldBack")

    def _choose(self) -> str:
        used_up = {"stamp"} if not self._receipts else set()
        used_up |= {"mark as paid"} if not self._payments else set()
        left = {kind: often for kind, often in HOW_OFTEN.items() if kind not in used_up}
        return self._rng.choices(list(left), list(left.values()))[0]

    def _client(self) -> str:
        return self._rng.choice(self._plan.clients)

    def _create_receipt(self, gigstack: Gigstack, tag: str) -> None:
        created = gigstack.receipts.create(client=self._client(), items=ITEMS, idempotency_key=tag)
        self._receipts.append(created.id)

    def _create_invoice(self, gigstack: Gigstack, tag: str) -> None:
        gigstack.invoices.income.create(
            client=self._client(), items=INVOICED, use="G03", payment_form="03", idempotency_key=tag
        )

    def _register(self, gigstack: Gigstack, tag: str) -> None:
        gigstack.payments.register(
            client=self._client(), items=ITEMS, payment_form="03", idempotency_key=tag, automation_type="none"
        )

    def _request(self, gigstack: Gigstack, tag: str) -> None:
        asked = gigstack.payments.request(
            client=self._client(), items=ITEMS, idempotency_key=tag, automation_type="none"
        )
        self._payments.append(asked.id)

    def _mark_as_paid(self, gigstack: Gigstack, tag: str) -> None:
        gigstack.payments.mark_as_paid(self._payments.pop(), payment_form="03")

    def _update(self, gigstack: Gigstack, tag: str) -> None:
        gigstack.bound(timeout=HASTE_S).clients.update(self._client(), metadata={"tag": tag})


def call_all(plan: Plan) -> list[Noted]:
    """Carry out a plan, in a process of its own."""
    return Caller(plan).call_all()
