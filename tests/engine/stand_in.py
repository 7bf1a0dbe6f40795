"""What stands in for keys and supervisor in the engine's tests: real clients over a steered transport."""

import json
from collections.abc import Callable

import httpx

from gigstack_events.api import Gigstack
from gigstack_events.gates import Clients
from gigstack_events.ledger.records import Claim
from gigstack_events.routing import Rule

Answer = Callable[[httpx.Request], httpx.Response]


def answering(code: int = 200, **data: object) -> Answer:
    """An API that gives one answer to everything."""
    return lambda request: httpx.Response(code, json={"success": code < 300, "data": data})


class Keys(Clients):
    """Both modes have a key unless a test takes one away; `answer` is the API."""

    def __init__(self) -> None:
        super().__init__(lambda livemode: None, "http://gigstack.test/v2", 5.0)
        self.modes = {True, False}
        self.answer: Answer = answering()
        self.requests: list[httpx.Request] = []

    def of(self, livemode: bool) -> Gigstack | None:
        """A client over a MockTransport."""
        if livemode not in self.modes:
            return None
        key = "sk_live_x" if livemode else "sk_test_x"
        transport = httpx.MockTransport(self._reply)
        return Gigstack(key, base_url="http://gigstack.test/v2", transport=transport, timeout=5)

    def _reply(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)


class Watcher:
    """Notes what a supervisor would be told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def asking(self) -> None:
        """Work was asked for."""

    def claimed(self, claim: Claim, rule: Rule) -> None:
        """A run began."""
        self.told.append(f"claimed {rule.name}")

    def ended(self) -> None:
        """It ended."""
        self.told.append("ended")


def body(request: httpx.Request) -> object:
    """The JSON that a request carried."""
    return json.loads(request.content)
