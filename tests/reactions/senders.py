"""What is sent: all 26 types, in both modes, of two teams, signed or not, and some of it forged."""

import contextlib
import hashlib
import hmac
import json
import random
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

import httpx

from gigstack_events.sandbox.process import SandboxProcess
from tests.reactions.form import Form
from tests.reactions.plan import MASTER
from tests.stack import eventually

FISCAL = {
    "legal_name": "PERSONA DE PRUEBA",
    "tax_id": "PEGJ800101ABC",
    "tax_system": "612",
    "use": "G03",
    "address": {"zip": "03100", "country": "MEX"},
}
BAD = 2
"""So many clients of each mode are refused by the SAT."""
KINDS = {"pay": 16, "receipt": 6, "unsigned": 3, "forged": 2, "sat": 12, "connect": 3, "any": 58}


class Senders:
    """Lets the sandbox send by the seed; `main`, `plain` and `witness` are its endpoints.

    `plain` is the door with a token in its path, for what comes unsigned; the witness sees what is sent.
    """

    def __init__(
        self, sandbox: SandboxProcess, form: Form, seed: int, door: str, plain: str, witness: str
    ) -> None:
        self._sandbox = sandbox
        self._form = form
        self._rng = random.Random(f"{seed}:senders")
        self._door = door
        self.plain = plain
        self.witness = witness
        self._types = [row["type"] for row in sandbox.call("GET", "/_sandbox/events")["events"]]
        self._clients: dict[bool, list[str]] = {True: [], False: []}
        self._north = ""
        self._left: list[str] = []
        self.bad: set[str] = set()
        self.forged: list[str] = []
        self.wrong: list[str] = []
        self.counts: Counter[str] = Counter()

    def prepare(self) -> None:
        """Make clients and a second team, and let the SAT be ready for both, in both modes."""
        self._north = self._make_team("XOCHILT CASAS CHAVEZ", "CACX7605101P8")
        for live in (True, False):
            for number in range(self._form.clients if live else max(4, self._form.clients // 5)):
                refused = {"metadata": {"cfdi_error": "CFDI40147"}} if number < BAD else {}
                fields = {"name": f"Cliente {number} {live}", **FISCAL, **refused}
                wish = {"client": fields, "receipts": 0, "late": 0, "send": False, "livemode": live}
                client = self._sandbox.pay(**wish)["client"]
                self._clients[live].append(client)
                if number < BAD:
                    self.bad.add(client)
            for team in (MASTER, self._north):
                self._let_the_sat_be_ready(team, live)

    def send_all(self) -> None:
        """Send what the form asks for, evenly over its time."""
        began = time.monotonic()
        for number in range(self._form.events):
            time.sleep(max(0.0, began + number * self._form.sending / self._form.events - time.monotonic()))
            [kind] = self._rng.choices(list(KINDS), list(KINDS.values()))
            self.counts[kind] += 1
            getattr(self, f"_{kind}")()

    def feed(self, missing: Iterable[str]) -> None:
        """More of what the points that nobody has come by may need."""
        self.counts["fed"] += 1
        handlers = {point.partition("@")[2] for point in missing}
        if any("effect_answer" in point for point in missing):
            for op in ("sat.request", "receipts.stamp"):
                self._sandbox.call("POST", "/_sandbox/faults", {"op": op, "kind": "lost", "times": 1})
        if "sat_download" in handlers:  # what was asked for once is not asked for again
            team = self._make_team(f"EQUIPO {self.counts['fed']}", f"EQUI800101{self.counts['fed']:03}")
            self._let_the_sat_be_ready(team, True)
            self._sandbox.trigger("teams.sat.completed", livemode=True, team=team)
        if any("accept" in point or "outbox" in point for point in missing):
            client = self._rng.choice(sorted(self.bad & {*self._clients[True]}))
            self._sandbox.pay(client=client, receipts=1, late=0)
        if any("confirm" in point for point in missing):
            self._unsigned()
        self._pay()

    def _make_team(self, name: str, rfc: str) -> str:
        """Its id; a call that fails, as calls do here, is made again."""
        address = {"zip": "36257", "country": "MEX"}
        wish = {"legal_name": name, "tax_id": rfc, "tax_system": "605", "address": address}

        def make() -> str:
            with contextlib.suppress(httpx.TransportError, RuntimeError, TypeError, KeyError):
                return str(self._sandbox.call("POST", "/teams", wish)["data"]["id"])
            return ""

        return str(eventually(make, said=f"{name} cannot be made"))

    def _let_the_sat_be_ready(self, team: str, live: bool) -> None:
        issued = [{"date": day, "direction": "issued"} for day in _days(4)]
        wish = {"ready": True, "team": team, "livemode": live, "invoices": issued}
        self._sandbox.call("POST", "/_sandbox/sat", wish)

    # -- kinds of events ------------------------------------------------------------------------------

    def _pay(self) -> None:
        late = self._rng.choice([0, 0, 0.6])
        more = {"duplicates": self._rng.choice([0, 0, 0, 1, 2]), "reorder": self._rng.choice([0, 0, 1])}
        self._sandbox.pay(**self._payment(late=late), **more)

    def _receipt(self) -> None:
        """A payment of which the receipts alone are told."""
        self._sandbox.pay(**self._payment(late=0, send=False), receipt_events=True)

    def _unsigned(self) -> None:
        """Of a receipt, or of its payment: what is told of a receipt has to be confirmed for stamps alone."""
        paid = self._sandbox.pay(**self._payment(late=0, send=False))
        told = {"payment.succeeded": paid["payment"], "receipt.created": paid["receipts"][0]}
        type = self._rng.choice(list(told))
        event = {"type": type, "resource": told[type], "signature": "none"}
        sent = self._sandbox.call("POST", "/_sandbox/send", {**event, "webhook": self.plain})
        self._sandbox.call("POST", "/_sandbox/send", {"event": sent["event"], "webhook": self.witness})

    def _payment(self, **more: Any) -> dict[str, Any]:
        live = self._rng.random() < 0.85
        client = self._rng.choice(self._clients[live])
        return {"client": client, "livemode": live, "receipts": self._rng.randint(1, 3), **more}

    def _forged(self) -> None:
        """The same envelope, signed by somebody who does not know the secret."""
        id = f"evt_forged_{len(self.forged)}"
        self.forged.append(id)
        object = {"id": "payment_forged", "total": 9000, "client": {"id": "client_forged"}}
        envelope = {"id": id, "type": "payment.succeeded", "created": 1, "livemode": True}
        body = json.dumps({**envelope, "data": {"object": object}}).encode()
        at = str(int(time.time()))
        digest = hmac.digest(self._rng.randbytes(24), f"{id}.{at}.".encode() + body, hashlib.sha256)
        headers = {"webhook-id": id, "webhook-timestamp": at, "webhook-signature": f"v1,{digest.hex()}"}
        status = eventually(lambda: _answer(self._door, body, headers), said="the door stays shut")
        if status != 401:
            self.wrong.append(f"{id}: {status}")

    def _sat(self) -> None:
        self._trigger("sat.invoice.synced")

    def _connect(self) -> None:
        self._trigger("teams.sat.completed")

    def _any(self) -> None:
        """Each type once, then each again in another order."""
        self._left = self._left or self._rng.sample(self._types, len(self._types))
        self._trigger(self._left.pop())

    def _trigger(self, type: str) -> None:
        live = self._rng.random() < 0.8
        changes: dict[str, Any] = {}
        if type.startswith(("payment.", "invoice.")):
            changes["object.total"] = round(self._rng.uniform(10, 5000), 2)
            if type != "payment.succeeded":
                changes["object.client.id"] = self._rng.choice(self._clients[live])
        team = self._north if self._rng.random() < 0.15 else MASTER
        # Elsewhere hardly anybody has paid, and of what is not paid nothing may be stamped.
        new = type == "payment.succeeded" and not (live and team == MASTER)
        self._sandbox.trigger(type, livemode=live, team=team, set=changes, fresh=new)


def _answer(door: str, body: bytes, headers: dict[str, str]) -> int:
    """The status; 0 from a receiver that is dead or not ready."""
    with contextlib.suppress(httpx.TransportError):
        status = httpx.post(door, content=body, headers=headers, trust_env=False).status_code
        return 0 if status == 503 else status
    return 0


def _days(months: int) -> list[str]:
    """The third of each of the last months."""
    return [f"{month}-03" for month in past_months(months)]


def past_months(count: int) -> list[str]:
    """The last months that are over, the newest first, as YYYY-MM in Mexico City."""
    year, month, *_ = time.gmtime(time.time() - 6 * 3600)
    numbers = (year * 12 + month - 2 - back for back in range(count))
    return [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]
