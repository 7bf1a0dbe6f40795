"""What the senders tell: payments true and false, told once or often, in order or not, on time or late."""

import asyncio
import itertools
import random
from typing import Any

import httpx

from tests.chaos.form import Form
from tests.chaos.post import TEAM, Letter, Post, now_ms

# How often each kind of story is told; the last ones make no receipt due.
TRUE = {"plain": 46, "late": 10, "more": 8, "weak": 12, "both": 12, "other": 12}
FALSE = {"lie": 10, "forged": 6}


class Stories:
    """Every choice of a story comes from the seed and its number, whatever else goes on meanwhile."""

    def __init__(self, form: Form, api: str, post: Post, seed: int) -> None:
        self._form = form
        self._api = api
        self._post = post
        self._seed = seed
        self._clients: list[str] = []
        self._client = httpx.AsyncClient(timeout=10, trust_env=False)
        self._told = 0

    async def prepare(self) -> None:
        """Make the clients who will pay: few enough that they often pay at the same time."""
        many = max(8, self._form.receipts // 25)
        made = [await self._call("pay", {"receipts": 0, "late": 0, "send": False}) for _ in range(many)]
        self._clients = [row["client"] for row in made]

    def plan(self) -> list[tuple[float, str, int]]:
        """When to begin which story, and with how many receipts; the true ones add up to what was asked."""
        rng = random.Random(f"{self._seed}:plan")
        plan, left = [], self._form.receipts
        kinds = TRUE | FALSE
        while left:
            [kind] = rng.choices(list(kinds), list(kinds.values()))
            receipts = min(rng.randint(1, 5), left)
            left -= receipts if kind in TRUE else 0
            plan.append((rng.uniform(0, self._form.sending), kind, receipts))
        return sorted(plan)

    async def tell_all(self) -> None:
        """Tell the whole plan, each story at its time; return when the last one is through."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            for at, kind, receipts in self.plan():
                await asyncio.sleep(began + at - loop.time())
                group.create_task(self.tell(kind, receipts))

    async def tell(self, kind: str, receipts: int) -> None:
        """Tell one story."""
        self._told += 1
        rng = random.Random(f"{self._seed}:{self._told}")
        await getattr(self, f"_{kind}")(rng, receipts)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    # -- the stories ----------------------------------------------------------------------------------

    async def _plain(self, rng: random.Random, receipts: int) -> None:
        paid = await self._pay(rng, receipts)
        await self._tell_of(rng, _succeeded(paid, "signed", due=paid["receipts"]))

    async def _late(self, rng: random.Random, receipts: int) -> None:
        """All receipts come later; too late to be found without being told of, they are told of."""
        paid, began = await self._pay(rng, 0), asyncio.get_running_loop().time()
        told = asyncio.create_task(self._tell_of(rng, _succeeded(paid, "signed")))
        await asyncio.sleep(rng.uniform(*self._form.late))
        added, tries = await self._add(paid, receipts)
        # Of what a killed sandbox made at first, somebody may have found a part, and not looked again.
        if tries > 1 or asyncio.get_running_loop().time() > began + self._form.window:
            await self._tell_of_each(rng, paid, added)
        else:
            self._post.note(late=added, payment=paid["payment"], at=now_ms())
        await told

    async def _more(self, rng: random.Random, receipts: int) -> None:
        """Some receipts are there, others come later and are told of."""
        first = rng.randint(1, receipts)
        paid = await self._pay(rng, first)
        await self._tell_of(rng, _succeeded(paid, "signed", due=paid["receipts"]))
        await asyncio.sleep(rng.uniform(*self._form.late))
        added, _ = await self._add(paid, receipts - first)
        await self._tell_of_each(rng, paid, added)

    async def _weak(self, rng: random.Random, receipts: int) -> None:
        """Only ever told of by the path's token: the API confirms it."""
        paid = await self._pay(rng, receipts)
        await self._tell_of(rng, _succeeded(paid, "secret", due=paid["receipts"]))

    async def _both(self, rng: random.Random, receipts: int) -> None:
        """The same event weakly and signed, in either order."""
        paid = await self._pay(rng, receipts)
        letters = [_succeeded(paid, trust, due=paid["receipts"]) for trust in ("signed", "secret")]
        await self._in_any_order(rng, letters)

    async def _other(self, rng: random.Random, receipts: int) -> None:
        """Under the id of a signed event a weak one that tells of another payment, which nobody has paid."""
        paid, unpaid = await self._pay(rng, receipts), await self._pay(rng, 1, paid=False)
        true = _succeeded(paid, "signed", due=paid["receipts"])
        await self._in_any_order(rng, [true, _succeeded(unpaid, "secret", event=true.event, true=False)])

    async def _lie(self, rng: random.Random, receipts: int) -> None:
        """A payment that nobody has made, told of weakly, and its receipts, told of truly."""
        unpaid = await self._pay(rng, receipts, paid=False)
        await self._tell_of(rng, _succeeded(unpaid, "secret", true=False))
        if rng.random() < 0.5:
            letters = [_created(unpaid, id, true=False) for id in unpaid["receipts"]]
            await self._in_any_order(rng, letters)

    async def _forged(self, rng: random.Random, receipts: int) -> None:
        """A payment that was made and that only forgers tell of."""
        await self._tell_of(rng, _succeeded(await self._pay(rng, receipts), "forged", true=False))

    # -- parts of stories -----------------------------------------------------------------------------

    async def _tell_of(self, rng: random.Random, letter: Letter) -> None:
        copies = rng.choice([1, 1, 1, 1, 1, 1, 2, 2, 3])
        await asyncio.sleep(rng.choice([0.0, 0.0, rng.uniform(0, self._form.spread)]))
        await self._post.deliver(letter, copies, self._form.spread)

    async def _in_any_order(self, rng: random.Random, letters: list[Letter]) -> None:
        await asyncio.gather(*(self._tell_of(rng, letter) for letter in rng.sample(letters, len(letters))))

    async def _tell_of_each(self, rng: random.Random, paid: dict[str, Any], receipts: list[str]) -> None:
        await self._in_any_order(rng, [_created(paid, id) for id in receipts])

    async def _pay(self, rng: random.Random, receipts: int, *, paid: bool = True) -> dict[str, Any]:
        wish = {"client": rng.choice(self._clients), "receipts": receipts, "late": 0, "send": False}
        return await self._call("pay", {**wish, "paid": paid})

    async def _add(self, paid: dict[str, Any], receipts: int) -> tuple[list[str], int]:
        made = await self._call("receipts", {"payment": paid["payment"], "receipts": receipts})
        return made["receipts"], made["tries"]

    async def _call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A control call, again until it is answered: what a killed sandbox made first is told to nobody."""
        for tries in itertools.count(1):
            try:
                reply = await self._client.post(f"{self._api}/_sandbox/{path}", json=body)
                reply.raise_for_status()
                return {**reply.json(), "tries": tries}
            except httpx.TransportError:
                await asyncio.sleep(0.1)
        raise AssertionError("it counts for ever")


def _succeeded(
    paid: dict[str, Any], trust: str, *, event: str = "", due: list[str] | None = None, true: bool = True
) -> Letter:
    object = {
        "id": paid["payment"],
        "status": "succeeded",
        "client": {"id": paid["client"]},
        "receipts": paid["receipts"],
        "livemode": True,
        "team": TEAM,
    }
    id = event or f"evt_{paid['payment']}"
    return Letter(id, "payment.succeeded", object, trust, paid["payment"], tuple(due or ()), true)


def _created(paid: dict[str, Any], receipt: str, *, true: bool = True) -> Letter:
    object = {
        "id": receipt,
        "status": "pending",
        "client": {"id": paid["client"]},
        "payments": [paid["payment"]],
        "livemode": True,
        "team": TEAM,
    }
    due = (receipt,) if true else ()
    return Letter(f"evt_{receipt}", "receipt.created", object, "signed", paid["payment"], due, true)
