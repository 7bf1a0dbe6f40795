"""The sandbox of a test: in this process, renewed for each, of one mode unless a call says otherwise."""

import json
import time
from importlib.resources import files
from secrets import token_hex
from typing import Any

from gigstack_events.api import Gigstack, Tries
from gigstack_events.events import INTERNAL_EVENTS, KNOWN_EVENTS, Event, normalise
from gigstack_events.gates import Clients
from gigstack_events.nearest import or_which
from gigstack_events.sandbox.options import Options
from gigstack_events.sandbox.thread import SandboxThread

KEYS = {True: "sk_live_sandbox", False: "sk_test_sandbox"}
CALL_S = 5.0
_AT_ONCE = Tries(most=1)  # a failed call is the run's to repeat: a test waits for nothing


class LocalGigstack(SandboxThread):
    """A gigstack of one's own. `url` is its address, `livemode` the mode that is meant where none is said."""

    def __init__(self) -> None:
        super().__init__()
        self.livemode = True
        self.clients = _Clients(self)

    @property
    def key(self) -> str:
        """The API key of the mode."""
        return KEYS[self.livemode]

    @property
    def api(self) -> Gigstack:
        """A client of the mode, for a test's own calls."""
        client = self.clients.of(self.livemode)
        assert client is not None  # noqa: S101 - both modes have a key
        return client

    def begin(self, seed: int = 0) -> None:
        """Forget all that was, as for a new test; live mode, and a SAT and PAC that are quick."""
        self.livemode = True
        self.renew(Options(seed=seed, stamp_delay=(0.0, 0.0), late=(0.0, 0.0), delivery_attempts=1))

    def call(self, method: str, path: str, json: object = None, *, livemode: bool | None = None) -> Any:
        """Make a call and return its JSON; RuntimeError unless it succeeds."""
        return super().call(method, path, json, livemode=self.livemode if livemode is None else livemode)

    def pay(self, **wanted: object) -> dict[str, Any]:
        """Let a client pay: a payment and its receipts; see `docs/sandbox.md`."""
        return super().pay(**{"livemode": self.livemode, "send": False, "late": 0, **wanted})

    def fault(self, kind: str, op: str = "*", **wanted: object) -> None:
        """Let calls go wrong: `gigstack.fault("lost", "receipts.stamp", times=1)`; see `docs/sandbox.md`."""
        self.call("POST", "/_sandbox/faults", {"kind": kind, "op": op, **wanted})

    def advance(self, seconds: float) -> None:
        """Put its time forward."""
        while seconds > 0:
            self.call("POST", "/_sandbox/clock", {"advance": min(seconds, 366 * 86_400)})
            seconds -= 366 * 86_400

    def event(
        self,
        type: str = "payment.succeeded",
        *,
        object: dict[str, Any] | None = None,
        about: str | None = None,
        id: str | None = None,
        livemode: bool | None = None,
        team: str | None = None,
        created_at: int | None = None,
    ) -> Event:
        """Make an event; see the fixture `make_event`. ValueError for a type that gigstack does not have."""
        livemode = self.livemode if livemode is None else livemode
        if type in INTERNAL_EVENTS:
            return _internal(type, object or {}, id, livemode, team, created_at)
        if type not in KNOWN_EVENTS:
            raise ValueError(f"there is no event {type!r}{or_which(type, (*KNOWN_EVENTS, *INTERNAL_EVENTS))}")
        envelope = {"id": id, "created": created_at}
        wanted: dict[str, Any] = {"livemode": livemode, "send": False, "fresh": about is None, "about": about}
        wanted["set"] = {name: value for name, value in envelope.items() if value is not None}
        if team is not None:
            wanted["team"] = team
        body = super().trigger(type, **wanted)["body"]
        _merge(body["data"]["object"], object or {})
        return normalise(json.dumps(body).encode(), {})


def _internal(
    type: str,
    changes: dict[str, Any],
    id: str | None,
    livemode: bool,
    team: str | None,
    created_at: int | None,
) -> Event:
    """An event of our own, about nothing that is in the sandbox."""
    specimens = json.loads((files("gigstack_events") / "notices/specimens.json").read_text())
    object = specimens[type.partition(".")[0]]
    _merge(object, changes)
    moment = created_at or time.time_ns() // 1_000_000
    return Event(id or f"{type}@{token_hex(8)}", type, moment, livemode, team, object, "internal")


class _Clients(Clients):
    """The clients of handlers; a call that fails is not repeated at once."""

    def __init__(self, gigstack: LocalGigstack) -> None:
        super().__init__(lambda livemode: None, "", CALL_S)
        self._gigstack = gigstack

    def of(self, livemode: bool) -> Gigstack:
        """The client of a mode."""
        if livemode not in self._clients:
            self._clients[livemode] = Gigstack(
                KEYS[livemode], base_url=f"{self._gigstack.url}/v2", timeout=CALL_S, tries=_AT_ONCE
            )
        return self._clients[livemode]


def _merge(into: dict[str, Any], changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value
