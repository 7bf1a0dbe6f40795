"""Objects for documented bodies and made-up calls to talk about: there must be a `client_1` to name."""

import re
from collections.abc import Callable, Iterator, Mapping
from secrets import token_hex
from typing import Any
from uuid import uuid4

from gigstack_events.api import Gigstack
from gigstack_events.sandbox.process import SandboxProcess
from gigstack_events.sandbox.tables import TEAM
from tests.contract.samples import SAMPLES

_NAMED = re.compile(r'"([a-z_A-Z]+)_1"')


class Maker(Mapping[str, str]):
    """Makes one object of each kind when it is first asked for; the kinds are those of the samples."""

    def __init__(self, sandbox: SandboxProcess, api: Gigstack) -> None:
        self._sandbox = sandbox
        self._api = api
        # What may be used once only is another for each maker.
        self._made: dict[str, str] = {
            "team": TEAM,
            "series": "A",
            "operation": str(uuid4()),
            "key": token_hex(8),
            "email": f"{token_hex(8)}@example.com",
        }

    def __getitem__(self, kind: str) -> str:
        if kind not in self._made:
            self._made[kind] = str(_MAKE[kind](self))
        return self._made[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(_MAKE)

    def __len__(self) -> int:
        return len(_MAKE)

    def made(self, name: str, **known: str) -> Any:
        """Return what the call of a sample answers."""
        return SAMPLES[name](self._api, {**self._made, **known} if known else self)

    def filled(self, text: str) -> str:
        """Replace every documented id, such as `client_1`, by that of an object that exists."""
        return _NAMED.sub(lambda found: f'"{self.real(found[0][1:-1])}"', text)

    def real(self, id: str) -> str:
        """Return the id of an object of the kind that a documented id names; others stay as they are."""
        kind = id.removesuffix("_1")
        return self[kind] if kind in _MAKE or kind in self._made else id

    def expired_receipt(self) -> str:
        """Return the id of a receipt that nobody asked a CFDI for."""
        id = str(self.made("receipts.create").id)
        self._sandbox.call("POST", "/_sandbox/clock", {"advance": 70 * 86_400})
        return id

    def team_with_user(self) -> str:
        """Return the id of a team that the user belongs to."""
        id = str(self.made("teams.create").id)
        self.made("teams.add_member", team=id, member=self["user"])
        return id

    def set_up_sat(self) -> None:
        """Let the SAT be asked for downloads."""
        for name in ("sat.upload_fiel", "sat.register", "sat.activate"):
            self.made(name)

    def downloaded(self) -> Any:
        """Give the invoices that a request has brought in."""
        self["request"]
        return self.made("sat.list_invoices")

    def sat_request(self) -> str:
        """Return the id of a completed request."""
        self.set_up_sat()
        id = str(self.made("sat.request").request_id)
        self._sandbox.call("POST", "/_sandbox/clock", {"advance": 6 * 3600})
        return id


def _id(name: str) -> Callable[[Maker], str]:
    return lambda maker: str(maker.made(name).id)


_MAKE: dict[str, Callable[[Maker], str]] = {
    "client": _id("clients.create"),
    "service": _id("services.create"),
    "payment": _id("payments.register"),
    "requested_payment": _id("payments.request"),
    "receipt": _id("receipts.create"),
    "expired_receipt": Maker.expired_receipt,
    "invoice": _id("invoices.income.create"),
    "uuid": lambda maker: str(maker.made("invoices.income.create").uuid),
    "credit_note": _id("invoices.egress.create"),
    "draft": _id("invoices.drafts.create"),
    "complement": _id("invoices.complements.create"),
    "transfer": _id("invoices.transfers.create"),
    "batch": _id("invoices.income.create_batch"),
    "retention": _id("retentions.create"),
    "webhook": _id("webhooks.create"),
    "user": _id("users.create"),
    "member": lambda maker: maker["user"],
    "own_team": _id("teams.create"),
    "team_with_user": Maker.team_with_user,
    "team_with_series_A": _id("teams.create"),
    "request": Maker.sat_request,
    "package": lambda maker: str(maker.made("sat.status").package_ids[0]),
    "sat_uuid": lambda maker: next(iter(maker.downloaded())).uuid,
    "job": lambda maker: str(maker.made("sat.preview").id),
    "log": lambda maker: str(maker.made("webhooks.test").log_id),
    "manual_operation": lambda maker: str(maker.made("webhooks.test").operation_id),
    "configuration_operation": lambda maker: maker["webhook"] and maker["operation"],
    "api_log": lambda maker: next(iter(maker.made("api_logs.list"))).id,
}
