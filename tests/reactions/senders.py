"""What is sent: all 26 types, in both modes, of two teams, signed or not, and some of it forged."""

import hashlib
import hmac
import json
import random
import time
from collections import Counter
from typing import Any

import httpx

from gigstack_events.sandbox.process import SandboxProcess
from tests.reactions.form import Form
from tests.reactions.plan import MASTER

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
        north = {"legal_name": "XOCHILT CASAS CHAVEZ", "tax_id": "CACX7605101P8", "tax_system": "605"}
        address = {"zip": "36257", "country": "MEX"}
        made = self._sandbox.call("POST", "/teams", {**north, "address": address})
        self._north = str(made["data"]["id"])
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
                issued = [{"date": day, "direction": "issued"} for day in _days(4)]
                wish = {"ready": True, "team": team, "livemode": live, "invoices": issued}
                self._sandbox.call("POST", "/_sandbox/sat", wish)

    def send_all(self) -> None:
        """Send what the form asks for, evenly over its time."""
        began = time.monotonic()
        for number in range(self._form.events):
            time.sleep(max(0.0, began + number * self._form.sending / self._form.events - time.monotonic()))
            [kind] = self._rng.choices(list(KINDS), list(KINDS.values()))
            self.counts[kind] += 1
            getattr(self, f"_{kind}")()

    # -- kinds of events ------------------------------------------------------------------------------

    def _pay(self) -> None:
        late = self._rng.choice([0, 0, 0.6])
        more = {"duplicates": self._rng.choice([0, 0, 0, 1, 2]), "reorder": self._rng.choice([0, 0, 1])}
        self._sandbox.pay(**self._payment(late=late), **more)

    def _receipt(self) -> None:
        """A payment of which the receipts alone are told."""
        self._sandbox.pay(**self._payment(late=0, send=False), receipt_events=True)

    def _unsigned(self) -> None:
        paid = self._sandbox.pay(**self._payment(late=0, send=False))
        event = {"type": "payment.succeeded", "resource": paid["payment"], "signature": "none"}
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
        status = httpx.post(self._door, content=body, headers=headers, trust_env=False).status_code
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
        self._sandbox.trigger(type, livemode=live, team=team, set=changes)


def _days(months: int) -> list[str]:
    """The third of each of the last months."""
    return [f"{month}-03" for month in past_months(months)]


def past_months(count: int) -> list[str]:
    """The last months that are over, the newest first, as YYYY-MM in Mexico City."""
    year, month, *_ = time.gmtime(time.time() - 6 * 3600)
    numbers = (year * 12 + month - 2 - back for back in range(count))
    return [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]
